// One result for all who ask at about the same time.

/**
 * Keeps the outcome of a work, a failure too, for a moment, so that asking it costs the same however many ask. Who asks
 * while it runs waits for the same run.
 */
export class SharedResult<T> {
  readonly #keptMs: number;
  readonly #longestRunMs: number;
  #result: Promise<T> | undefined;
  /** By `Date.now()`. */
  #expiresAt = 0;

  /** Times in milliseconds. `longestRunMs`: after it nobody waits for a run any more, whose request may have been ended. */
  constructor(keptMs: number, longestRunMs: number) {
    this.#keptMs = keptMs;
    this.#longestRunMs = longestRunMs;
  }

  /** The kept outcome, else that of a new run. */
  async get(work: () => Promise<T>): Promise<T> {
    if (this.#result === undefined || Date.now() >= this.#expiresAt) this.#start(work);
    return await (this.#result as Promise<T>);
  }

  #start(work: () => Promise<T>): void {
    const result = work();
    this.#result = result;
    this.#expiresAt = Date.now() + this.#longestRunMs;
    const keep = () => {
      if (this.#result === result) this.#expiresAt = Date.now() + this.#keptMs;
    };
    result.then(keep, keep);
  }
}
