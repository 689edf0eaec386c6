// A token link: whose tokens it gives, and why a call of it gives none.

import * as z from "zod";
import { wantedMetadata } from "./connection.ts";
import { storableText } from "./fields.ts";
import { TOKEN_REASONS, type TokenReasonCode } from "./token-reasons.ts";
import type { VendorName } from "./vendors.ts";

/** As many users as a request or a link may name. */
export const MAX_USERS = 10;
const MAX_USER_ID_LENGTH = 200;

export const zoomUserId = storableText.min(1).max(MAX_USER_ID_LENGTH);

export const zoomUserIds = z
  .array(zoomUserId)
  .min(1)
  .max(MAX_USERS)
  .refine((ids) => new Set(ids).size === ids.length, "Must not name a user twice.")
  .meta({ uniqueItems: true });

const REQUEST_PATH = /^(?:bot_metadata|query|extra)(?:\.[^.\s]+)+$/;

/** Whose tokens a link gives: exactly one of these forms. */
export const linkedConnection = z.union(
  [
    z.strictObject({ zoom_oauth_connection_id: z.string().regex(/^zoc_[A-Za-z0-9]{1,64}$/) }),
    z.strictObject({ user_id: zoomUserId }),
    z.strictObject({ user_ids: zoomUserIds }),
    z.strictObject({ metadata: wantedMetadata }),
    z.strictObject({
      from_request: storableText
        .max(200)
        .regex(REQUEST_PATH, "Must be a path such as bot_metadata.zoom_user_id, query.user or extra.user."),
    }),
    z.strictObject({ meeting_host: z.literal(true) }),
  ],
  {
    error: ({ input }) =>
      input === undefined
        ? "Required."
        : `Must be exactly one of { "zoom_oauth_connection_id" }, { "user_id" }, { "user_ids" } (at most ${MAX_USERS}, none twice), { "metadata" }, { "from_request" } (a path such as bot_metadata.zoom_user_id) and { "meeting_host": true }.`,
  },
);

export type LinkedConnection = z.output<typeof linkedConnection>;

/** The same as it is shown. */
export const shownConnection = z.union([
  z.strictObject({ zoom_oauth_connection_id: z.string() }),
  z.strictObject({ user_id: z.string() }),
  z.strictObject({ user_ids: z.array(z.string()) }),
  z.strictObject({ metadata: z.record(z.string(), z.string()) }),
  z.strictObject({ from_request: z.string() }),
  z.strictObject({ meeting_host: z.literal(true) }),
]);

/** Why a call is refused beside the reasons of {@link TOKEN_REASONS}, with what the vendor is told. */
export const LINK_REFUSALS = {
  link_inactive: "This link is switched off.",
  link_expired: "This link has expired.",
  link_used_up: "This link has been used as often as it may be.",
  signature_invalid: "The signature is missing, wrong or too old.",
  user_not_named: "The call does not name the Zoom user where this link looks for it.",
  connection_ambiguous: "Several connections fit this link. Narrow it down.",
} as const;

export type LinkRefusalCode = keyof typeof LINK_REFUSALS | TokenReasonCode;

export const LINK_REFUSAL_CODES = [...Object.keys(LINK_REFUSALS), ...Object.keys(TOKEN_REASONS)] as [
  LinkRefusalCode,
  ...LinkRefusalCode[],
];

/** What a vendor signs its calls with, in the clear, and the sealed text that the link must still have for it to count. */
export interface KnownLinkSecret {
  sealed: string;
  secret: string;
  vendor: VendorName;
}
