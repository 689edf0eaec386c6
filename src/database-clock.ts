// The database's clock, as a Worker knows it from its questions and their answers. It decides which of two grants is the later one.

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
