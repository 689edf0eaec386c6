import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listAuditEventsOfProject } from "../../db/audit-events.ts";
import { defineList } from "../../http/list.ts";
import { auditEvent, auditFilters, toAuditEvent } from "../audit-events/audit-event.ts";

export const listProjectAuditEvents = defineList({
  operationId: "listProjectAuditEvents",
  path: "/api/v1/projects/{id}/audit_events",
  tag: "Administration",
  summary: "List a project's audit events",
  description: "Who changed what in the project, newest first, for 90 days.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  filters: auditFilters,
  item: auditEvent,
  pageName: "ProjectAuditEventPage",
  errors: [],
  rows: async ({ db }, { params, filters, page }) =>
    await listAuditEventsOfProject(db, params.id, filters, page),
  show: toAuditEvent,
});
