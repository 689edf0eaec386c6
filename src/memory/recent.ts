// What an isolate remembers for a while, in bounded space. A loss costs no more than finding out again.

/** Texts that are forgotten after some time; where there are too many, the oldest is forgotten first. */
export class Recent {
  readonly #memoryMs: number;
  readonly #maxSize: number;
  /** When each was added, by `Date.now()`; the oldest first. */
  readonly #added = new Map<string, number>();

  constructor(memoryMs: number, maxSize: number) {
    this.#memoryMs = memoryMs;
    this.#maxSize = maxSize;
  }

  /** How old the memory of the text is: undefined where there is none. */
  find(text: string): "fresh" | "expired" | undefined {
    const added = this.#added.get(text);
    if (added === undefined) return undefined;
    return Date.now() - added < this.#memoryMs ? "fresh" : "expired";
  }

  add(text: string): void {
    this.#added.delete(text);
    this.#added.set(text, Date.now());
    const [oldest] = this.#added.keys();
    if (this.#added.size > this.#maxSize && oldest !== undefined) this.#added.delete(oldest);
  }

  forget(text: string): void {
    this.#added.delete(text);
  }
}
