// What the database's clock shows, told from the Worker's. Grants are ordered by it, and they come to many Workers.

/** A look at the clock counts for one to two times as long, in milliseconds: clocks drift apart. */
const LOOK_MS = 5 * 60_000;

/**
 * Each answer of the database's tells how far its clock is ahead at least: by then it shows more, by as long as the answer was
 * on its way. So the largest of some answers is the nearest, and one slow answer does no harm.
 */
export class DatabaseClock {
  #aheadMs = Number.NEGATIVE_INFINITY;
  #aheadBeforeMs = Number.NEGATIVE_INFINITY;
  #since = 0;

  /** Notes what it showed, in milliseconds since 1970, at once when the answer has come. */
  note(shownMs: number): void {
    const nowMs = Date.now();
    if (nowMs - this.#since > LOOK_MS) {
      this.#aheadBeforeMs = nowMs - this.#since > 2 * LOOK_MS ? Number.NEGATIVE_INFINITY : this.#aheadMs;
      this.#aheadMs = Number.NEGATIVE_INFINITY;
      this.#since = nowMs;
    }
    this.#aheadMs = Math.max(this.#aheadMs, shownMs - nowMs);
  }

  /** What it shows now, in milliseconds since 1970; before any answer, what the Worker's shows. */
  now(): number {
    const aheadMs = Math.max(this.#aheadMs, this.#aheadBeforeMs);
    return Date.now() + (Number.isFinite(aheadMs) ? aheadMs : 0);
  }
}
