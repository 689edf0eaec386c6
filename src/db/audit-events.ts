// The audit: read here, written by the triggers of the tables (drizzle/0007_audit_triggers.sql).

import { type SQL, sql } from "drizzle-orm";
import type { ActorType } from "../model/actor.ts";
import type { AuditAction, AuditObjectType } from "../model/audit.ts";
import type { PageRequest } from "../model/page.ts";
import { cleanUp, runCleanUp } from "./clean-up.ts";
import type { Database, Value } from "./client.ts";
import { as, columnsOf, nullable, type RowOf } from "./columns.ts";
import { fromProject, rowsOfProject } from "./of-project.ts";
import { type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ProjectKey } from "./project-key.ts";
import { auditEvents } from "./schema.ts";
import { keyedStatement, type Parameters, statement, variants } from "./statement.ts";

const events = auditEvents;
const event = as(auditEvents, "event");
const { id: EVENT_ID, ...SHOWN } = columnsOf(event);

export type AuditEventRow = RowOf<ReturnType<typeof columnsOf<typeof auditEvents>>>;

export interface AuditFilters {
  actor_type?: ActorType | undefined;
  actor_id?: string | undefined;
  object_type?: AuditObjectType | undefined;
  object_id?: string | undefined;
  action?: AuditAction | undefined;
}

const FILTERS = ["actor_type", "actor_id", "object_type", "object_id", "action"] as const;
type FilterName = (typeof FILTERS)[number];
type Filtered = PageValues & { [Name in FilterName]: Value };

interface Shape extends PageShape {
  filters: FilterName[];
}

const SAMPLES: Shape[] = [
  { direction: "older", isFirst: true, filters: [] },
  { direction: "older", isFirst: false, filters: [...FILTERS] },
  { direction: "newer", isFirst: false, filters: ["object_id"] },
];

function filterClause({ filters }: Shape, p: Parameters<Filtered>): SQL {
  return sql.join(filters.map((name) => sql` and ${events[name]} = ${p[name]}`));
}

export const list = variants(SAMPLES, (shape: Shape) =>
  keyedStatement({
    name: "list_audit_events",
    row: { id: EVENT_ID, ...SHOWN },
    text: (p: Parameters<Filtered>, columns) => sql`
      select ${columns} from key left join lateral (
        select * from ${events} where ${events.project_id} = ${key.project_id}${filterClause(shape, p)} ${pageClause(events, shape, p)}
      ) event on true`,
  }),
);

/** A page of what happened in the project. */
export async function listAuditEvents(
  db: Database,
  project: ProjectKey,
  filters: AuditFilters,
  page: PageRequest,
): Promise<AuditEventRow[]> {
  return await list.for(shapeOf(filters, page)).all(db, { ...project, ...valuesOf(filters, page) });
}

export const listOfProject = variants(SAMPLES, (shape: Shape) =>
  statement({
    name: "list_audit_events_of_project",
    row: { id: nullable(EVENT_ID), ...SHOWN },
    text: (p: Parameters<Filtered & { projectId: string }>, columns) => sql`
      select ${columns} ${fromProject(
        p.projectId,
        events,
        event,
        sql`${filterClause(shape, p)} ${pageClause(events, shape, p)}`,
      )}`,
  }),
);

/** The same for the administrator. Throws `not_found`. */
export async function listAuditEventsOfProject(
  db: Database,
  projectId: string,
  filters: AuditFilters,
  page: PageRequest,
): Promise<AuditEventRow[]> {
  const ofShape = listOfProject.for(shapeOf(filters, page));
  return rowsOfProject(await ofShape.all(db, { projectId, ...valuesOf(filters, page) }));
}

function shapeOf(filters: AuditFilters, page: PageRequest): Shape {
  return { ...pageShape(page), filters: FILTERS.filter((name) => filters[name] !== undefined) };
}

function valuesOf(filters: AuditFilters, page: PageRequest): Filtered {
  const values = Object.fromEntries(FILTERS.map((name) => [name, filters[name] ?? null]));
  return { ...(values as Record<FilterName, Value>), ...pageValues(page) };
}

export const deleteOld = cleanUp(
  "delete_old_audit_events",
  events,
  events.created_at,
  sql`now() - interval '90 days'`,
);

/** Forgets audit events after 90 days. Bounded, for a job that runs every minute. Returns how many. */
export async function deleteOldAuditEvents(db: Database): Promise<number> {
  return await runCleanUp(db, deleteOld);
}
