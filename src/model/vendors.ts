// What each bot vendor asks of a URL that gives it Zoom tokens: the tokens that it takes, how it signs, the form of the
// answer, and the statuses that make it try again or stop. Sources: the vendors' documentation and code, named at each.

/** The kinds of token that a link can give. */
export const LINK_TOKENS = ["onbehalf", "zak", "local_recording", "access", "all"] as const;
export type LinkToken = (typeof LINK_TOKENS)[number];

/** How a vendor proves who calls. */
export type SignatureScheme =
  /** `X-Webhook-Signature`: base64 HMAC-SHA256 over the body as canonical JSON; the secret is base64. */
  | "canonical_json"
  /** The headers of Standard Webhooks over an empty payload; the secret is `whsec_` and base64. */
  | "standard_webhooks"
  /** `X-Webhook-Secret`, or `webhook_secret` in the body: the secret itself. */
  | "shared_secret";

/** How an answer looks. */
export type AnswerForm =
  /** A JSON object of Attendee's four names. */
  | "named_tokens"
  /** The bare token as text, errors as text. */
  | "text"
  /** A JSON object `{ "token" }`. */
  | "json"
  /** The bare token as text, or `{ "token", "expires_at" }` for who accepts JSON. */
  | "negotiated";

export interface Vendor {
  tokens: readonly LinkToken[];
  /** Null: the vendor signs nothing. */
  signature: SignatureScheme | null;
  form: AnswerForm;
  /** Where, in what a call says, a user id may stand that the link's `from_request` names. */
  named: readonly ("bot_metadata" | "query" | "extra")[];
  /** The status for a call that will never succeed as it is, and for a link that has ended. */
  refused: number;
  ended: number;
}

const SINGLE = ["onbehalf", "zak", "local_recording"] as const;

export const VENDORS = {
  /** attendee-labs/attendee: `docs/zoom_oauth.md`, `bots/external_callback_utils.py`. It never asks twice. */
  attendee: {
    tokens: [...SINGLE, "all"],
    signature: "canonical_json",
    form: "named_tokens",
    named: ["bot_metadata", "query"],
    refused: 400,
    ended: 410,
  },
  /** docs.recall.ai: customer-managed OAuth, OBF, signed-in Zoom bots, authenticating requests from Recall.ai. */
  recall: {
    tokens: [...SINGLE, "access"],
    signature: "standard_webhooks",
    form: "text",
    named: ["query"],
    refused: 400,
    ended: 410,
  },
  /** Meeting BaaS, OBF tokens. */
  meeting_baas: {
    tokens: [...SINGLE],
    signature: null,
    form: "text",
    named: ["query", "extra"],
    refused: 400,
    ended: 410,
  },
  /** meetstream-ai/labs: `zoom-authenticated-joins/README.md`. Only a 400 is final to it. */
  meetstream: {
    tokens: [...SINGLE],
    signature: "shared_secret",
    form: "json",
    named: ["query"],
    refused: 400,
    ended: 400,
  },
  /** Our own form, for software of the customer's. */
  plain: {
    tokens: [...SINGLE, "access"],
    signature: "shared_secret",
    form: "negotiated",
    named: ["query"],
    refused: 400,
    ended: 410,
  },
} as const satisfies Record<string, Vendor>;

export type VendorName = keyof typeof VENDORS;
export const VENDOR_NAMES = Object.keys(VENDORS) as [VendorName, ...VendorName[]];

export function vendorOf(name: VendorName): Vendor {
  return VENDORS[name];
}
