// What an isolate remembers for a while, in bounded space. A loss costs no more than finding out again. Of the database's clock it
// remembers what its answers showed.

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

/**
 * How long an address is shut out before the binding that counts is asked again, in milliseconds. The binding counts by
 * the minute, and does not tell when the minute ends.
 */
const SHUT_OUT_MS = 10_000;
/** How long one who succeeded is not shut out by others' failures from the same address, in milliseconds. */
const SUCCEEDED_MS = 10 * 60_000;
/** Some 100 bytes each. */
const MAX_REMEMBERED = 10_000;

/** Who failed to authenticate and who succeeded. It decides who is asked about in the database, never who may do something. */
export interface AuthenticationMemory {
  /** Senders over a limit of failures. */
  shutOut: Recent;
  workingKeys: WorkingKeys;
  /** The project of each key that a statement has found, by the key's SHA-256. */
  projects: Map<string, string>;
  /** Token links that lately gave a token, by the SHA-256 of their secret. */
  workingLinks: Recent;
  /** Addresses from which the admin key was right. */
  adminAddresses: Recent;
}

/** API keys that worked, and the SHA-256 of each: to hash a key takes longer than all else that is done with it. */
class WorkingKeys {
  readonly #hashes = new Map<string, string>();
  readonly #recent = new Recent(SUCCEEDED_MS, MAX_REMEMBERED);

  /** The SHA-256 of a key that worked. */
  hashOf(apiKey: string): string | undefined {
    return this.#hashes.get(apiKey);
  }

  hasLatelyWorked(apiKeySha256: string): boolean {
    return this.#recent.find(apiKeySha256) === "fresh";
  }

  add(apiKey: string, apiKeySha256: string): void {
    remember(this.#hashes, apiKey, apiKeySha256);
    this.#recent.add(apiKeySha256);
  }

  forget(apiKey: string, apiKeySha256: string): void {
    this.#hashes.delete(apiKey);
    this.#recent.forget(apiKeySha256);
  }
}

/** A key never changes its project. */
export function rememberProject({ projects }: AuthenticationMemory, apiKeySha256: string, id: string): void {
  remember(projects, apiKeySha256, id);
}

/** For what never changes, so that only the space is bounded. */
function remember(known: Map<string, string>, name: string, text: string): void {
  if (known.size >= MAX_REMEMBERED && !known.has(name)) known.clear();
  known.set(name, text);
}

export function createAuthenticationMemory(): AuthenticationMemory {
  return {
    shutOut: new Recent(SHUT_OUT_MS, MAX_REMEMBERED),
    workingKeys: new WorkingKeys(),
    projects: new Map(),
    workingLinks: new Recent(SUCCEEDED_MS, MAX_REMEMBERED),
    adminAddresses: new Recent(SUCCEEDED_MS, MAX_REMEMBERED),
  };
}

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

/** A look at the clock counts for one to two times as long, in milliseconds: clocks drift apart. */
const LOOK_MS = 5 * 60_000;

/** By how many milliseconds the database's clock may be ahead of the Worker's: at least, and at most. */
interface Ahead {
  least: number;
  most: number;
}

const ANYTHING: Ahead = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY };

/**
 * What the database's clock shows, told from the Worker's. Grants are ordered by it, and they come to many Workers.
 *
 * What it showed, it showed between the question and the answer. So each answer tells how far it is ahead at least and at most, and
 * several answers together tell more: one that is slow in either direction does no harm. Where both clocks may be right, they are
 * taken to be: then isolates agree, also one that knows of a single slow answer.
 */
export class DatabaseClock {
  #ahead = ANYTHING;
  #aheadBefore = ANYTHING;
  #since = 0;

  /** Notes what it showed, at once when the answer has come, and when it was asked; both in milliseconds since 1970. */
  note(shownMs: number, askedMs: number): void {
    const nowMs = Date.now();
    if (nowMs - this.#since > LOOK_MS) {
      this.#aheadBefore = nowMs - this.#since > 2 * LOOK_MS ? ANYTHING : this.#ahead;
      this.#ahead = ANYTHING;
      this.#since = nowMs;
    }
    this.#ahead = both(this.#ahead, { least: shownMs - nowMs, most: shownMs - askedMs });
  }

  /** What it shows now, in milliseconds since 1970; before any answer, what the Worker's shows. */
  now(): number {
    const { least, most } = both(this.#aheadBefore, this.#ahead);
    return Date.now() + Math.min(Math.max(0, least), most);
  }
}

/** What both say; where they contradict each other, a clock was set meanwhile, and the later one counts. */
function both(earlier: Ahead, later: Ahead): Ahead {
  const least = Math.max(earlier.least, later.least);
  const most = Math.min(earlier.most, later.most);
  return least <= most ? { least, most } : later;
}
