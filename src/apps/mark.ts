// What Zoom's refusal of a client secret leads to: the app is marked, and its connections stay as they are.

import { markAppCredentialsInvalid } from "../db/zoom-oauth-apps.ts";
import { describeError, log } from "../log.ts";
import type { AppRefusal } from "../model/app-refusal.ts";
import { announce } from "../queue.ts";
import { withRetries } from "../retries.ts";
import type { Scope } from "../scope.ts";

/** Pauses before each try, and the time after which none begins, in milliseconds. */
const PAUSES_MS = [0, 100, 400];
const PATIENCE_MS = 4_000;

/**
 * Marks an app whose credentials Zoom refused. Where the database does not take it, the next call that meets the
 * same refusal does.
 */
export async function markApp(
  scope: Scope,
  app: { id: string; clientSecret: string; refusal: AppRefusal },
): Promise<void> {
  const ids = { zoom_oauth_app_id: app.id };
  const mark = async () => await markAppCredentialsInvalid(scope.db, app);
  await withRetries(PAUSES_MS, mark, { patienceMs: PATIENCE_MS }).then(
    async (marked) => {
      if (marked === null) return;
      log("error", "app_credentials_invalid", ids);
      await announce(scope, marked.deliveryIds);
    },
    (error: unknown) => log("warn", "app_not_marked", { ...ids, ...describeError(error) }),
  );
}
