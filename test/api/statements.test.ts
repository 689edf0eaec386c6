// Every statement is prepared on the migrated database: a column, a table or a type that is not there fails here, whether
// or not a test reaches the statement.

import type { EventEmitter } from "node:events";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { findStatements } from "../../dev/statements.ts";

const statements = await findStatements();
let client: pg.Client;

beforeAll(async () => {
  const database = `${inject("templateDatabase")}_statements`;
  const url = (name: string) => `${inject("ownerUrl")}/${name}`;
  const admin = new pg.Client({ connectionString: url("postgres") });
  await admin.connect();
  await admin.query("select pg_advisory_lock(1)");
  await admin.query(`create database ${database} template ${inject("templateDatabase")}`);
  await admin.end();
  client = new pg.Client({ connectionString: url(database) });
  await client.connect();
});
afterAll(async () => await client.end());

describe("each statement of src/db", () => {
  it("is found", () => expect(statements.length).toBeGreaterThan(80));

  it.each(statements.map(({ place, statement }) => [place, statement] as const))(
    "%s is accepted by Postgres",
    async (_place, statement) => {
      const { text, parameters } = statement.built;
      await client.query(`prepare checked as ${text}`);
      const { rows } = await client.query(
        "select cardinality(parameter_types) as count from pg_prepared_statements where name = 'checked'",
      );
      await client.query("deallocate checked");
      expect(rows[0].count).toBe(parameters.length);
    },
  );

  it.each(statements.map(({ place, statement }) => [place, statement] as const))(
    "%s returns its columns in the order in which they are read, each once",
    async (_place, statement) => {
      const { text, parameters } = statement.built;
      const described: { fields: { name: string }[] }[] = [];
      const { connection } = client as unknown as { connection: EventEmitter };
      const listen = (message: { fields: { name: string }[] }) => described.push(message);
      connection.on("rowDescription", listen);
      await client.query("begin");
      // Postgres tells what it will return before it finds out that a value is missing.
      await client
        .query(
          text,
          parameters.map(() => null),
        )
        .catch(() => {});
      connection.off("rowDescription", listen);
      await client.query("rollback");
      if (statement.columns.length === 0) return;
      expect(described[0]?.fields.map(({ name }) => name)).toEqual(statement.columns);
      expect(new Set(statement.columns).size).toBe(statement.columns.length);
    },
  );

  it("has a name in snake case that stands for one kind of statement only", () => {
    const exports = new Map<string, Set<string>>();
    for (const { place, statement } of statements) {
      expect(statement.name).toMatch(/^[a-z]+(_[a-z]+)+$/);
      const [file, name] = place.split(" ");
      exports.set(statement.name, (exports.get(statement.name) ?? new Set()).add(`${file} ${name}`));
    }
    const shared = [...exports].filter(([, places]) => places.size > 1);
    expect(shared).toEqual([]);
  });
});
