// The Worker: the three ways in.

import { createApp } from "./app.ts";
import { ConfigurationError, type Env } from "./env.ts";
import { consumeBatch } from "./jobs/consume.ts";
import { runDueWork } from "./jobs/due-work.ts";
import { log } from "./log.ts";
import { type ServiceScope, serviceScope, type WaitUntil } from "./scope.ts";

const CONFIGURATION_DELAY_SECONDS = 600;

const app = createApp();

export default {
  fetch: app.fetch,
  scheduled: async (_controller, env, ctx) =>
    await runDueWork(serviceScope(env, (work) => ctx.waitUntil(work))),
  queue: async (batch, env, ctx) => {
    const scope = scopeOrNull(env, (work) => ctx.waitUntil(work));
    // Nothing that a message carries may end because of a configuration that is wrong for an hour.
    if (scope === null) return batch.retryAll({ delaySeconds: CONFIGURATION_DELAY_SECONDS });
    await consumeBatch(scope, batch);
  },
} satisfies ExportedHandler<Env>;

function scopeOrNull(env: Env, waitUntil: WaitUntil): ServiceScope | null {
  try {
    return serviceScope(env, waitUntil);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    log("error", "configuration_error", { reason: error.message });
    return null;
  }
}
