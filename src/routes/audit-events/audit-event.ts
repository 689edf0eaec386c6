// An audit event as answers show it, and what lists of them can be filtered by.

import * as z from "zod";
import type { AuditEventRow } from "../../db/audit-events.ts";
import { ACTOR_TYPES, actor } from "../../model/actor.ts";
import { AUDIT_ACTIONS, AUDIT_OBJECT_TYPES } from "../../model/audit.ts";
import { shownId, storableText, timestamp } from "../../model/fields.ts";

export const auditEvent = z
  .strictObject({
    id: shownId("aud", "Unique identifier of the audit event."),
    actor,
    action: z.enum(AUDIT_ACTIONS).meta({ description: "What was done to which kind of object." }),
    object: z
      .strictObject({
        type: z.enum(AUDIT_OBJECT_TYPES),
        id: z.string().meta({ description: "Of a webhook secret: the ID of its project." }),
      })
      .meta({ description: "What was changed." }),
    ip_address: z
      .string()
      .nullable()
      .meta({ description: "From where the request came. Null where there was none, as for a cron run." }),
    request_id: z.string().nullable().meta({
      description: "The `X-Request-Id` of the request that made the change. Null where there was none.",
    }),
    created_at: timestamp,
  })
  .meta({ id: "AuditEvent" });

const id = storableText.max(200).optional();

export const auditFilters = {
  actor_type: z.enum(ACTOR_TYPES).optional().meta({ description: "Only what this kind of actor did." }),
  actor_id: id.meta({ description: "Only what this actor did, such as an API key by its ID." }),
  object_type: z
    .enum(AUDIT_OBJECT_TYPES)
    .optional()
    .meta({ description: "Only changes of this kind of object." }),
  object_id: id.meta({ description: "Only changes of this object." }),
  action: z.enum(AUDIT_ACTIONS).optional().meta({ description: "Only this action." }),
};

export function toAuditEvent(row: AuditEventRow): z.input<typeof auditEvent> {
  const { id, actor_type, actor_id, action, object_type, object_id, ip_address, request_id, created_at } =
    row;
  return {
    id,
    actor: { type: actor_type, id: actor_id },
    action,
    object: { type: object_type, id: object_id },
    ip_address,
    request_id,
    created_at,
  };
}
