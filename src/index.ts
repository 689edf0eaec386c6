// The Worker: the three ways in.

import { createApp } from "./app.ts";
import { depsOf, type Env } from "./deps.ts";
import { consumeBatch } from "./jobs/consume.ts";
import { runDueWork } from "./jobs/due-work.ts";

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: async (_controller, env) => await runDueWork(depsOf(env)),
  queue: async (batch, env, ctx) => await consumeBatch(depsOf(env), batch, (work) => ctx.waitUntil(work)),
} satisfies ExportedHandler<Env>;
