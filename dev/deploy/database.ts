// What the deployment does to the database, as its owner.

import { randomBytes } from "node:crypto";
import pg from "pg";
import { countByKey } from "../../src/db/sealed.ts";
import { applyMigrations } from "../migrate.ts";
import { grantWorkerRole } from "../worker-role.ts";

export interface DeployedDatabase {
  migrate(): Promise<void>;
  /** Makes the Worker's role with a new password. Returns its connection string. */
  makeRole(): Promise<string>;
  /** Gives the role what this release needs. Throws where there is no such role. */
  completeRole(): Promise<void>;
  /** The ids of the master keys that something in the database is encrypted with. */
  findKeyIds(): Promise<string[]>;
}

/** The database that the owner's connection string names, and the role that the Worker shall log in with. */
export function deployedDatabase(ownerUrl: string, role: string): DeployedDatabase {
  return {
    migrate: async () => void (await applyMigrations(ownerUrl)),
    makeRole: async () =>
      await grantWorkerRole(ownerUrl, { name: role, password: randomBytes(24).toString("base64url") }),
    completeRole: async () => {
      const known = await query(ownerUrl, "select rolname from pg_roles where rolname = $1", [role]);
      if (known.length === 0) {
        throw new Error(
          `The Worker has a DATABASE_URL, and the database has no role ${role}. Name the role that the Worker logs in with: npm run deploy -- --database-role NAME`,
        );
      }
      await grantWorkerRole(ownerUrl, { name: role, password: undefined });
    },
    findKeyIds: async () =>
      (await query(ownerUrl, countByKey.built.text)).map(({ key_id }) => String(key_id)),
  };
}

async function query(
  connectionString: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Asks no database: says what would be done to a new one. */
export function dryDatabase(say: (line: string) => void, role: string): DeployedDatabase {
  return {
    migrate: async () => say("  would apply the migrations in drizzle/, as the owner of the database"),
    makeRole: async () => {
      say(`  would make the database role ${role} with the rights that the statements need`);
      return "";
    },
    completeRole: async () => {},
    findKeyIds: async () => [],
  };
}
