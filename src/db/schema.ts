// The tables, and in constraints what must hold whatever a statement does. drizzle-kit generates the migrations from it;
// the triggers stand beside it in drizzle/, written by hand.

import { type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  check,
  customType,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  type PgColumn,
  pgTable,
  primaryKey,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { ACTOR_TYPES } from "../model/actor.ts";
import { APP_REFUSALS } from "../model/app-refusal.ts";
import { AUDIT_ACTIONS, AUDIT_OBJECT_TYPES } from "../model/audit.ts";
import { CAPABILITY_NAMES } from "../model/capabilities.ts";
import { type AttemptFailure, CONNECT_SESSION_STATES } from "../model/connect-session.ts";
import { CONNECTION_STATES, type Metadata } from "../model/connection.ts";
import { CONNECTION_EVENT_TYPES } from "../model/connection-events.ts";
import type { ConnectionFailure } from "../model/connection-failure.ts";
import { DEFAULT_KEY_SCOPES, KEY_SCOPE_NAMES } from "../model/key-scopes.ts";
import { MEETING_SOURCES } from "../model/meeting.ts";
import { COUNTED } from "../model/statistics.ts";
import { LINK_REFUSAL_CODES, type LinkedConnection } from "../model/token-link.ts";
import { RECORDING_REFUSALS } from "../model/token-reasons.ts";
import { LINK_TOKENS, VENDOR_NAMES } from "../model/vendors.ts";
import { WEBHOOK_TRIGGERS } from "../model/webhook-payloads.ts";
import type { ZoomEvent } from "../model/zoom-event.ts";
import { toIsoMicroseconds } from "./columns.ts";

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

/** Work on a connection that a cron run asks for. */
export const DUE_WORK = ["refresh", "sync"] as const;

export const DELIVERY_STATES = ["pending", "succeeded", "failed"] as const;

/** A check that allows these values. They are written into the text, so that none may hold a quote. */
function isOneOf(column: PgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
}

const createdAt = () => timestamp("created_at").notNull().default(sql`now()`);
const updatedAt = () => timestamp("updated_at").notNull().default(sql`now()`);

/** The API key that made the object; null: the administrator, or a key that is not known any more. */
const createdByKey = () => text().references((): AnyPgColumn => apiKeys.id, { onDelete: "set null" });

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
    /** When the operator suspended the project; null: it is not suspended. */
    suspended_at: timestamp(),
    /** When the operator asked to revoke every grant that the project had then; null: never. */
    revocation_requested_at: timestamp(),
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
    scopes: text({ enum: KEY_SCOPE_NAMES })
      .array()
      .notNull()
      .default(sql.raw(`'{${DEFAULT_KEY_SCOPES.join(",")}}'`)),
    /** Null: never. */
    expires_at: timestamp(),
    created_by_key_id: createdByKey(),
    created_at: createdAt(),
    disabled_at: timestamp(),
    last_used_at: timestamp(),
  },
  (table) => [
    index("api_keys_project_id_index").on(table.project_id, table.created_at),
    index("api_keys_created_by_key_id_index")
      .on(table.created_by_key_id)
      .where(sql`${table.created_by_key_id} is not null`),
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
    /** Where connect sessions may return to; null: anywhere. */
    allowed_return_origins: text().array(),
    credentials_invalid_at: timestamp(),
    /** What Zoom said then: that it does not take the credentials, or that the app is disabled. */
    credentials_refusal: text({ enum: APP_REFUSALS }),
    /** When Zoom was last asked whether it takes marked credentials again. */
    credentials_checked_at: timestamp(),
    /** Zoom's API asked the app to wait, for a moment or for the rest of a day. */
    api_not_before: timestamp(),
    last_verified_webhook_received_at: timestamp(),
    last_unverified_webhook_received_at: timestamp(),
    /** The types of Zoom's events that have arrived, of those that mean something to a connection. */
    seen_event_types: text().array().notNull().default([]),
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
    state: text({ enum: CONNECTION_STATES }).notNull(),
    metadata: jsonb().$type<Metadata>(),
    is_local_recording_token_supported: boolean().notNull(),
    is_onbehalf_token_supported: boolean().notNull(),
    connection_failure_data: jsonb().$type<ConnectionFailure>(),
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
    /** When Zoom gave the grant behind the credentials: of two grants by one user the later one wins. */
    authorized_at: timestamp().notNull(),
    created_at: createdAt(),
    updated_at: updatedAt(),
    last_successful_sync_at: timestamp(),
    last_attempted_sync_at: timestamp(),
    /** Zoom has told of an end that may be this grant's: the next refresh, which is due at once, finds out. */
    is_grant_doubted: boolean().notNull().default(false),
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
    index("zoom_oauth_connections_failure_code_index")
      .on(table.project_id, sql`(${table.connection_failure_data} ->> 'code')`, table.created_at, table.id)
      .where(sql`${table.state} = 'disconnected'`),
    index("zoom_oauth_connections_app_index").on(
      table.project_id,
      table.zoom_oauth_app_id,
      table.created_at,
      table.id,
    ),
    index("zoom_oauth_connections_master_key_index").on(table.master_key_id),
    index("zoom_oauth_connections_metadata_index").using("gin", sql`${table.metadata} jsonb_path_ops`),
    check("zoom_oauth_connections_state_check", isOneOf(table.state, CONNECTION_STATES)),
    check(
      "zoom_oauth_connections_credentials_check",
      sql`${table.state} <> 'connected' or ${table.credentials} is not null`,
    ),
    check(
      "zoom_oauth_connections_capability_check",
      sql.join(
        CAPABILITY_NAMES.map((name) => sql`${table[name]}`),
        sql` or `,
      ),
    ),
    check(
      "zoom_oauth_connections_metadata_check",
      sql`jsonb_typeof(${table.metadata}) = 'object' and ${table.metadata} <> '{}'::jsonb`,
    ),
  ],
);

