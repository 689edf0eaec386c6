// The database's clock, as a Worker knows it from answers that were on their way for a while.

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { DatabaseClock } from "../../src/memory.ts";

const MINUTE = 60_000;
/** How far the database's clock is ahead of the Worker's, in milliseconds. */
const AHEAD = 3_000;

let clock: DatabaseClock;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  clock = new DatabaseClock();
});
afterEach(() => vi.useRealTimers());

/** An answer that was on its way for so long, as was the question. */
function hear(onItsWayMs: number, ahead = AHEAD, questionMs = 0): void {
  const asked = Date.now();
  vi.advanceTimersByTime(questionMs);
  const shown = Date.now() + ahead;
  vi.advanceTimersByTime(onItsWayMs);
  clock.note(shown, asked);
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

it.each([0, 20, -20])(
  "is taken for the Worker's where it may be, however slow the answer was: %i ms ahead",
  (ahead) => {
    hear(1_500, ahead, 30);
    expect(clock.now()).toBe(Date.now());
  },
);

it("that is behind is known as well as the quickest question tells", () => {
  hear(1_500, -AHEAD, 40);
  expect(error(-AHEAD)).toBe(-40);
  hear(1_500, -AHEAD, 5);
  hear(5, -AHEAD, 2_000);
  expect(error(-AHEAD)).toBe(-5);
});

it("is known anew where it was set within minutes", () => {
  hear(5);
  hear(5, AHEAD + 1_000, 5);
  expect(error(AHEAD + 1_000)).toBe(5);
  hear(5, AHEAD - 1_000, 5);
  expect(error(AHEAD - 1_000)).toBe(5);
});
