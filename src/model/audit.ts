// What the audit tells of: each change of these objects.

/** What can happen to each kind of object. The triggers of the migration name the same. */
export const AUDITED = {
  project: ["created", "updated", "suspended", "resumed", "revocation_requested"],
  api_key: ["created", "disabled"],
  zoom_oauth_app: ["created", "updated", "credentials_refused", "credentials_accepted", "deleted"],
  zoom_oauth_connection: ["created", "reconnected", "updated", "disconnected", "exported", "deleted"],
  webhook: ["created", "updated", "paused", "deleted"],
  webhook_secret: ["created", "rotated"],
  token_link: ["created", "updated", "deleted"],
  connect_session: ["created", "completed", "failed", "cancelled", "expired"],
} as const;

export type AuditObjectType = keyof typeof AUDITED;
export const AUDIT_OBJECT_TYPES = Object.keys(AUDITED) as [AuditObjectType, ...AuditObjectType[]];

export type AuditAction = {
  [Type in AuditObjectType]: `${Type}.${(typeof AUDITED)[Type][number]}`;
}[AuditObjectType];
export const AUDIT_ACTIONS = AUDIT_OBJECT_TYPES.flatMap((type) =>
  AUDITED[type].map((verb) => `${type}.${verb}`),
) as [AuditAction, ...AuditAction[]];
