// `npm run import`: each source, what a report says, and that a dry run uses nothing up.

import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Fernet } from "fernet-nodejs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { makeFolder, readReport, startImport } from "../support/import-command.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

let stack: Stack;
let tenant: Tenant;
let file: string;
let report: string;
/** Whatever a run may print or leave holds none of them. */
let tokens: string[];

beforeAll(async () => {
  stack = await startStack();
  tenant = await stack.createTenant();
});
afterAll(async () => await stack.close());
beforeEach(() => {
  file = join(makeFolder(), "grants.ndjson");
  report = `${file}.report.ndjson`;
  tokens = [];
});
afterEach(async () => await stack.control("faults", undefined, "DELETE"));

async function makeGrants(count: number) {
  const { grants } = await stack.control("grants", { client_id: tenant.clientId, count });
  tokens.push(...grants.map(({ refresh_token }: { refresh_token: string }) => refresh_token));
  return grants as { user_id: string; refresh_token: string }[];
}

async function run(args: readonly string[], env: Record<string, string> = {}, of = tenant) {
  const started = startImport(stack, of, ["--capabilities", "onbehalf", "--report", report, ...args], env);
  const exitCode = await started.ended;
  const left = args.includes("--dry-run") ? [] : [report, `${report}.journal`];
  const texts = [started.output(), ...left.map((path) => readFileSync(path, "utf8"))].join("\n");
  expect(tokens.filter((token) => texts.includes(token))).toEqual([]);
  expect(texts).not.toContain(tenant.apiKey);
  return { exitCode, output: started.output() };
}

const writeGrants = (lines: readonly unknown[]) =>
  writeFileSync(
    file,
    lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""),
  );
const outcomes = () =>
  Object.fromEntries(readReport(report).map(({ ref, outcome, code }) => [ref, code ?? outcome]));
const findConnections = async (userIds: readonly string[]) =>
  await stack.sql(
    "select user_id, state, metadata, is_onbehalf_token_supported as onbehalf from zoom_oauth_connections where user_id = any($1) order by user_id",
    [userIds],
  );
const refreshCount = async () =>
  (await stack.control("requests?operation=token.refresh_token")).requests.length;

describe("a file", () => {
  it("has a line in the report for each grant, and what is stored is not asked for again", async () => {
    const [good, dead, narrow] = await makeGrants(3);
    await stack.control("grants/revoke", { user_id: dead?.user_id });
    writeGrants([
      { refresh_token: good?.refresh_token, metadata: { customer: "1" } },
      "",
      { refresh_token: dead?.refresh_token },
      `{"refresh_token":"${narrow?.refresh_token}"`,
      { refresh_token: narrow?.refresh_token, is_onbehalf: true },
    ]);
    const first = await run([file]);
    expect(first.exitCode).toBe(1);
    expect(outcomes()).toEqual({
      "line 1": "connected",
      "line 3": "refresh_token_rejected",
      "line 4": "invalid",
      "line 5": "invalid",
    });
    const [connection] = await findConnections([good?.user_id ?? ""]);
    expect(connection).toMatchObject({ state: "connected", metadata: { customer: "1" }, onbehalf: true });
    writeGrants([
      { refresh_token: good?.refresh_token, metadata: { customer: "1" } },
      { refresh_token: narrow?.refresh_token },
    ]);
    const before = await refreshCount();
    await run([file]);
    expect(outcomes()).toMatchObject({ "line 1": "connected", "line 2": "connected" });
    expect((await refreshCount()) - before).toBe(1);
  });

  it("uses nothing up in a dry run", async () => {
    const grants = await makeGrants(2);
    writeGrants([...grants.map(({ refresh_token }) => ({ refresh_token })), "{}"]);
    const before = await refreshCount();
    const { exitCode, output } = await run([file, "--dry-run"]);
    expect(exitCode).toBe(1);
    expect(output).toContain("2 ready, 1 invalid");
    expect(readReport(`${report}.dry-run`).map(({ outcome }) => outcome)).toContain("invalid");
    expect(await refreshCount()).toBe(before);
    writeGrants(grants.map(({ refresh_token }) => ({ refresh_token })));
    expect((await run([file])).exitCode).toBe(0);
  });

  it("is imported through failures of Zoom's that pass", async () => {
    const grants = await makeGrants(12);
    for (const fault of [{ kind: "status" }, { kind: "drop_before" }, { kind: "rate_limit" }]) {
      await stack.control("faults", { operation: "token.refresh_token", ...fault });
    }
    writeGrants(grants.map(({ refresh_token }) => ({ refresh_token })));
    expect(await run([file])).toMatchObject({ exitCode: 0 });
    expect(await findConnections(grants.map(({ user_id }) => user_id))).toHaveLength(12);
  });

  it("is left alone where the key, the app or the address is wrong", async () => {
    const [grant] = await makeGrants(1);
    writeGrants([{ refresh_token: grant?.refresh_token }]);
    const before = await refreshCount();
    for (const [of, what] of [
      [{ ...tenant, apiKey: "wrong" }, "key"],
      [{ ...tenant, appId: "zoa_0000000000000000" }, "zoa_0000000000000000"],
    ] as const) {
      const started = startImport(stack, of, [file]);
      expect(await started.ended).toBe(2);
      expect(started.output()).toContain(what);
    }
    const plain = startImport({ url: new URL("http://example.com") }, tenant, [file]);
    expect([await plain.ended, plain.output()]).toEqual([2, "http://example.com is no https URL.\n"]);
    expect(await refreshCount()).toBe(before);
  });

  it("goes on with its own journal only", async () => {
    const [grant] = await makeGrants(1);
    writeGrants([{ refresh_token: grant?.refresh_token }]);
    await run([file]);
    const other = { ...tenant, ...(await stack.createApp(tenant.apiKey)) };
    const started = startImport(stack, other, ["--report", report, file]);
    expect(await started.ended).toBe(2);
    expect(started.output()).toContain("is the journal of another import");
  });
});

