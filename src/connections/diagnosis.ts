// Whether a Zoom OAuth app is set up as it must be: what Zoom says about it, what has arrived from Zoom, and what its newest
// connections were granted.

import { openClientSecret, openCredentials } from "../credentials.ts";
import { type AppToDiagnose, findAppToDiagnose, unmarkApp } from "../db/zoom-oauth-apps.ts";
import { ApiError } from "../errors.ts";
import type { Check } from "../model/diagnosis.ts";
import type { ProjectScope, Scope } from "../scope.ts";
import { EVENT_TYPES } from "../zoom/events.ts";
import { findMissingScopes } from "../zoom/scopes.ts";
import { toCallerError } from "../zoom-errors.ts";
import { withTimeLimit } from "./time-limit.ts";

/** How long Zoom is waited for, in milliseconds: somebody looks at a page. */
const ZOOM_TIMEOUT_MS = 5_000;

interface Urls {
  /** Of the hosted pages. */
  redirectUri: string;
  /** Where Zoom sends the app's events. */
  webhookUrl: string;
}

/**
 * The checklist of the app. One database round trip, and one to Zoom. An app that Zoom accepts again loses its mark. Throws
 * `not_found`.
 */
export async function diagnoseApp(scope: ProjectScope, id: string, urls: Urls): Promise<Check[]> {
  const app = await findAppToDiagnose(scope.db, { ...scope.caller, id });
  return [
    await checkCredentials(scope, app),
    checkRedirectUri(app, urls),
    checkWebhookSecret(app),
    checkVerified(app, urls),
    checkRefused(app),
    checkEventTypes(app),
    await checkScopes(scope, app),
  ];
}

async function checkCredentials({ db, zoom, keyring, waitUntil }: Scope, app: AppToDiagnose): Promise<Check> {
  const check = "client_credentials";
  const clientSecret = await openClientSecret(keyring, app.id, app.client_secret);
  try {
    const asking = zoom.checkAppCredentials({ clientId: app.client_id, clientSecret });
    await withTimeLimit(asking, ZOOM_TIMEOUT_MS, () => new ApiError("zoom_timeout"));
    // Its connections need not wait for the next probe.
    if (app.credentials_invalid_at !== null)
      waitUntil(
        unmarkApp(db, { id: app.id, clientId: app.client_id, clientSecret: app.client_secret }).catch(
          () => {},
        ),
      );
    return {
      check,
      status: "ok",
      message: "Zoom accepts the client ID and the client secret.",
      action: null,
    };
  } catch (error) {
    const told = toCallerError(error);
    if (!(told instanceof ApiError)) throw error;
    const { message } = told;
    if (told.code !== "zoom_app_credentials_invalid")
      return {
        check,
        status: "unknown",
        message: `Zoom could not be asked. ${message}`,
        action: "Look again later.",
      };
    const action = "Copy the client secret from the app's page on the Zoom Marketplace, and set it here.";
    return { check, status: "failed", message, action };
  }
}

function checkRedirectUri({ is_redirect_proven }: AppToDiagnose, { redirectUri }: Urls): Check {
  const check = "redirect_uri";
  if (is_redirect_proven)
    return {
      check,
      status: "ok",
      message: "A user has come back from Zoom to the connect pages.",
      action: null,
    };
  return {
    check,
    status: "unknown",
    message:
      "No user has come back from Zoom to the connect pages yet. Zoom does not tell which redirect URLs an app has.",
    action: `For connect sessions, add this OAuth redirect URL to the app on the Zoom Marketplace: ${redirectUri}`,
  };
}

function checkWebhookSecret({ has_webhook_secret }: AppToDiagnose): Check {
  const check = "webhook_secret";
  if (has_webhook_secret)
    return { check, status: "ok", message: "The Secret Token for Zoom's events is set.", action: null };
  return {
    check,
    status: "warning",
    message: "The Secret Token is not set, so that every event from Zoom is refused.",
    action:
      "Copy the Secret Token from the app's page on the Zoom Marketplace, and set it as webhook_secret.",
  };
}

function checkVerified(
  { last_verified_webhook_received_at: at }: AppToDiagnose,
  { webhookUrl }: Urls,
): Check {
  const check = "verified_webhook";
  if (at !== null)
    return { check, status: "ok", message: `The last signed event arrived at ${at}.`, action: null };
  return {
    check,
    status: "warning",
    message: "No signed event has arrived from Zoom.",
    action: `Add an event subscription to the app on the Zoom Marketplace, with this URL: ${webhookUrl}`,
  };
}

function checkRefused(app: AppToDiagnose): Check {
  const check = "refused_webhook";
  const { last_unverified_webhook_received_at: refused, last_verified_webhook_received_at: verified } = app;
  if (refused === null) return { check, status: "ok", message: "No event was refused.", action: null };
  const message = `The last event with a missing or wrong signature was refused at ${refused}.`;
  if (verified !== null && verified > refused) return { check, status: "ok", message, action: null };
  const action =
    "If the app's events do not arrive, compare webhook_secret with the Secret Token on the Zoom Marketplace. Others may send unsigned requests, too.";
  return { check, status: verified === null ? "failed" : "warning", message, action };
}

function checkEventTypes({ seen_event_types: seen }: AppToDiagnose): Check {
  const check = "event_types";
  const missing = EVENT_TYPES.filter((type) => !seen.includes(type));
  const seenText = seen.length === 0 ? "No event has arrived." : `Seen: ${seen.join(", ")}.`;
  if (missing.length === 0) return { check, status: "ok", message: seenText, action: null };
  return {
    check,
    // Some happen once in a long while.
    status: seen.length === 0 ? "warning" : "unknown",
    message: `${seenText} Not seen yet: ${missing.join(", ")}.`,
    action:
      "Check that the app's event subscription on the Zoom Marketplace has those that were not seen yet.",
  };
}

async function checkScopes({ keyring }: Scope, app: AppToDiagnose): Promise<Check> {
  const check = "scopes";
  const opened = await Promise.all(
    app.connections.map(async ({ user_id: userId, credentials, ...capabilities }) => {
      const { scopes } = await openCredentials(keyring, { zoomOAuthAppId: app.id, userId }, credentials);
      return { scopes, missing: findMissingScopes(scopes, capabilities) };
    }),
  );
  if (opened.length === 0)
    return {
      check,
      status: "unknown",
      message: "No connection tells which scopes the app has.",
      action: null,
    };
  const newest = opened.length === 1 ? "the newest connection" : `the newest ${opened.length} connections`;
  const granted = [...new Set(opened.flatMap(({ scopes }) => scopes))].toSorted();
  const missing = [...new Set(opened.flatMap((grant) => grant.missing))];
  const message = `Granted over ${newest}: ${granted.join(", ")}.`;
  if (missing.length === 0) return { check, status: "ok", message, action: null };
  const lacking = opened.filter((grant) => grant.missing.length > 0).length;
  return {
    check,
    status: "failed",
    message: `Missing from ${lacking} of ${newest}: ${missing.join(", ")}. ${message}`,
    action:
      "Add these scopes to the app on the Zoom Marketplace, and send the users through Zoom's consent page again.",
  };
}
