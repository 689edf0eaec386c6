// Zoom OAuth connections of a project.

import { type SQL, sql } from "drizzle-orm";
import { notFound } from "../errors.ts";
import { CHOSEN_FIELDS, type ChosenFields, SHOWN_FIELDS } from "../model/connection.ts";
import type { ConnectionFailureCode } from "../model/connection-failure.ts";
import type { PageRequest } from "../model/page.ts";
import type { Database } from "./client.ts";
import { as, literal, moment, NOW, pick, type RowOf, selectList, set } from "./columns.ts";
import { EVENT_EXPIRY, insertEvent } from "./connection-events.ts";
import { DELIVERY_IDS, deliverStateChange } from "./outbox.ts";
import { PAGE_SHAPES, type PageShape, type PageValues, pageClause, pageShape, pageValues } from "./pages.ts";
import { key, type ObjectKey, type ProjectKey } from "./project-key.ts";
import {
  connectionEvents,
  usedAuthorizationCodes,
  webhookDeliveries,
  zoomOAuthApps,
  zoomOAuthConnections,
} from "./schema.ts";
import { keyedStatement, type Parameters, variants } from "./statement.ts";

export type ConnectionRow = typeof zoomOAuthConnections.$inferSelect;

const connection = as(zoomOAuthConnections, "connection");
const app = as(zoomOAuthApps, "app");

/** What answers show of the table expression's connections, in their order. */
export function shownColumns(from: typeof zoomOAuthConnections) {
  return pick(from, SHOWN_FIELDS);
}

export type ShownConnection = RowOf<ReturnType<typeof shownColumns>>;

/** From `key`, the connection of the project with this id, where there is one. */
function joinConnection(id: Parameters<{ id: string }>["id"]): SQL {
  return sql`key left join ${zoomOAuthConnections} connection
    on ${connection.project_id} = ${key.project_id} and ${connection.id} = ${id}`;
}

export const findShown = keyedStatement({
  name: "find_connection",
  row: shownColumns(connection),
  text: (p: Parameters<{ id: string }>, columns) => sql`select ${columns} from ${joinConnection(p.id)}`,
});

/** What answers show of the connection. Throws `not_found`. */
export async function findConnection(db: Database, which: ObjectKey): Promise<ShownConnection> {
  return found(await findShown.first(db, which));
}

/** What a change is decided by: the chosen fields, and the grant. */
const CHANGED = [
  "id",
  "zoom_oauth_app_id",
  "user_id",
  "state",
  "credentials",
  "connection_failure_data",
  "updated_at",
  ...CHOSEN_FIELDS,
] as const;

export const findToChange = keyedStatement({
  name: "find_connection_to_change",
  row: pick(connection, CHANGED),
  text: (p: Parameters<{ id: string }>, columns) => sql`select ${columns} from ${joinConnection(p.id)}`,
});

export type ConnectionToChange = RowOf<
  ReturnType<typeof pick<typeof zoomOAuthConnections, (typeof CHANGED)[number]>>
>;

/** The connection with its sealed credentials. Throws `not_found`. */
export async function findConnectionToChange(db: Database, which: ObjectKey): Promise<ConnectionToChange> {
  return found(await findToChange.first(db, which));
}

export interface ConnectionFilters {
  state?: ConnectionRow["state"] | undefined;
  user_id?: string | undefined;
  account_id?: string | undefined;
  zoom_oauth_app_id?: string | undefined;
  failure_code?: ConnectionFailureCode | undefined;
  metadata?: Record<string, string> | undefined;
}

const FILTERS = ["state", "user_id", "account_id", "zoom_oauth_app_id", "failure_code", "metadata"] as const;
type Filter = (typeof FILTERS)[number];

interface ListShape extends PageShape {
  filters: readonly Filter[];
}

/** The text depends on the filters: each has an index of its own, which a general plan could not choose. */
export const list = variants<ListShape, ReturnType<typeof listStatement>>(
  [[], ...FILTERS.map((filter) => [filter]), FILTERS].flatMap((filters) =>
    PAGE_SHAPES.map((shape) => ({ ...shape, filters })),
  ),
  listStatement,
);

function listStatement({ filters, ...shape }: ListShape) {
  const {
    project_id,
    zoom_oauth_app_id,
    metadata,
    state,
    connection_failure_data: data,
  } = zoomOAuthConnections;
  return keyedStatement({
    name: "list_connections",
    row: shownColumns(connection),
    text: (p: Parameters<Record<Filter, string> & PageValues>, columns) => {
      const conditions = [sql`${project_id} = ${key.project_id}`];
      for (const filter of filters) {
        if (filter === "metadata") conditions.push(sql`${metadata} @> ${p.metadata}::jsonb`);
        // As the index has it: only one that is disconnected has a reason.
        else if (filter === "failure_code")
          conditions.push(sql`${state} = 'disconnected' and ${data} ->> 'code' = ${p.failure_code}`);
        else conditions.push(sql`${zoomOAuthConnections[filter]} = ${p[filter]}`);
      }
      if (filters.includes("user_id")) {
        // True of each of them. A user is found by the unique key, which begins with the app.
        conditions.push(sql`${zoom_oauth_app_id} in (
          select ${app.id} from ${zoomOAuthApps} app where ${app.project_id} = ${key.project_id}
        )`);
      }
      return sql`
        select ${columns} from key left join lateral (
          select ${selectList(shownColumns(zoomOAuthConnections))} from ${zoomOAuthConnections}
          where ${sql.join(conditions, sql` and `)} ${pageClause(zoomOAuthConnections, shape, p)}
        ) connection on true`;
    },
  });
}