describe("Nango", () => {
  let nango: Server;
  let connections: { id: number; connection_id: string; refresh_token: string | null }[];
  let reads: number;

  /** As Nango answers: packages/server/lib/controllers/connection in NangoHQ/nango. */
  beforeAll(async () => {
    nango = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://nango");
      const answer = (status: number, body: unknown) =>
        response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
      if (request.headers.authorization !== "Bearer nango-key") return answer(401, { error: { code: "x" } });
      const describe = ({ id, connection_id }: (typeof connections)[number]) => ({
        ...{ id, connection_id, provider: "zoom", provider_config_key: id === 99 ? "other" : "zoom" },
        ...{ metadata: null, errors: [], end_user: { id: `end-user-${id}`, email: null } },
      });
      if (pathname === "/connections") {
        if (searchParams.size > 0) return answer(400, { error: { code: "invalid_query_params" } });
        return answer(200, { connections: connections.map(describe) });
      }
      const found = connections.find(
        ({ connection_id }) => pathname === `/connections/${encodeURIComponent(connection_id)}`,
      );
      if (!found || searchParams.get("provider_config_key") !== "zoom") {
        return answer(404, { error: { code: "not_found" } });
      }
      reads += 1;
      const token = searchParams.get("refresh_token") === "true" ? found.refresh_token : null;
      const credentials = { type: "OAUTH2", access_token: "x", ...(token ? { refresh_token: token } : {}) };
      return answer(200, { ...describe(found), credentials });
    });
    await new Promise<void>((resolve) => nango.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => nango.close());

  it("gives the connections of one integration; a dry run reads no token", async () => {
    const grants = await makeGrants(3);
    reads = 0;
    connections = grants.map(({ refresh_token }, index) => ({
      id: index === 2 ? 99 : index + 1,
      connection_id: `user/${index}`,
      refresh_token,
    }));
    connections.push({ id: 7, connection_id: "without", refresh_token: null });
    const url = `http://127.0.0.1:${(nango.address() as AddressInfo).port}`;
    const args = ["--from", "nango", "--nango-url", url, "--source-app", "zoom"];
    const env = { NANGO_SECRET_KEY: "nango-key" };
    expect((await run([...args, "--dry-run"], env)).output).toContain("3 ready");
    expect(reads).toBe(0);
    await run(args, env);
    expect(outcomes()).toEqual({ "user/0": "connected", "user/1": "connected", without: "invalid" });
    const [connection] = await findConnections([grants[0]?.user_id ?? ""]);
    expect(connection?.metadata).toEqual({
      nango_connection_id: "user/0",
      nango_end_user_id: "end-user-1",
    });
  });
});

