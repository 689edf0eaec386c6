// The tables, and in constraints what the contract says in words. The only description of the database:
// drizzle-kit generates the migrations from it.

import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { toIsoMicroseconds } from "./timestamps.ts";

/** What a project can be told of. */
export const WEBHOOK_TRIGGERS = [
  "zoom_oauth_connection.state_change",
  "zoom_oauth_app.credentials_invalid",
] as const;

/** One attempt at a delivery, as it is shown. */
export interface DeliveryAttempt {
  attempted_at: string;
  /** Null: there was no answer. */
  status_code: number | null;
  duration_ms: number;
  /** How the answer begins. */
  response_body: string | null;
  /** Why there was no answer, in our own words. */
  error: string | null;
}

/** A `timestamptz` read as ISO 8601 in UTC with six fractional digits, as every answer shows it. */
const timestamp = customType<{ data: string; driverData: string }>({
  dataType: () => "timestamp with time zone",
  fromDriver: toIsoMicroseconds,
});

const createdAt = () => timestamp("created_at").notNull().default(sql`now()`);
const updatedAt = () => timestamp("updated_at").notNull().default(sql`now()`);

export const projects = pgTable(
  "projects",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** Signs the webhooks to the project, sealed; made when it is first needed. */
    webhook_secret: text(),
    /** The one before a rotation, sealed: signs along for a while. */
    previous_webhook_secret: text(),
    previous_webhook_secret_expires_at: timestamp(),
    created_at: createdAt(),
  },
  (table) => [index("projects_created_at_index").on(table.created_at, table.id)],
);