/**
 * When a cron run asks for work on a connection. A connected one has a row for each kind that it needs, and any other has
 * none: triggers on the connections see to it, in the migration. A table of its own, so that what a cron run moves
 * every minute writes no index of the connections.
 * No foreign key: it would look the connection up for each row of a new one, though only triggers of that connection add rows. A
 * trigger removes them with it.
 */
export const zoomOAuthConnectionSchedules = pgTable(
  "zoom_oauth_connection_schedules",
  {
    zoom_oauth_connection_id: text().notNull(),
    /** Syncs are for those that hand out local recording tokens. */
    work: text({ enum: DUE_WORK }).notNull(),
    due_at: timestamp().notNull(),
  },
  (table) => [
    primaryKey({
      name: "zoom_oauth_connection_schedules_pkey",
      columns: [table.zoom_oauth_connection_id, table.work],
    }),
    index("zoom_oauth_connection_schedules_due_index").on(table.work, table.due_at),
    check("zoom_oauth_connection_schedules_work_check", isOneOf(table.work, DUE_WORK)),
  ],
);

/**
 * How many connections an app has, by state and by the master key of their credentials: the sum of its rows. Triggers on
 * the connections add a row for each change, so that no two changes wait for each other, and a cron run folds them into
 * one for each key. The triggers stand in the migrations.
 * No foreign key: it would lock the app at each change. An app ends without connections, where the sum is zero, and
 * a cron run leaves no row of such a sum.
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
    /** A sum; else one change, which no cron run has seen yet. */
    is_folded: boolean().notNull().default(false),
  },
  (table) => [
    index("zoom_oauth_app_connection_counts_app_index").on(table.zoom_oauth_app_id),
    // What is to be folded, oldest first.
    index("zoom_oauth_app_connection_counts_change_index").on(table.id).where(sql`not ${table.is_folded}`),
  ],
);

