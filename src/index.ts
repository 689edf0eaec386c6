// The Worker: the three ways in.

import { createApp } from "./app.ts";
import { ConfigurationError, type Deps, depsOf, type Env } from "./deps.ts";
import { consumeBatch } from "./jobs/consume.ts";
import { runDueWork } from "./jobs/due-work.ts";
import { log } from "./log.ts";

const CONFIGURATION_DELAY_SECONDS = 600;

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: async (_controller, env) => await runDueWork(depsOf(env)),
  queue: async (batch, env, ctx) => {
    const deps = depsOrNull(env);
    // Nothing that a message carries may end because of a configuration that is wrong for an hour.
    if (deps === null) return batch.retryAll({ delaySeconds: CONFIGURATION_DELAY_SECONDS });
    await consumeBatch(deps, batch, (work) => ctx.waitUntil(work));
  },
} satisfies ExportedHandler<Env>;

function depsOrNull(env: Env): Deps | null {
  try {
    return depsOf(env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    log("error", "configuration_error", { reason: error.message });
    return null;
  }
}