export const apiKeys = pgTable(
  "api_keys",
  {
    id: text().primaryKey(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text(),
    /** SHA-256 of the key, hex. The key itself is shown once and stored nowhere. */
    key_sha256: text().notNull().unique(),
    created_at: createdAt(),
    disabled_at: timestamp(),
    last_used_at: timestamp(),
  },
  (table) => [
    index("api_keys_project_id_index").on(table.project_id, table.created_at),
    check("api_keys_key_sha256_check", sql`${table.key_sha256} ~ '^[0-9a-f]{64}$'`),
  ],
);

export const zoomOAuthApps = pgTable(
  "zoom_oauth_apps",
  {
    id: text().primaryKey(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text(),
    client_id: text().notNull(),
    /** Sealed. */
    client_secret: text().notNull(),
    /** Sealed. */
    webhook_secret: text(),
    credentials_invalid_at: timestamp(),
    /** When Zoom was last asked whether it takes marked credentials again. */
    credentials_checked_at: timestamp(),
    /** Zoom's API asked the app to wait, for a moment or for the rest of a day. */
    api_not_before: timestamp(),
    last_verified_webhook_received_at: timestamp(),
    last_unverified_webhook_received_at: timestamp(),
    created_at: createdAt(),
    updated_at: updatedAt(),
  },
  (table) => [
    unique("zoom_oauth_apps_project_id_client_id_key").on(table.project_id, table.client_id),
    // The target of the connections' foreign key: a connection and its app are of one project.
    unique("zoom_oauth_apps_id_project_id_key").on(table.id, table.project_id),
  ],
);

export const zoomOAuthConnections = pgTable(
  "zoom_oauth_connections",
  {
    id: text().primaryKey(),
    project_id: text().notNull(),
    zoom_oauth_app_id: text().notNull(),
    user_id: text().notNull(),
    account_id: text().notNull(),
    state: text({ enum: ["connected", "disconnected"] }).notNull(),
    metadata: jsonb().$type<Record<string, string>>(),
    is_local_recording_token_supported: boolean().notNull(),
    is_onbehalf_token_supported: boolean().notNull(),
    connection_failure_data: jsonb().$type<Record<string, unknown>>(),
    /** The token set, sealed. Null once it was erased. */
    credentials: text(),
    /** Which master key they need, out of the envelope, for the re-encryption. */
    master_key_id: text().generatedAlwaysAs(sql`split_part(credentials, '.', 2)`),
    /** Counts the token sets: a write that says which one it replaces never replaces a newer one. */
    credentials_version: integer().notNull().default(1),
    /** The access token's end, in the clear: whether to refresh is decided inside a statement. Null: expired. */
    access_token_expires_at: timestamp(),
    /** Who may refresh now, and until when; null: nobody does. */
    refresh_lease_owner: text(),
    refresh_lease_expires_at: timestamp(),
    /** A refresh with these credentials may have reached Zoom, and no answer reached us. */
    is_refresh_unanswered: boolean().notNull().default(false),
    /** When the lease of a holder that never came back was taken over; null: with these credentials, never. */
    refresh_lease_lost_at: timestamp(),
    /** Zoom asked to wait, or failed a moment ago. */
    refresh_not_before: timestamp(),
    /** When the code behind the credentials was claimed: of two grants by one user the later one wins. */
    authorized_at: timestamp().notNull(),
    created_at: createdAt(),
    updated_at: updatedAt(),
    last_successful_sync_at: timestamp(),
    last_attempted_sync_at: timestamp(),
    /** When Zoom gave the token set. */
    last_refreshed_at: timestamp().notNull().default(sql`now()`),
    /** Which job syncs now, and until when; null: none does. */
    sync_lease_owner: text(),
    sync_lease_expires_at: timestamp(),
  },
  (table) => [
    unique("zoom_oauth_connections_zoom_oauth_app_id_user_id_key").on(table.zoom_oauth_app_id, table.user_id),
    foreignKey({
      name: "zoom_oauth_connections_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id, table.project_id],
      foreignColumns: [zoomOAuthApps.id, zoomOAuthApps.project_id],
    }),
    // One for each way of listing: the columns of the filter, then those of the order. By user: the unique key.
    index("zoom_oauth_connections_project_id_index").on(table.project_id, table.created_at, table.id),
    index("zoom_oauth_connections_state_index").on(table.project_id, table.state, table.created_at, table.id),
    index("zoom_oauth_connections_account_id_index").on(
      table.project_id,
      table.account_id,
      table.created_at,
      table.id,
    ),
    index("zoom_oauth_connections_app_index").on(
      table.project_id,
      table.zoom_oauth_app_id,
      table.created_at,
      table.id,
    ),
    index("zoom_oauth_connections_master_key_index").on(table.master_key_id),
    index("zoom_oauth_connections_metadata_index").using("gin", sql`${table.metadata} jsonb_path_ops`),
    check("zoom_oauth_connections_state_check", sql`${table.state} in ('connected', 'disconnected')`),
    check(
      "zoom_oauth_connections_credentials_check",
      sql`${table.state} <> 'connected' or ${table.credentials} is not null`,
    ),
    check(
      "zoom_oauth_connections_capability_check",
      sql`${table.is_local_recording_token_supported} or ${table.is_onbehalf_token_supported}`,
    ),
    check(
      "zoom_oauth_connections_metadata_check",
      sql`jsonb_typeof(${table.metadata}) = 'object' and ${table.metadata} <> '{}'::jsonb`,
    ),
  ],
);

/**
 * When the clock asks for work on a connection. A connected one has a row for each kind that it needs, and any other has
 * none: triggers on the connections see to it, in the migration. A table of its own, so that what the clock moves
 * every minute writes no index of the connections.
 */
export const zoomOAuthConnectionSchedules = pgTable(
  "zoom_oauth_connection_schedules",
  {
    zoom_oauth_connection_id: text().notNull(),
    /** Syncs are for those that hand out local recording tokens. */
    work: text({ enum: ["refresh", "sync"] }).notNull(),
    due_at: timestamp().notNull(),
  },
  (table) => [
    primaryKey({
      name: "zoom_oauth_connection_schedules_pkey",
      columns: [table.zoom_oauth_connection_id, table.work],
    }),
    foreignKey({
      name: "zoom_oauth_connection_schedules_zoom_oauth_connection_fk",
      columns: [table.zoom_oauth_connection_id],
      foreignColumns: [zoomOAuthConnections.id],
    }).onDelete("cascade"),
    index("zoom_oauth_connection_schedules_due_index").on(table.work, table.due_at),
    check("zoom_oauth_connection_schedules_work_check", sql`${table.work} in ('refresh', 'sync')`),
  ],
);

/**
 * How many connections an app has, by state and by the master key of their credentials: the sum of its rows. Triggers on
 * the connections add a row for each change, so that no two changes wait for each other, and the clock folds them into
 * one for each key. The triggers stand in the migrations.
 * No foreign key: it would lock the app at each change. An app ends without connections, where the sum is zero, and
 * the clock leaves no row of such a sum.
 */
export const zoomOAuthAppConnectionCounts = pgTable(
  "zoom_oauth_app_connection_counts",
  {
    id: bigint({ mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    zoom_oauth_app_id: text().notNull(),
    /** Null: without credentials. */
    master_key_id: text(),
    connected: integer().notNull(),
    disconnected: integer().notNull(),
    /** A sum; else one change, which the clock has not seen yet. */
    is_folded: boolean().notNull().default(false),
  },
  (table) => [
    index("zoom_oauth_app_connection_counts_app_index").on(table.zoom_oauth_app_id),
    // What is to be folded, oldest first.
    index("zoom_oauth_app_connection_counts_change_index").on(table.id).where(sql`not ${table.is_folded}`),
  ],
);

/** Which connection's user hosts a meeting: a meeting id belongs to one connection per app. */
export const zoomMeetings = pgTable(
  "zoom_meetings",
  {
    zoom_oauth_app_id: text().notNull(),
    meeting_id: bigint({ mode: "bigint" }).notNull(),
    zoom_oauth_connection_id: text().notNull(),
    last_seen_at: timestamp().notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({ columns: [table.zoom_oauth_app_id, table.meeting_id] }),
    foreignKey({
      name: "zoom_meetings_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id],
      foreignColumns: [zoomOAuthApps.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "zoom_meetings_zoom_oauth_connection_fk",
      columns: [table.zoom_oauth_connection_id],
      foreignColumns: [zoomOAuthConnections.id],
    }).onDelete("cascade"),
    index("zoom_meetings_zoom_oauth_connection_id_index").on(table.zoom_oauth_connection_id),
  ],
);

/**
 * Zoom's codes work once, so each code is claimed here before it is exchanged, and its outcome is
 * remembered for 24 hours: a connection, or the refusal that a second request must hear again.
 */
export const usedAuthorizationCodes = pgTable(
  "used_authorization_codes",
  {
    zoom_oauth_app_id: text().notNull(),
    code_sha256: text().notNull(),
    redirect_uri_sha256: text().notNull(),
    /** The request that holds the claim. */
    claimed_by: text().notNull(),
    claim_expires_at: timestamp().notNull(),
    /** How many requests have held the claim; over 1 means that an earlier one died or lost its write. */
    claims: integer().notNull().default(1),
    zoom_oauth_connection_id: text(),
    refusal: jsonb().$type<{ code: string; message: string }>(),
    created_at: createdAt(),
  },
  (table) => [
    // The code first: a claim whose app the caller never learnt is given up by its code.
    primaryKey({ columns: [table.code_sha256, table.zoom_oauth_app_id] }),
    foreignKey({
      name: "used_authorization_codes_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id],
      foreignColumns: [zoomOAuthApps.id],
    }).onDelete("cascade"),
    foreignKey({
      name: "used_authorization_codes_zoom_oauth_connection_fk",
      columns: [table.zoom_oauth_connection_id],
      foreignColumns: [zoomOAuthConnections.id],
    }).onDelete("cascade"),
    index("used_authorization_codes_created_at_index").on(table.created_at),
    // For the removal of an app, which looks for its codes. With the code, so that a look-up of one code that takes this
    // index reads no other.
    index("used_authorization_codes_zoom_oauth_app_id_index").on(table.zoom_oauth_app_id, table.code_sha256),
    index("used_authorization_codes_zoom_oauth_connection_id_index").on(table.zoom_oauth_connection_id),
    check(
      "used_authorization_codes_outcome_check",
      sql`${table.zoom_oauth_connection_id} is null or ${table.refusal} is null`,
    ),
  ],
);

/** Zoom's webhook events that have had their effect: Zoom may send one again for 85 minutes and more. */
export const zoomEvents = pgTable(
  "zoom_events",
  {
    zoom_oauth_app_id: text().notNull(),
    /** `x-zm-request-id`, else what the event is about. */
    event_key: text().notNull(),
    received_at: timestamp().notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({ columns: [table.zoom_oauth_app_id, table.event_key] }),
    foreignKey({
      name: "zoom_events_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id],
      foreignColumns: [zoomOAuthApps.id],
    }).onDelete("cascade"),
    index("zoom_events_received_at_index").on(table.received_at),
  ],
);

/** Where a project wants to hear of changes. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: text().primaryKey(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    url: text().notNull(),
    triggers: text({ enum: WEBHOOK_TRIGGERS }).array().notNull(),
    is_active: boolean().notNull().default(true),
    /** When the service stopped sending by itself, and why; null: it did not. */
    paused_at: timestamp(),
    pause_reason: text({ enum: ["gone", "failing"] }),
    /** The first failure since the last success. */
    failing_since: timestamp(),
    created_at: createdAt(),
    updated_at: updatedAt(),
  },
  (table) => [
    index("webhooks_project_id_index").on(table.project_id, table.created_at, table.id),
    check("webhooks_triggers_check", sql`cardinality(${table.triggers}) > 0`),
    check("webhooks_pause_check", sql`${table.paused_at} is null or not ${table.is_active}`),
  ],
);

/** The outbox: each is written by the statement of the change that it tells of. */
export const webhookDeliveries = pgTable(
  "webhook_deliveries",
  {
    id: text().primaryKey(),
    project_id: text().notNull(),
    webhook_id: text().notNull(),
    trigger: text().notNull(),
    /** Receivers know a repeated delivery by it. */
    idempotency_key: uuid().notNull().default(sql`gen_random_uuid()`),
    /** The connection that it tells of, whose removal removes it. */
    zoom_oauth_connection_id: text(),
    /** The body without the idempotency key. */
    payload: jsonb().$type<Record<string, unknown>>().notNull(),
    state: text({ enum: ["pending", "succeeded", "failed"] })
      .notNull()
      .default("pending"),
    attempt_count: integer().notNull().default(0),
    /** When it is due; while an attempt runs, when it would be due again. */
    next_attempt_at: timestamp().default(sql`now()`),
    /** Since when a message for it is on the queue that the clock has put there. */
    enqueued_at: timestamp(),
    attempts: jsonb().$type<DeliveryAttempt[]>().notNull().default([]),
    created_at: createdAt(),
  },
  (table) => [
    foreignKey({
      name: "webhook_deliveries_webhook_fk",
      columns: [table.webhook_id],
      foreignColumns: [webhooks.id],
    }).onDelete("cascade"),
    index("webhook_deliveries_webhook_id_index").on(table.webhook_id, table.created_at, table.id),
    index("webhook_deliveries_due_index").on(table.next_attempt_at).where(sql`${table.state} = 'pending'`),
    index("webhook_deliveries_connection_index").on(table.zoom_oauth_connection_id),
    index("webhook_deliveries_created_at_index").on(table.created_at),
    check("webhook_deliveries_state_check", sql`${table.state} in ('pending', 'succeeded', 'failed')`),
    check(
      "webhook_deliveries_due_check",
      sql`(${table.state} = 'pending') = (${table.next_attempt_at} is not null)`,
    ),
  ],
);

/** What happened to a connection. No foreign key: events outlive the connection that they tell of. */
export const connectionEvents = pgTable(
  "connection_events",
  {
    id: text().primaryKey(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    zoom_oauth_connection_id: text().notNull(),
    type: text({
      enum: [
        "created",
        "reconnected",
        "refreshed",
        "synced",
        "disconnected",
        "revoked",
        "deauthorized",
        "token_issued",
      ],
    }).notNull(),
    data: jsonb().$type<Record<string, unknown>>(),
    created_at: createdAt(),
    /** For an event of every day from the start, for the others when the connection is removed. */
    expires_at: timestamp(),
  },
  (table) => [
    index("connection_events_expires_at_index")
      .on(table.expires_at)
      .where(sql`${table.expires_at} is not null`),
    // All that a page of events shows: each event of a connection lies on another page of the table, and few of the index.
    index("connection_events_zoom_oauth_connection_id_index").on(
      table.zoom_oauth_connection_id,
      table.created_at,
      table.id,
      table.project_id,
      table.type,
      table.data,
    ),
    index("connection_events_project_id_index").on(table.project_id),
    check(
      "connection_events_type_check",
      sql`${table.type} in ('created', 'reconnected', 'refreshed', 'synced', 'disconnected', 'revoked', 'deauthorized', 'token_issued')`,
    ),
  ],
);
