// Why a bot gets no token: every reason, once. A fault that passes has a code of its own and the time to wait; the
// other codes are final until somebody changes something.

import * as z from "zod";

/** What each code says where no better sentence is at hand: what happened, and what to do. */
export const TOKEN_REASONS = {
  meeting_unknown:
    "No connection is known to host this meeting. It is found by the host's next sync, by POST …/{id}/sync, or by Zoom's event about the meeting.",
  host_not_connected:
    "The meeting's host has no connection among those that the request allows. Connect the host, or correct metadata, account_id or zoom_oauth_connection_id.",
  user_not_connected:
    "This Zoom user has no connection among those that the request allows. Connect the user, or correct the user ID.",
  capability_not_supported:
    "The connection does not have the capability or the scope that this token needs. Turn the capability on with PATCH, or send the user through Zoom's consent page again.",
  disconnected:
    "The connection is disconnected. Send the user through Zoom's consent page again to reconnect it.",
  not_requested: "The request does not ask for this token.",
  meeting_not_available: "Zoom does not issue a token for this meeting.",
  zoom_unavailable: "Zoom cannot give this token right now. Try again.",
  zoom_rate_limited: "Zoom is limiting requests right now. Try again later.",
} as const;

export type TokenReasonCode = keyof typeof TOKEN_REASONS;

const PASSING = ["zoom_unavailable", "zoom_rate_limited"] as const satisfies readonly TokenReasonCode[];
const DEFAULT_RETRY_AFTER_SECONDS = 5;

export const tokenReason = z
  .strictObject({
    code: z.enum(Object.keys(TOKEN_REASONS) as TokenReasonCode[]).meta({
      description: Object.entries(TOKEN_REASONS)
        .map(([code, sentence]) => `- \`${code}\`: ${sentence}`)
        .join("\n"),
    }),
    message: z.string().meta({ description: "A sentence for a person." }),
    retry_after_seconds: z.int().positive().nullable().meta({
      description: "Try again after this many seconds. Null if the same request will fail again.",
    }),
  })
  .meta({ id: "TokenReason", description: "Why a token is not issued." });

export type TokenReason = z.output<typeof tokenReason>;

/** Whether the same request may succeed a little later although nobody changes anything. */
export function isPassing(code: TokenReasonCode): boolean {
  return PASSING.some((passing) => passing === code);
}

/** The reason with this code. `retryAfterSeconds` is for a fault that passes. */
export function tokenReasonOf(
  code: TokenReasonCode,
  options: { message?: string; retryAfterSeconds?: number } = {},
): TokenReason {
  const { message = TOKEN_REASONS[code], retryAfterSeconds = DEFAULT_RETRY_AFTER_SECONDS } = options;
  return { code, message, retry_after_seconds: isPassing(code) ? retryAfterSeconds : null };
}

/** Settings of a meeting or its host with which Zoom refuses local recording tokens, as they are remembered. */
export const RECORDING_REFUSALS = ["recording_off", "no_recording"] as const;
export type RecordingRefusal = (typeof RECORDING_REFUSALS)[number];

/** What is said of each. */
export const RECORDING_REFUSAL_SENTENCES: Record<RecordingRefusal, string> = {
  recording_off:
    "Local recording is switched off for the meeting's host. The host or an administrator can allow it.",
  no_recording: "Zoom gives no such token for this meeting, for example because it is a webinar.",
};

/** How long a refusal is shown without asking Zoom again. */
export const RECORDING_REFUSAL_MEMORY_MINUTES = 60;
