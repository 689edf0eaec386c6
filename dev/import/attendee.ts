// Attendee's own database: its connections, whose refresh tokens are sealed as Fernet tokens of Python's `cryptography`.
// https://github.com/attendee-labs/attendee/blob/main/bots/models.py, ZoomOAuthApp and ZoomOAuthConnection

import { Fernet } from "fernet-nodejs";
import pg from "pg";
import * as z from "zod";
import { type Capabilities, forEachCapability } from "../../src/model/capabilities.ts";
import { type Grant, type NoGrant, type Source, StopRun, UnreadableGrant } from "./grant.ts";

const PAGE_SIZE = 200;
/** Of Attendee's ZoomOAuthConnectionStates. */
const CONNECTED = 1;

const credentials = z.object({ refresh_token: z.string().min(1) });
/** What Attendee lets its callers store. */
const metadata = z.record(z.string(), z.string()).nullable();

export interface AttendeeOptions {
  databaseUrl: string;
  /** Attendee's CREDENTIALS_ENCRYPTION_KEY. */
  encryptionKey: string;
  /** Attendee's id of the Zoom OAuth app, `zoa_…`. Null: its only one. */
  appId: string | null;
}

/** With the capabilities that Attendee knows. */
interface Row extends Partial<Capabilities> {
  id: string;
  object_id: string;
  state: number;
  metadata: unknown;
}

/** Reads and never writes. Throws {@link StopRun} where database, app or key are not what they must be. */
export async function openAttendee({ databaseUrl, encryptionKey, appId }: AttendeeOptions): Promise<Source> {
  const fernet = toFernet(encryptionKey);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 5,
    options: "-c default_transaction_read_only=on",
  });
  pool.on("error", () => {});
  try {
    const app = await findApp(pool, appId);
    return {
      name: `attendee ${app.object_id}`,
      count: async () => {
        const text =
          "select count(*)::int as count from bots_zoomoauthconnection where zoom_oauth_app_id = $1";
        return (await pool.query(text, [app.id])).rows[0].count;
      },
      read: () => readConnections(pool, fernet, app.id),
      clientId: app.client_id,
      isReadingRenewing: false,
      close: async () => await pool.end(),
    };
  } catch (error) {
    await pool.end();
    throw error;
  }
}

function toFernet(encryptionKey: string): Fernet {
  try {
    return new Fernet(encryptionKey);
  } catch {
    throw new StopRun("CREDENTIALS_ENCRYPTION_KEY is not a Fernet key. Take it from Attendee's environment.");
  }
}

async function findApp(pool: pg.Pool, appId: string | null) {
  const text =
    "select id, object_id, client_id from bots_zoomoauthapp where $1::text is null or object_id = $1";
  const { rows } = await pool.query(text, [appId]).catch((error: { code?: string }) => {
    throw new StopRun(
      `Attendee's table of apps cannot be read (${error.code ?? "no answer"}). Is ATTENDEE_DATABASE_URL right?`,
    );
  });
  if (rows.length === 1) return rows[0] as { id: string; object_id: string; client_id: string };
  const found = rows.map(({ object_id, client_id }) => `${object_id} (client ID ${client_id})`).join(", ");
  throw new StopRun(
    rows.length === 0
      ? "Attendee has no such Zoom OAuth app."
      : `Attendee has several Zoom OAuth apps: ${found}. Name one with --source-app.`,
  );
}

async function* readConnections(
  pool: pg.Pool,
  fernet: Fernet,
  appId: string,
): AsyncGenerator<Grant | NoGrant> {
  const text = `select id, object_id, state, metadata,
      is_local_recording_token_supported, is_onbehalf_token_supported
    from bots_zoomoauthconnection where zoom_oauth_app_id = $1 and id > $2 order by id limit ${PAGE_SIZE}`;
  for (let last = "0"; ; ) {
    const { rows } = await pool.query<Row>(text, [appId, last]);
    for (const row of rows) yield toGrant(pool, fernet, row);
    if (rows.length < PAGE_SIZE) return;
    last = rows.at(-1)?.id as string;
  }
}

function toGrant(pool: pg.Pool, fernet: Fernet, row: Row): Grant | NoGrant {
  const ref = row.object_id;
  if (row.state !== CONNECTED) {
    return { kind: "skipped", ref, reason: "It is disconnected at Attendee: its user must consent again." };
  }
  const texts = metadata.safeParse(row.metadata);
  if (!texts.success) return { kind: "invalid", ref, reason: "Its metadata is not an object of strings." };
  return {
    kind: "grant",
    ref,
    fingerprint: null,
    fields: {
      // Attendee stores {} where there is none.
      metadata: Object.keys(texts.data ?? {}).length === 0 ? null : texts.data,
      ...forEachCapability((name) => row[name] ?? false),
    },
    readRefreshToken: async () => await readToken(pool, fernet, row.id),
  };
}

async function readToken(pool: pg.Pool, fernet: Fernet, id: string): Promise<string> {
  const text = `select convert_from(_encrypted_data, 'UTF8') as sealed from bots_zoomoauthconnection where id = $1`;
  const sealed: string | undefined | null = (await pool.query(text, [id])).rows[0]?.sealed;
  if (!sealed) throw new UnreadableGrant("Attendee has no credentials for it.");
  let opened: unknown;
  try {
    opened = JSON.parse(fernet.decrypt(sealed));
  } catch {
    throw new UnreadableGrant("Its credentials do not open with CREDENTIALS_ENCRYPTION_KEY.");
  }
  const read = credentials.safeParse(opened);
  if (!read.success) throw new UnreadableGrant("Its credentials hold no refresh token.");
  return read.data.refresh_token;
}
