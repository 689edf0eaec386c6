export { type AuthorizeUrlOptions, authorizeUrl } from "./authorize-url.ts";
export type { CallOptions } from "./call.ts";
export { type ClientOptions, createClient } from "./client.ts";
export { ZoomOAuthConnectionsError } from "./error.ts";
export type * from "./generated/types.ts";
export { createTestWebhookHeaders, verifyWebhook, type WebhookHeaders } from "./webhook.ts";
export {
  WebhookVerificationError,
  type WebhookVerificationFailure,
} from "./webhook-verification-error.ts";
