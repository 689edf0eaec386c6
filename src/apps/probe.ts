// Apps whose client secret Zoom refused: whether it takes it again, so that a mistake of a moment, or one that was
// mended at Zoom, does not keep connections waiting for a PATCH.

import { openClientSecret } from "../credentials.ts";
import { takeMarkedApps, unmarkApp } from "../db/zoom-oauth-apps.ts";
import { log } from "../log.ts";
import type { Scope } from "../scope.ts";
import { ZoomFailure } from "../zoom/failure.ts";

const PROBE_MINUTES = 10;
/** In one cron run. */
const MAX_APPS = 20;

/** Asks Zoom about marked apps, and takes the mark off those that it accepts. Returns how many it asked about. */
export async function probeApps({ db, zoom, keyring }: Scope): Promise<number> {
  const apps = await takeMarkedApps(db, PROBE_MINUTES, MAX_APPS);
  await Promise.all(
    apps.map(async (app) => {
      const clientSecret = await openClientSecret(keyring, app.id, app.clientSecret);
      try {
        await zoom.checkAppCredentials({ clientId: app.clientId, clientSecret });
      } catch (error) {
        if (error instanceof ZoomFailure) return;
        throw error;
      }
      await unmarkApp(db, app);
      log("info", "app_credentials_accepted", { zoom_oauth_app_id: app.id });
    }),
  );
  return apps.length;
}
