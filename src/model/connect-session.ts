// A connect session: one attempt of a product to connect one of its users through the hosted pages.

import * as z from "zod";
import { shownId, timestamp } from "./fields.ts";

export const CONNECT_SESSION_STATES = ["open", "completed", "failed", "cancelled", "expired"] as const;
export type ConnectSessionState = (typeof CONNECT_SESSION_STATES)[number];

/** The states in which a session ends without a connection. */
export const ENDED_STATES = ["failed", "cancelled", "expired"] as const satisfies ConnectSessionState[];

/** Why an attempt of a session failed: every reason, once. */
export const ATTEMPT_FAILURES = [
  "access_denied",
  "missing_scopes",
  "user_not_active",
  "wrong_zoom_user",
  "authorization_code_rejected",
  "zoom_app_credentials_invalid",
  "zoom_error",
  "zoom_rate_limited",
  "zoom_unavailable",
  "zoom_timeout",
  "database_unavailable",
  "internal_error",
] as const;
export type AttemptFailureCode = (typeof ATTEMPT_FAILURES)[number];

/** Shown of a session whose user went to Zoom and never came back. No attempt failed, as far as anybody knows. */
export const NEVER_CAME_BACK = {
  code: "never_came_back",
  message:
    "The user went to Zoom's consent page, and no answer of Zoom's came back. Likely causes: the app is not published, so that it works only for users of your own Zoom account; the redirect URI of the hosted pages, with the path /oauth/zoom/callback, is not registered for the app on the Zoom Marketplace; an administrator of the user's account must approve the app first; or the user left the page.",
} as const;

export type ConnectSessionFailureCode = AttemptFailureCode | typeof NEVER_CAME_BACK.code;

/** What a session keeps of a failed attempt. */
export interface AttemptFailure {
  code: AttemptFailureCode;
  /** A sentence for the developer. */
  message: string;
  /** Of `missing_scopes`, by their granular names. For the page alone. */
  missing_scopes?: string[];
}

export const DEFAULT_SESSION_SECONDS = 3_600;
export const MIN_SESSION_SECONDS = 60;
export const MAX_SESSION_SECONDS = 604_800;

const FAILURE_MEANINGS: Record<ConnectSessionFailureCode, string> = {
  access_denied: "The user declined on Zoom's consent page.",
  missing_scopes: "The grant lacks scopes that the asked capabilities need. The message lists them.",
  user_not_active: "The Zoom user is not active.",
  wrong_zoom_user: "Another Zoom user came back than the one that the connection belongs to.",
  authorization_code_rejected: "Zoom rejected the authorization code.",
  zoom_app_credentials_invalid: "Zoom refuses the client secret of the Zoom OAuth app.",
  zoom_error: "Zoom gave an unexpected answer.",
  zoom_rate_limited: "Zoom was limiting requests.",
  zoom_unavailable: "Zoom could not be reached.",
  zoom_timeout: "Zoom did not answer in time.",
  database_unavailable: "The service's database could not be reached.",
  internal_error: "A defect of the service.",
  never_came_back: "The user went to Zoom and never came back. The message lists the likely causes.",
};

export const connectSessionFailure = z
  .strictObject({
    code: z.enum([...ATTEMPT_FAILURES, NEVER_CAME_BACK.code]).meta({
      description: Object.entries(FAILURE_MEANINGS)
        .map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
        .join("\n"),
    }),
    message: z.string().meta({ description: "What happened and what to do: a sentence for a person." }),
  })
  .meta({ id: "ConnectSessionFailure", description: "Why the last attempt of a connect session failed." });

/** What is shown of a session: exactly these keys, in this order, after its creation with `url` behind `id`. */
export const connectSessionFields = {
  id: shownId("cs", "Unique identifier of the connect session."),
  state: z.enum(CONNECT_SESSION_STATES).meta({
    description: [
      "- `open`: the link works. An attempt may have failed, as `failure` says: the user can try again.",
      "- `completed`: the user is connected, as `zoom_oauth_connection_id`.",
      "- `failed`: the session ended after a failed attempt.",
      "- `cancelled`: the user declined and went back, or you ended the session.",
      "- `expired`: `expires_at` passed without a failed attempt. Where the user went to Zoom and did not return, `failure` is `never_came_back`.",
    ].join("\n"),
  }),
  zoom_oauth_connection_id: shownId("zoc", "").nullable().meta({
    description:
      "The connection: of a session that reconnects one, from the start; of any other, once it is completed. Null before, and if the connection was deleted.",
  }),
  failure: connectSessionFailure
    .nullable()
    .meta({ description: "Why the last attempt failed. Null if none has failed." }),
  return_url: z.string().meta({ description: "Where the user returns to." }),
  metadata: z
    .record(z.string(), z.string())
    .nullable()
    .meta({ description: "The metadata for the connection. Null if none was given." }),
  created_at: timestamp,
  expires_at: timestamp.meta({ description: "When the link stops working." }),
  completed_at: timestamp.nullable().meta({ description: "When the user was connected. Null if not." }),
};
