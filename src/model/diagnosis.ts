// What a diagnosis of a Zoom OAuth app looks at.

export const CHECKS = [
  "client_credentials",
  "redirect_uri",
  "webhook_secret",
  "verified_webhook",
  "refused_webhook",
  "event_types",
  "scopes",
] as const;

export const CHECK_STATUSES = ["ok", "warning", "failed", "unknown"] as const;

export interface Check {
  check: (typeof CHECKS)[number];
  status: (typeof CHECK_STATUSES)[number];
  /** What is so: a sentence for a person. */
  message: string;
  /** What to do; null: nothing. */
  action: string | null;
}
