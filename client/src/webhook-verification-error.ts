// Why a webhook is not to be trusted.

/** Why a webhook was not accepted. */
export type WebhookVerificationFailure =
  | "body_not_raw"
  | "secret_malformed"
  | "header_missing"
  | "timestamp_malformed"
  | "timestamp_too_old"
  | "timestamp_too_new"
  | "signature_mismatch"
  | "body_not_json";

/** A webhook that is not to be trusted. Answer it with a status of 400, and do nothing that it says. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  /** For programs; the message says what to do. */
  readonly reason: WebhookVerificationFailure;

  constructor(reason: WebhookVerificationFailure, message: string) {
    super(message);
    this.reason = reason;
  }
}
