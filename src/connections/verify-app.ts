// Whether Zoom accepts an app's client id and secret, before anything is built on them.

import type { AppCredentials, Zoom } from "../zoom/client.ts";
import { ZoomFailure } from "../zoom/failure.ts";
import { toApiError } from "./zoom-failure.ts";

/** Throws `zoom_app_credentials_invalid` where the two do not belong together. */
export async function verifyAppCredentials(zoom: Zoom, app: AppCredentials): Promise<void> {
  try {
    await zoom.checkAppCredentials(app);
  } catch (error) {
    throw error instanceof ZoomFailure ? toApiError(error) : error;
  }
}