/**
 * What happened in a project on a day: the sum of its rows of that day. Triggers and statements add a row for each change,
 * and a cron run folds them into one for each day, kind and reason, so that no two changes wait for each other.
 */
export const projectDailyCounts = pgTable(
  "project_daily_counts",
  {
    id: bigint({ mode: "bigint" }).primaryKey().generatedAlwaysAsIdentity(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    /** In UTC. */
    day: date().notNull().default(sql`(now() at time zone 'utc')::date`),
    counted: text({ enum: COUNTED }).notNull(),
    reason: text(),
    count: bigint({ mode: "number" }).notNull().default(1),
    /** A sum; else one change, which no cron run has seen yet. */
    is_folded: boolean().notNull().default(false),
  },
  (table) => [
    index("project_daily_counts_project_id_index").on(table.project_id, table.day),
    // What is to be folded, oldest first.
    index("project_daily_counts_change_index").on(table.id).where(sql`not ${table.is_folded}`),
    // What is to be forgotten.
    index("project_daily_counts_day_index").on(table.day).where(sql`${table.is_folded}`),
    check("project_daily_counts_counted_check", isOneOf(table.counted, COUNTED)),
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
    /** How it came to this connection, and when. */
    source: text({ enum: MEETING_SOURCES }).notNull().default("sync"),
    mapped_at: timestamp().notNull().default(sql`now()`),
    /** Which setting Zoom last refused a local recording token with, and when; null: it did not, or gave one since. */
    recording_refusal: text({ enum: RECORDING_REFUSALS }),
    recording_refused_at: timestamp(),
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
    index("zoom_meetings_connection_index").on(
      table.zoom_oauth_connection_id,
      table.mapped_at,
      table.meeting_id,
    ),
    check("zoom_meetings_source_check", isOneOf(table.source, MEETING_SOURCES)),
  ],
);

/** URLs that bot vendors call for a token. */
export const tokenLinks = pgTable(
  "token_links",
  {
    id: text().primaryKey(),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    name: text(),
    vendor: text({ enum: VENDOR_NAMES }).notNull(),
    token: text({ enum: LINK_TOKENS }).notNull(),
    /** Whose tokens it gives. */
    connection: jsonb().$type<LinkedConnection>().notNull(),
    /** Null: any app of the project. */
    zoom_oauth_app_id: text(),
    /** Null: the one that a call names. */
    meeting_id: bigint({ mode: "bigint" }),
    /** SHA-256 of the URL's secret, hex. The URL itself is shown once and stored nowhere. */
    secret_sha256: text().notNull().unique(),
    created_by_key_id: createdByKey(),
    /** What the vendor signs its calls with, sealed; null: calls need no signature. */
    verification_secret: text(),
    is_active: boolean().notNull().default(true),
    /** Null: never. */
    expires_at: timestamp(),
    /** Null: any number. */
    max_uses: integer(),
    use_count: integer().notNull().default(0),
    last_used_at: timestamp(),
    last_refusal_code: text({ enum: LINK_REFUSAL_CODES }),
    last_refused_at: timestamp(),
    created_at: createdAt(),
    updated_at: updatedAt(),
  },
  (table) => [
    index("token_links_project_id_index").on(table.project_id, table.created_at, table.id),
    index("token_links_created_by_key_id_index").on(table.created_by_key_id),
    index("token_links_zoom_oauth_app_id_index").on(table.zoom_oauth_app_id),
    // An app and its links are of one project.
    foreignKey({
      name: "token_links_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id, table.project_id],
      foreignColumns: [zoomOAuthApps.id, zoomOAuthApps.project_id],
    }).onDelete("cascade"),
    check("token_links_secret_sha256_check", sql`${table.secret_sha256} ~ '^[0-9a-f]{64}$'`),
    check(
      "token_links_use_count_check",
      sql`${table.use_count} between 0 and coalesce(${table.max_uses}, ${table.use_count})`,
    ),
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

/** One attempt of a product to connect one of its users through the hosted pages. */
export const connectSessions = pgTable(
  "connect_sessions",
  {
    id: text().primaryKey(),
    project_id: text().notNull(),
    zoom_oauth_app_id: text().notNull(),
    /** SHA-256 of the secret in the link, hex. The link is shown once and stored nowhere. */
    secret_sha256: text().notNull().unique(),
    created_by_key_id: createdByKey(),
    state: text({ enum: CONNECT_SESSION_STATES }).notNull().default("open"),
    return_url: text().notNull(),
    /** The one to reconnect, or what the session led to. */
    zoom_oauth_connection_id: text(),
    /** Of a reconnect: the only Zoom user who may come back. Stays when the connection is deleted. */
    reconnect_user_id: text(),
    /** Null: as the connection has it. */
    is_local_recording_token_supported: boolean(),
    is_onbehalf_token_supported: boolean(),
    metadata: jsonb().$type<Metadata>(),
    /** The metadata stay as the connection has them. */
    is_metadata_kept: boolean().notNull(),
    /** Why the last attempt failed. */
    failure: jsonb().$type<AttemptFailure>(),
    created_at: createdAt(),
    expires_at: timestamp().notNull(),
    completed_at: timestamp(),
  },
  (table) => [
    foreignKey({
      name: "connect_sessions_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id, table.project_id],
      foreignColumns: [zoomOAuthApps.id, zoomOAuthApps.project_id],
    }).onDelete("cascade"),
    foreignKey({
      name: "connect_sessions_zoom_oauth_connection_fk",
      columns: [table.zoom_oauth_connection_id],
      foreignColumns: [zoomOAuthConnections.id],
    }).onDelete("set null"),
    index("connect_sessions_project_id_index").on(table.project_id, table.created_at, table.id),
    index("connect_sessions_created_by_key_id_index").on(table.created_by_key_id),
    index("connect_sessions_zoom_oauth_app_id_index").on(table.zoom_oauth_app_id),
    index("connect_sessions_zoom_oauth_connection_id_index").on(table.zoom_oauth_connection_id),
    index("connect_sessions_open_index").on(table.expires_at).where(sql`${table.state} = 'open'`),
    index("connect_sessions_expires_at_index").on(table.expires_at),
    check("connect_sessions_secret_sha256_check", sql`${table.secret_sha256} ~ '^[0-9a-f]{64}$'`),
    check("connect_sessions_state_check", isOneOf(table.state, CONNECT_SESSION_STATES)),
    check(
      "connect_sessions_completed_check",
      sql`(${table.state} = 'completed') = (${table.completed_at} is not null)`,
    ),
  ],
);

/** Each time that a session's button was pressed, and Zoom's answer to it. */
export const connectAttempts = pgTable(
  "connect_attempts",
  {
    /** SHA-256 of the OAuth `state`, hex. */
    state_sha256: text().primaryKey(),
    connect_session_id: text().notNull(),
    /** SHA-256 of the cookie of the browser that pressed the button, hex. */
    browser_sha256: text().notNull(),
    /** When Zoom's answer came: the `state` is used up. */
    answered_at: timestamp(),
    /** SHA-256 of the authorization code in the answer, hex. Null: there was none. */
    code_sha256: text(),
    created_at: createdAt(),
  },
  (table) => [
    foreignKey({
      name: "connect_attempts_connect_session_fk",
      columns: [table.connect_session_id],
      foreignColumns: [connectSessions.id],
    }).onDelete("cascade"),
    index("connect_attempts_connect_session_id_index").on(table.connect_session_id, table.created_at),
    index("connect_attempts_code_sha256_index")
      .on(table.code_sha256)
      .where(sql`${table.code_sha256} is not null`),
    check(
      "connect_attempts_hashes_check",
      sql`${table.state_sha256} ~ '^[0-9a-f]{64}$' and ${table.browser_sha256} ~ '^[0-9a-f]{64}$'`,
    ),
  ],
);

/** Zoom's webhook events that have had their effect: Zoom may send one again for 85 minutes and more. */
export const zoomEvents = pgTable(
  "zoom_events",
  {
    zoom_oauth_app_id: text().notNull(),
    /** SHA-256 of the event's signed body. */
    event_key: text().notNull(),
    received_at: timestamp().notNull().default(sql`now()`),
    /** For an event that ends a user's grant: whose, as a SHA-256, and when it ended. A grant that is stored later may be that one. */
    ended_user_sha256: text(),
    ended_at: timestamp(),
  },
  (table) => [
    primaryKey({ columns: [table.zoom_oauth_app_id, table.event_key] }),
    foreignKey({
      name: "zoom_events_zoom_oauth_app_fk",
      columns: [table.zoom_oauth_app_id],
      foreignColumns: [zoomOAuthApps.id],
    }).onDelete("cascade"),
    index("zoom_events_received_at_index").on(table.received_at),
    index("zoom_events_ended_user_index")
      .on(table.zoom_oauth_app_id, table.ended_user_sha256)
      .where(sql`${table.ended_user_sha256} is not null`),
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
    created_by_key_id: createdByKey(),
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
    index("webhooks_created_by_key_id_index").on(table.created_by_key_id),
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
    state: text({ enum: DELIVERY_STATES }).notNull().default("pending"),
    attempt_count: integer().notNull().default(0),
    /** When it is due; while an attempt runs, when it would be due again. */
    next_attempt_at: timestamp().default(sql`now()`),
    /** Since when a message for it is on the queue that a cron run has put there. */
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
    // For one webhook after the other.
    index("webhook_deliveries_waiting_index")
      .on(table.webhook_id, table.next_attempt_at)
      .where(sql`${table.state} = 'pending'`),
    index("webhook_deliveries_due_index").on(table.next_attempt_at).where(sql`${table.state} = 'pending'`),
    index("webhook_deliveries_connection_index").on(table.zoom_oauth_connection_id),
    index("webhook_deliveries_created_at_index").on(table.created_at),
    check("webhook_deliveries_state_check", isOneOf(table.state, DELIVERY_STATES)),
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
      enum: CONNECTION_EVENT_TYPES,
    }).notNull(),
    data: jsonb().$type<Record<string, unknown>>(),
    /** Who did it, as the statement said (src/db/actor.ts); null: the service. */
    actor: text().default(sql`nullif(current_setting('audit.actor', true), '')`),
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
      table.actor,
    ),
    index("connection_events_project_id_index").on(table.project_id),
    check("connection_events_type_check", isOneOf(table.type, CONNECTION_EVENT_TYPES)),
  ],
);