describe("Attendee", () => {
  const key = Fernet.generateKey();
  const fernet = new Fernet(key);
  const env = () => ({
    ATTENDEE_DATABASE_URL: `${inject("ownerUrl")}/${stack.database}`,
    CREDENTIALS_ENCRYPTION_KEY: key,
  });
  const seal = (value: unknown) => Buffer.from(fernet.encrypt(JSON.stringify(value)));
  const addApp = async (id: number, clientId: string) =>
    await stack.sql("insert into bots_zoomoauthapp values ($1, $2, $3)", [id, `zoa_attendee${id}`, clientId]);
  const add = async (row: { id: number; state?: number; sealed: Buffer | null; metadata?: unknown }) =>
    await stack.sql("insert into bots_zoomoauthconnection values ($1, $2, 1, $3, $4, $5, false, true)", [
      row.id,
      `zoc_attendee${row.id}`,
      row.state ?? 1,
      JSON.stringify(row.metadata ?? null),
      row.sealed,
    ]);

  /** The columns that are read, as bots/models.py of attendee-labs/attendee makes them. */
  beforeAll(async () => {
    await stack.sql(
      `create table bots_zoomoauthapp (id bigint primary key, object_id varchar(32), client_id varchar(255))`,
    );
    await stack.sql(`create table bots_zoomoauthconnection (
      id bigint primary key, object_id varchar(32), zoom_oauth_app_id bigint references bots_zoomoauthapp,
      state integer, metadata jsonb, _encrypted_data bytea,
      is_local_recording_token_supported boolean, is_onbehalf_token_supported boolean)`);
  });

  it("gives its connections with metadata and capabilities, opened with its key", async () => {
    const [first, second, third] = await makeGrants(3);
    await addApp(1, tenant.clientId);
    await add({ id: 1, sealed: seal({ refresh_token: first?.refresh_token }), metadata: { bot: "1" } });
    await add({ id: 2, sealed: seal({ refresh_token: second?.refresh_token }), metadata: {} });
    await add({ id: 3, sealed: seal({ refresh_token: third?.refresh_token }), state: 2 });
    await add({ id: 4, sealed: Buffer.from(new Fernet(Fernet.generateKey()).encrypt("{}")) });
    await add({ id: 5, sealed: null });
    const expected = { zoc_attendee3: "skipped", zoc_attendee4: "invalid", zoc_attendee5: "invalid" };
    expect((await run(["--from", "attendee", "--dry-run"], env())).output).toContain("2 ready");
    expect((await run(["--from", "attendee"], env())).exitCode).toBe(1);
    expect(outcomes()).toEqual({ zoc_attendee1: "connected", zoc_attendee2: "connected", ...expected });
    const found = await findConnections([first, second].map((grant) => grant?.user_id ?? ""));
    expect(new Set(found.map(({ metadata }) => JSON.stringify(metadata)))).toEqual(
      new Set(['{"bot":"1"}', "null"]),
    );
  });

  it("stops where the app is another one, or has to be named", async () => {
    await addApp(2, "another-client-id");
    const start = async (args: readonly string[]) => {
      const started = startImport(stack, tenant, ["--from", "attendee", ...args], env());
      return [await started.ended, started.output()];
    };
    expect(await start([])).toEqual([2, expect.stringContaining("Name one with --source-app.")]);
    expect(await start(["--source-app", "zoa_attendee2"])).toEqual([
      2,
      expect.stringContaining("another-client-id"),
    ]);
  });

  it("is opened as Python's cryptography seals it", () => {
    // https://github.com/fernet/spec/blob/master/verify.json
    const token =
      "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
    expect(new Fernet("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=").decrypt(token)).toBe("hello");
  });
});