/** A page of the project's connections that fit every filter. */
export async function listConnections(
  db: Database,
  project: ProjectKey,
  { metadata, ...filters }: ConnectionFilters,
  page: PageRequest,
): Promise<ShownConnection[]> {
  const values = { ...filters, metadata: metadata && JSON.stringify(metadata) };
  const given = FILTERS.filter((filter) => values[filter] !== undefined);
  return await list
    .for({ ...pageShape(page), filters: given })
    .all(db, { ...project, ...(values as Record<Filter, string>), ...pageValues(page) });
}

type ChangeValues = { id: string; updatedAt: string; isToConnect: boolean; eventId: string } & Omit<
  ChosenFields,
  "metadata"
> & {
    /** JSON. */
    metadata: string | null;
  };

export const update = keyedStatement({
  name: "update_connection",
  row: { ...shownColumns(as(zoomOAuthConnections, "updated")), delivery_ids: DELIVERY_IDS },
  text: (p: Parameters<ChangeValues>, columns) => {
    const { id, project_id, updated_at, state, connection_failure_data } = zoomOAuthConnections;
    const isToConnect = sql`${p.isToConnect}::boolean`;
    const chosen = Object.fromEntries(CHOSEN_FIELDS.map((name) => [name, p[name]]));
    return sql`, updated as (
        update ${zoomOAuthConnections} set ${set(zoomOAuthConnections, {
          ...chosen,
          state: sql`case when ${isToConnect} then 'connected' else ${state} end`,
          connection_failure_data: sql`case when ${isToConnect} then null else ${connection_failure_data} end`,
          updated_at: NOW,
        })}
        where ${id} = ${p.id} and ${project_id} = (select project_id from key)
          and ${updated_at} = ${p.updatedAt}::timestamptz
        returning *
      ), connected as (
        select * from updated where ${isToConnect}
      ), told as (
        ${insertEvent(p.eventId, "reconnected", as(zoomOAuthConnections, "connected"))}
      ), ${deliverStateChange(sql`connected`)}
      select ${columns} from key left join updated on true`;
  },
});

/** Changes the connection where nobody has changed it since `updatedAt`; null: somebody has. */
export async function updateConnection(
  db: Database,
  which: ObjectKey & {
    updatedAt: string;
    /** Connects it, whose tokens were kept; and the id of the event that tells so. */
    isToConnect: boolean;
    eventId: string;
  },
  { metadata, ...capabilities }: ChosenFields,
): Promise<{ connection: ShownConnection; deliveryIds: string[] } | null> {
  const values = { ...which, ...capabilities, metadata: metadata && JSON.stringify(metadata) };
  const row = await update.first(db, values);
  if (row === null) return null;
  const { delivery_ids: deliveryIds, ...connection } = row;
  return { connection, deliveryIds };
}

const deleted = as(zoomOAuthConnections, "deleted");

/** The refusal of an authorization code whose connection is gone. */
export const CONNECTION_REMOVED = {
  code: "connection_removed",
  message:
    "The connection that the authorization_code led to was removed. Send the user through Zoom's consent page again.",
};

/** CTEs that let go of what is left of the connections in the CTE `deleted`. */
export function forgetDeleted(): SQL {
  return sql`expiring as (
        update ${connectionEvents} set ${set(connectionEvents, { expires_at: EVENT_EXPIRY })}
        where ${connectionEvents.zoom_oauth_connection_id} in (select id from deleted)
      ), spent as (
        -- A message with the grant that comes once more makes no other connection of it.
        update ${usedAuthorizationCodes} set ${set(usedAuthorizationCodes, {
          zoom_oauth_connection_id: null,
          refusal: sql`${literal(JSON.stringify(CONNECTION_REMOVED))}::jsonb`,
        })}
        where ${usedAuthorizationCodes.zoom_oauth_connection_id} in (select id from deleted)
      ), untold as (
        delete from ${webhookDeliveries}
        where ${webhookDeliveries.zoom_oauth_connection_id} in (select id from deleted)
      )`;
}

const REVOKED = {
  ...pick(deleted, ["id", "zoom_oauth_app_id", "user_id", "credentials"]),
  client_id: app.client_id,
  client_secret: app.client_secret,
  removed_at: moment(NOW, deleted.updated_at),
};

/** What a revocation at Zoom needs of a connection that is gone. Secrets are sealed. */
export type DeletedConnection = RowOf<typeof REVOKED>;

export const remove = keyedStatement({
  name: "delete_connection",
  row: REVOKED,
  text: (p: Parameters<{ id: string; eventId: string; isToRevoke: boolean }>, columns) => {
    const { id, project_id } = zoomOAuthConnections;
    const type = sql`case when ${p.isToRevoke}::boolean then 'revoked' else 'disconnected' end`;
    return sql`, deleted as (
        delete from ${zoomOAuthConnections} where ${id} = ${p.id} and ${project_id} = (select project_id from key)
        returning *
      ), told as (${insertEvent(p.eventId, type, deleted, { expiresAt: EVENT_EXPIRY })}), ${forgetDeleted()}
      select ${columns} from key left join deleted on true
      left join ${zoomOAuthApps} app on ${app.id} = ${deleted.zoom_oauth_app_id}`;
  },
});

/**
 * Erases the connection with its credentials, metadata, meetings, codes and deliveries. Its events stay for 30 days, and
 * one more, `revoked` or `disconnected`, tells of the end. Throws `not_found`.
 */
export async function deleteConnection(
  db: Database,
  which: ObjectKey & { eventId: string; isToRevoke: boolean },
): Promise<DeletedConnection> {
  return found(await remove.first(db, which));
}

function found<Row>(row: Row | null): Row {
  if (row === null) throw notFound("Zoom OAuth connection");
  return row;
}