/** Messages that a queue gave up, readable or not. */
export const deadLetters = pgTable(
  "dead_letters",
  {
    id: text().primaryKey(),
    /** The queue's own id of the message. */
    message_id: text().notNull().unique(),
    /** As it was sent. Tokens in it are sealed. */
    body: jsonb().$type<unknown>(),
    created_at: createdAt(),
    /** When it went to a queue again; null: it waits for the operator. */
    resent_at: timestamp(),
  },
  (table) => [
    index("dead_letters_created_at_index").on(table.created_at, table.id),
    index("dead_letters_resent_at_index").on(table.resent_at),
  ],
);

/** Verified events of Zoom's for suspended projects: they have their effect when the suspension is lifted. */
export const heldZoomEvents = pgTable(
  "held_zoom_events",
  {
    /** SHA-256 of the event's signed body. */
    event_key: text().notNull(),
    zoom_oauth_app_id: text()
      .notNull()
      .references(() => zoomOAuthApps.id, { onDelete: "cascade" }),
    account_id: text(),
    event: jsonb().$type<ZoomEvent>().notNull(),
    received_at: timestamp().notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({ columns: [table.event_key, table.zoom_oauth_app_id] }),
    index("held_zoom_events_received_at_index").on(table.received_at),
    index("held_zoom_events_zoom_oauth_app_id_index").on(table.zoom_oauth_app_id),
  ],
);

