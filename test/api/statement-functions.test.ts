// Statements go by functions of the database. Whatever comes first, the functions or the Worker that calls them, each request
// is served, and two releases share a database.

import { sql } from "drizzle-orm";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, it } from "vitest";
import { createFunctions } from "../../dev/statement-functions.ts";
import { findStatements } from "../../dev/statements.ts";
import { grantWorkerRole, LOCAL_WORKER_ROLE } from "../../dev/worker-role.ts";
import { FUNCTION_SCHEMA, type NamedStatement, statement } from "../../src/db/statement.ts";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { type Stack, type StackOptions, startStack, type Tenant } from "../support/stack.ts";

const BY_FUNCTION = { vars: { DATABASE_STATEMENTS: "functions" } };
const CALL = new RegExp(`^/\\* \\w+ \\*/ select \\* from ${FUNCTION_SCHEMA}\\.`);

let stack: Stack;
let tenant: Tenant;
let owner: pg.Client;
let ownerUrl: string;

beforeEach(async () => {
  stack = await startStack(BY_FUNCTION);
  tenant = await stack.createTenant();
  ownerUrl = `${inject("ownerUrl")}/${stack.database}`;
  owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
});
afterEach(async () => {
  await owner.end();
  await stack.close();
});

/** Creates and reads until the work is done, once at least, and throws where one was not served. */
async function serving(on: Stack, work: () => Promise<void>): Promise<void> {
  const caller = await on.createTenant();
  let isDone = false;
  const call = async () => {
    do {
      const { body } = await createUnsynced(on, caller, await on.authorize(caller));
      const read = await on.request(`${CONNECTIONS}/${body.id}`, { apiKey: caller.apiKey });
      expect(read.status, read.text).toBe(200);
    } while (!isDone);
  };
  const ending = work().finally(() => {
    isDone = true;
  });
  await Promise.all([ending, ...Array.from({ length: 4 }, call)]);
}

/** How many statements have gone to the database since the last count, by function and by text. */
function countSent(on: Stack) {
  const texts = on.gateway.requests.flatMap(({ statements }) => statements);
  const byFunction = texts.filter((text) => CALL.test(text)).length;
  on.gateway.clearRequests();
  return { byFunction, byText: texts.length - byFunction };
}

const again = async (options: StackOptions = BY_FUNCTION) =>
  await startStack({ ...options, database: stack.database });

const statements = (await findStatements()).map((found) => found.statement);
const nextRelease = (text: string): NamedStatement[] => [
  ...statements.filter(({ name }) => name !== "get_connection"),
  statement({ name: "get_connection", text: () => sql`${sql.raw(text)}` }),
];

it("a create and a get send no text at all", async () => {
  countSent(stack);
  const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  await stack.request(`${CONNECTIONS}/${body.id}`, { apiKey: tenant.apiKey });
  expect(countSent(stack)).toEqual({ byFunction: 3, byText: 0 });
});

it("a create sends at most 1,500 bytes to the database beside the sealed token set", async () => {
  stack.gateway.clearRequests();
  const { body } = await createUnsynced(stack, tenant, await stack.authorize(tenant));
  const sizes = stack.gateway.requests.map(({ bytes }) => bytes);
  expect(sizes).toHaveLength(2);
  const [row] = await stack.sql(
    "select length(credentials) as length from zoom_oauth_connections where id = $1",
    [body.id],
  );
  expect(sizes.reduce((sum, bytes) => sum + bytes) - Number(row?.length)).toBeLessThanOrEqual(1_500);
});

it("where the Worker comes first, each request is served by texts, and the log says so once", async () => {
  await owner.query(`drop schema ${FUNCTION_SCHEMA} cascade`);
  const early = await again();
  await serving(early, async () => {
    await createFunctions(owner);
    await grantWorkerRole(ownerUrl, { name: LOCAL_WORKER_ROLE, password: undefined });
  });
  expect(countSent(early).byText).toBeGreaterThan(0);
  expect(early.logs().filter((line) => line.includes("statement_functions_missing"))).toHaveLength(1);
  await early.close();
  const late = await again();
  await serving(late, async () => {});
  expect(countSent(late).byText).toBe(0);
  await late.close();
});

it("where the functions come first, the Worker of the release before keeps its own, and then goes by texts", async () => {
  countSent(stack);
  await serving(stack, async () => await createFunctions(owner, nextRelease("select 1")));
  expect(countSent(stack).byText).toBe(0);
  await serving(stack, async () => await createFunctions(owner, nextRelease("select 2")));
  await stack.request(CONNECTIONS, { apiKey: tenant.apiKey });
  const found = await owner.query("select proname from pg_proc where proname like 'get_connection_%'");
  expect(found.rows).toHaveLength(2);
  await serving(stack, async () => {});
});

it("a release that comes back finds its functions, and a second run changes none", async () => {
  const read = async () =>
    (
      await owner.query(
        `select oid::integer, xmin::text, obj_description(oid, 'pg_proc') as note from pg_proc
         where pronamespace = $1::regnamespace order by oid`,
        [FUNCTION_SCHEMA],
      )
    ).rows;
  const first = await read();
  expect(first.length).toBeGreaterThan(80);
  await createFunctions(owner);
  expect(await read()).toEqual(first);
  await createFunctions(owner, nextRelease("select 1"));
  expect(await read()).toHaveLength(first.length + 1);
  await createFunctions(owner);
  expect((await read()).filter(({ note }) => note.includes("current"))).toEqual(first);
});

it("a column of another type makes its functions anew", async () => {
  const reading = statement({ name: "read_things", text: () => sql`select id from things` });
  const typeOf = async () =>
    (
      await owner.query(
        "select pg_get_function_result(oid) as type from pg_proc where proname like 'read_things%'",
      )
    ).rows;
  await owner.query("create table things (id integer)");
  await createFunctions(owner, [reading]);
  expect(await typeOf()).toEqual([{ type: "TABLE(column_1 integer)" }]);
  await owner.query("alter table things alter id type bigint");
  await createFunctions(owner, [reading]);
  expect(await typeOf()).toEqual([{ type: "TABLE(column_1 bigint)" }]);
});

it("nobody but the Worker's role calls them, and it makes none", async () => {
  const { rows } = await owner.query(
    `select has_schema_privilege('public', $1, 'usage') as everybody, has_schema_privilege($2, $1, 'usage') as worker,
       has_schema_privilege($2, $1, 'create') as makes,
       (select bool_or(has_function_privilege('public', oid, 'execute')) from pg_proc where pronamespace = $1::regnamespace) as calls,
       (select bool_or(prosecdef) from pg_proc where pronamespace = $1::regnamespace) as owners`,
    [FUNCTION_SCHEMA, LOCAL_WORKER_ROLE],
  );
  expect(rows).toEqual([{ everybody: false, worker: true, makes: false, calls: false, owners: false }]);
});

it("an operator can send every statement as a text", async () => {
  const byText = await again({ vars: { DATABASE_STATEMENTS: "texts" } });
  await serving(byText, async () => {});
  expect(countSent(byText).byFunction).toBe(0);
  await byText.close();
});
