// The database's clock, as a Worker knows it from answers that were on their way for a while.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DatabaseClock } from "../../src/memory.ts";

const MINUTE = 60_000;
/** How far the database's clock is ahead of the Worker's, in milliseconds. */
const AHEAD = -3_000;

let clock: DatabaseClock;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  clock = new DatabaseClock();
});
afterEach(() => vi.useRealTimers());

/** An answer that was on its way for so long. */
function hear(onItsWayMs: number, ahead = AHEAD): void {
  const shown = Date.now() + ahead;
  vi.advanceTimersByTime(onItsWayMs);
  clock.note(shown);
}

/** By how much it is known too early, in milliseconds. */
const error = (ahead = AHEAD) => Date.now() + ahead - clock.now();

it("is the Worker's own before any answer", () => {
  expect(clock.now()).toBe(Date.now());
});

it("is known as well as the quickest answer tells, and no slow one does harm", () => {
  hear(40);
  expect(error()).toBe(40);
  hear(5);
  hear(2_000);
  vi.advanceTimersByTime(MINUTE);
  expect(error()).toBe(5);
});

it("is known from answers of the last ten minutes, since clocks drift apart", () => {
  hear(5);
  vi.advanceTimersByTime(6 * MINUTE);
  hear(30);
  expect(error()).toBe(5);
  vi.advanceTimersByTime(6 * MINUTE);
  hear(20);
  expect(error()).toBe(20);
});

it("follows a clock that was set back", () => {
  hear(5);
  vi.advanceTimersByTime(20 * MINUTE);
  hear(5, AHEAD - 500);
  expect(error(AHEAD - 500)).toBe(5);
});
