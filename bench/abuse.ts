// What four callers without a key can do to somebody else's token: they send URLs of 2,240 parameters as fast as they are
// answered, while a project asks for a cached access token.

import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildWorker } from "../dev/build.ts";
import { MAX_ABUSE_RATIO as MAX_RATIO } from "./bars.ts";
import { ask, percentile } from "./load.ts";
import { CONNECTIONS } from "./routes.ts";
import { REDIRECT_URI, startBenchStack } from "./stack.ts";
import { startWorkerd } from "./workerd.ts";

const CALLERS = 4;
const PARAMETERS = 2_240;
const RUNS = 300;
const WARM_UP = 100;
const ROUNDS = 5;
/** Between two tokens, in milliseconds: a tenant who asks now and then, not one who makes the load. */
const PAUSE_MS = 5;

const stack = await startBenchStack();
const worker = await startWorkerd(join(buildWorker().dir, "index.js"), {
  ...stack.environment,
  limits: { FAILED_AUTHENTICATION_RATE_LIMIT: 60 },
});
const { code } = await stack.authorize();
const created = await ask(worker.url, {
  method: "POST",
  path: CONNECTIONS,
  body: { authorization_code: code, redirect_uri: REDIRECT_URI, is_local_recording_token_supported: true },
});
const { id } = JSON.parse(created.body);

const attackers = fork(join(import.meta.dirname, "abuse-caller.ts"), [
  worker.url,
  String(CALLERS),
  String(PARAMETERS),
]);
let refused = 0;
attackers.on("message", (count: number) => {
  refused = count;
});

await timeOf(WARM_UP);
const ratios: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const alone = await timeOf(RUNS);
  attackers.send("begin");
  const beside = await timeOf(RUNS);
  attackers.send("end");
  ratios.push(beside / alone);
  console.log(`alone ${alone.toFixed(2)} ms, beside ${CALLERS} callers ${beside.toFixed(2)} ms (p50)`);
}
const ratio = percentile(ratios, 0.5);
console.log(
  `${refused} requests refused; the token takes ${ratio.toFixed(2)} times as long (bar ${MAX_RATIO})`,
);
if (ratio > MAX_RATIO) process.exitCode = 1;
attackers.kill();
await worker.close();
await stack.close();

/** The median of so many cached access tokens, in milliseconds. */
async function timeOf(runs: number): Promise<number> {
  const durations: number[] = [];
  for (let run = 0; run < runs; run++) {
    const request = { method: "POST", path: `${CONNECTIONS}/${id}/access_token`, body: {} };
    durations.push((await ask(worker.url, request)).durationMs);
    await sleep(PAUSE_MS);
  }
  return percentile(durations, 0.5);
}
