import { listAuditEvents as findAuditEvents } from "../../db/audit-events.ts";
import { defineList } from "../../http/list.ts";
import { auditEvent, auditFilters, toAuditEvent } from "./audit-event.ts";

export const listAuditEvents = defineList({
  operationId: "listAuditEvents",
  path: "/api/v1/audit_events",
  tag: "Audit",
  summary: "List audit events",
  description:
    "Who changed what in the project, newest first: apps, webhooks, secrets, API keys, token links, connect sessions and connections. Kept for 90 days. Tokens that were handed out are events of their connection.",
  security: "api_key",
  scope: "audit:read",
  filters: auditFilters,
  item: auditEvent,
  pageName: "AuditEventPage",
  errors: [],
  rows: async ({ db, caller }, { filters, page }) => await findAuditEvents(db, caller, filters, page),
  show: toAuditEvent,
});
