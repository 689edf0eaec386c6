// Whether Zoom accepts an app's client id and secret, before anything is built on them.

import type { AppCredentials, Zoom } from "../zoom/client.ts";
import { appRefused, isVerdict, toCallerError } from "../zoom-errors.ts";

/**
 * Throws `zoom_app_credentials_invalid` where the two do not belong together: with status 400, since the caller has just
 * sent them.
 */
export async function verifyAppCredentials(zoom: Zoom, app: AppCredentials): Promise<void> {
  try {
    await zoom.checkAppCredentials(app);
  } catch (error) {
    throw isVerdict(error, "app_refused")
      ? appRefused(error.verdict.reason, { status: 400, cause: error })
      : toCallerError(error);
  }
}