/** Token sets of connections that were exported a moment ago, for a caller whose answer was lost. */
export const zoomOAuthExports = pgTable(
  "zoom_oauth_exports",
  {
    zoom_oauth_connection_id: text()
      .primaryKey()
      .references(() => zoomOAuthConnections.id, { onDelete: "cascade" }),
    /** The API key that exported the connection: no other one gets the answer again. */
    api_key_id: text().notNull(),
    /** The token set, sealed. */
    credentials: text().notNull(),
    expires_at: timestamp().notNull(),
  },
  (table) => [index("zoom_oauth_exports_expires_at_index").on(table.expires_at)],
);

/** Who changed what: each row is written by the triggers of the tables, in the statement of the change. */
export const auditEvents = pgTable(
  "audit_events",
  {
    id: text()
      .primaryKey()
      .default(
        sql`'aud_' || left(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', 'Aa'), 16)`,
      ),
    project_id: text()
      .notNull()
      .references(() => projects.id, { onDelete: "cascade" }),
    actor_type: text({ enum: ACTOR_TYPES }).notNull(),
    actor_id: text(),
    action: text({ enum: AUDIT_ACTIONS }).notNull(),
    object_type: text({ enum: AUDIT_OBJECT_TYPES }).notNull(),
    object_id: text().notNull(),
    ip_address: text(),
    request_id: text(),
    created_at: createdAt(),
  },
  (table) => [
    index("audit_events_project_id_index").on(table.project_id, table.created_at, table.id),
    index("audit_events_actor_index").on(table.project_id, table.actor_id, table.created_at, table.id),
    index("audit_events_object_index").on(table.project_id, table.object_id, table.created_at, table.id),
    index("audit_events_action_index").on(table.project_id, table.action, table.created_at, table.id),
    index("audit_events_created_at_index").on(table.created_at),
    check("audit_events_actor_type_check", isOneOf(table.actor_type, ACTOR_TYPES)),
  ],
);

