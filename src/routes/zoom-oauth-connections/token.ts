// What the operations that hand out a connection's tokens share.

import * as z from "zod";
import { fromIsoMilliseconds } from "../../api/fields.ts";
import { ZOOM_CALL_ERRORS } from "../../api/operation.ts";
import type { IssuedToken } from "../../connections/tokens.ts";
import { timestamp } from "../../model/fields.ts";

/** Codes of operations that may have to refresh the connection's tokens. */
export const TOKEN_ERRORS = [
  "not_found",
  "connection_disconnected",
  "request_in_progress",
  ...ZOOM_CALL_ERRORS,
] as const;

/** Codes of operations that ask Zoom for a token of the Meeting SDK. */
export const MEETING_TOKEN_ERRORS = [
  ...TOKEN_ERRORS,
  "capability_not_supported",
  "meeting_not_available",
  "missing_scopes",
  "user_not_active",
] as const;

export const issuedToken = z
  .strictObject({
    token: z.string().meta({ description: "The token to pass to Zoom's Meeting SDK." }),
    expires_at: timestamp.meta({ description: "When the token expires. ISO 8601, UTC." }),
  })
  .meta({ id: "IssuedToken" });

export function toIssuedToken({ token, expires_at }: IssuedToken): z.input<typeof issuedToken> {
  return { token, expires_at: fromIsoMilliseconds(expires_at) };
}
