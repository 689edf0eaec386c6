// Waits as exactly as a figure needs.

import { setImmediate, setTimeout } from "node:timers/promises";

/** Node's timers are late by up to so much, in milliseconds: the rest is waited for awake. */
const TIMER_LATENESS_MS = 2;

/** Waits until `performance.now()` has come to this time, in milliseconds. */
export async function waitUntil(time: number): Promise<void> {
  const leftMs = time - performance.now();
  if (leftMs > TIMER_LATENESS_MS) await setTimeout(leftMs - TIMER_LATENESS_MS);
  while (performance.now() < time) await setImmediate();
}
