// The local stack ends whole, however it is ended, and a second one never takes the first one's place.

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listGroup, waitUntilTrue } from "../../dev/processes.ts";
import {
  areFree,
  freePortsInARow,
  type LocalStack,
  readRun,
  signalLocalStack,
  startLocalStack,
} from "../support/local-stack.ts";

/** Other soak tests have the processors meanwhile. */
const START_TIMEOUT_MS = 90_000;
const END_TIMEOUT_MS = 30_000;

let stack: LocalStack;

beforeAll(async () => {
  stack = await startLocalStack(await freePortsInARow());
}, START_TIMEOUT_MS);
afterAll(async () => {
  await signalLocalStack(stack, "SIGTERM");
  rmSync(stack.dataDir, { recursive: true, force: true });
});

const isGone = async (group: number) =>
  (await waitUntilTrue(() => listGroup(group).length === 0, END_TIMEOUT_MS)) &&
  (await areFree(stack.ports.worker));

it("a second start on the same data names the first", async () => {
  await expect(startLocalStack(stack.ports.worker, { keepsData: true })).rejects.toThrow(
    `http://localhost:${stack.ports.worker} (process ${stack.process.pid})`,
  );
});

it("a killed one leaves nothing that holds a port", { timeout: 2 * END_TIMEOUT_MS }, async () => {
  const { worker } = readRun(stack);
  await signalLocalStack(stack, "SIGKILL");
  await expect.poll(() => isGone(worker.pid), { timeout: END_TIMEOUT_MS }).toBe(true);
});

it("what is left all the same, the next start names and ends", {
  timeout: 2 * START_TIMEOUT_MS,
}, async () => {
  stack = await startLocalStack(stack.ports.worker, { keepsData: true });
  const { worker } = readRun(stack);
  const workerd = listGroup(worker.pid).filter(({ command }) => command.includes("workerd"));
  expect(workerd.length).toBeGreaterThan(0);
  stack.process.kill("SIGSTOP"); // so that it cannot clean up after its Worker
  process.kill(worker.pid, "SIGKILL");
  await signalLocalStack(stack, "SIGKILL");
  stack = await startLocalStack(stack.ports.worker, { keepsData: true });
  for (const { pid } of workerd) expect(stack.output()).toContain(`workerd (process ${pid})`);
  expect((await fetch(`http://localhost:${stack.ports.worker}/readyz`)).status).toBe(200);
});

it("the end of its terminal ends all of it", { timeout: 2 * END_TIMEOUT_MS }, async () => {
  const { worker } = readRun(stack);
  await signalLocalStack(stack, "SIGHUP");
  expect(await isGone(worker.pid)).toBe(true);
});