/**
 * Whether the token journal is on, and how far the connections were put into it that there were before: one row, or none.
 * With the row the triggers on the connections write checks; the cron run writes it where the bucket is bound.
 */
export const tokenJournal = pgTable(
  "token_journal",
  {
    /** There is one. */
    is_on: boolean().primaryKey().default(true),
    /** The master key that its entries are moved to. */
    master_key_id: text().notNull(),
    /** Checks were written for connections up to this id. */
    filled_to: text().notNull().default(""),
    filled: integer().notNull().default(0),
    is_filled: boolean().notNull().default(false),
    /** Since when no bucket is bound; null: one is. It is forgotten only after the life of a tombstone. */
    off_since: timestamp(),
  },
  (table) => [check("token_journal_is_on_check", sql`${table.is_on}`)],
);

/**
 * Connections whose entry in the token journal may not be what it should: each change writes one, and whoever has put the
 * entry removes it. No foreign key: the entry of a connection that is gone must go as well.
 */
export const tokenJournalChecks = pgTable(
  "token_journal_checks",
  {
    zoom_oauth_connection_id: text().primaryKey(),
    /** Of the row that the journal should have, both null: none. */
    credentials_version: integer(),
    row_updated_at: timestamp(),
    /** When the connection, or its credentials, were removed, and with which failure the row stayed; null: they are there. */
    removed_at: timestamp(),
    removal_code: text(),
    /** The authorization whose credentials were removed. Null where the whole row was: then every one up to `removed_at`. */
    removed_authorized_at: timestamp(),
    /** Its entry may still be encrypted with an older master key. */
    is_for_key: boolean().notNull().default(false),
    due_at: timestamp().notNull().default(sql`now() + interval '1 minute'`),
  },
  (table) => [
    index("token_journal_checks_due_at_index").on(table.due_at),
    index("token_journal_checks_key_index").on(table.is_for_key).where(sql`${table.is_for_key}`),
  ],
);
