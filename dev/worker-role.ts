// The role that the Worker logs in with: it does to each table what the Worker's statements do, and can change neither the tables
// nor anything else.

import pg from "pg";
import { FUNCTION_SCHEMA } from "../src/db/statement.ts";
import { findNeededRights } from "./worker-rights.ts";

export interface WorkerRole {
  name: string;
  /** Undefined: the role exists, and keeps the one that it has. */
  password: string | undefined;
}

/** The Worker's role on this machine. */
export const LOCAL_WORKER_ROLE = "zoom_oauth_connections_worker";

/**
 * Makes the role, or gives an older one what it lacks, on one database with all its migrations. A role never loses a right here:
 * the release before may still run, or run again. `ownerUrl` belongs to who owns the database and may make roles, as the owner
 * at Neon, who is no superuser. Returns the same connection string with the role's name and password.
 */
export async function grantWorkerRole(ownerUrl: string, { name, password }: WorkerRole): Promise<string> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const role = pg.escapeIdentifier(name);
    const database = pg.escapeIdentifier(client.database as string);
    const rights = await findNeededRights(client);
    const columns = await firstColumns(client);
    const grants = [...rights].map(([table, verbs]) => {
      const named = [...verbs].map((verb) => (verb === "lock" ? `update (${columns.get(table)})` : verb));
      return `grant ${named.join(", ")} on ${pg.escapeIdentifier(table)} to ${role};`;
    });
    await client.query("begin");
    await makeRole(client, name, password);
    await client.query(`
      revoke all on database ${database} from public;
      revoke all on schema public from public;
      grant connect on database ${database} to ${role};
      grant usage on schema public, ${FUNCTION_SCHEMA} to ${role};
      grant execute on all functions in schema ${FUNCTION_SCHEMA} to ${role};
      alter default privileges in schema ${FUNCTION_SCHEMA} grant execute on functions to ${role};
      ${grants.join("\n")}`);
    await client.query("commit");
  } finally {
    await client.end();
  }
  const url = new URL(ownerUrl);
  url.username = name;
  url.password = encodeURIComponent(password ?? "");
  return url.href;
}

async function firstColumns(client: pg.Client): Promise<Map<string, string>> {
  const { rows } = await client.query(
    "select table_name, column_name from information_schema.columns where table_schema = 'public' and ordinal_position = 1",
  );
  return new Map(rows.map((row) => [row.table_name, pg.escapeIdentifier(row.column_name)]));
}

/** A role has no power of its own unless it is given: only a superuser could take it away here. */
async function makeRole(client: pg.Client, name: string, password: string | undefined): Promise<void> {
  const role = pg.escapeIdentifier(name);
  const { rows } = await client.query(
    `select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls as is_mighty
     from pg_roles where rolname = $1`,
    [name],
  );
  if (rows[0]?.is_mighty) {
    throw new Error(`The database role ${name} may do more than read and write tables. Choose another name.`);
  }
  if (rows.length === 0) await client.query(`create role ${role} login`);
  if (password !== undefined) {
    await client.query(`alter role ${role} with login password ${pg.escapeLiteral(password)}`);
  }
}
