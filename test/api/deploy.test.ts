// npm run deploy against a recorded account and a real, empty database: what it does once, what it never does twice, and that an
// interruption at any call does no harm.

import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { type DeployedDatabase, deployedDatabase } from "../../dev/deploy/database.ts";
import { type DeployedConfig, deploy } from "../../dev/deploy/deploy.ts";
import { type NeonGateway, startNeonGateway } from "../../dev/neon-gateway.ts";
import { startBareWorker } from "../../dev/workerd.ts";
import { type Account, createAccount } from "../support/cloudflare-account.ts";
import { IS_SOAK } from "../support/soak.ts";

const wranglerConfig = unstable_readConfig({ config: "wrangler.toml" });
const CONFIG: DeployedConfig = {
  queues: wranglerConfig.queues,
  r2_buckets: [{ bucket_name: "a-bucket" }],
  vars: {},
};

let admin: pg.Client;
let gateway: NeonGateway;
let account: Account;
let ownerUrl: string;
let role: string;
let dir: string;
let secretsFile: string;
let output: string[];

beforeAll(async () => {
  admin = new pg.Client({ connectionString: `${inject("ownerUrl")}/postgres` });
  await admin.connect();
  gateway = await startNeonGateway({ upstream: { host: "127.0.0.1", port: inject("postgresPort") } });
});
afterAll(async () => {
  await admin.end();
  await gateway.close();
});
beforeEach(async () => {
  const id = randomUUID().slice(0, 8);
  await admin.query(`create database deploy_${id}`);
  ownerUrl = `${inject("ownerUrl")}/deploy_${id}`;
  role = `worker_${id}`;
  dir = mkdtempSync(join(tmpdir(), "deploy-test-"));
  secretsFile = join(dir, "secrets");
  output = [];
  account = createAccount(
    async (secrets) =>
      await startBareWorker(inject("workerDir"), { ...secrets, DATABASE_FETCH_ENDPOINT: gateway.url }),
  );
});
afterEach(async () => {
  await account.close();
  rmSync(dir, { recursive: true });
});

const run = async (changed: { database?: DeployedDatabase; isLoginNew?: boolean } = {}) =>
  await deploy({
    isLoginNew: false,
    wrangler: account,
    database: deployedDatabase(ownerUrl, role),
    config: CONFIG,
    secretsFile,
    isDry: false,
    say: (line) => output.push(line),
    readyPauseMs: 100,
    ...changed,
  });
const kept = () => readFileSync(secretsFile, "utf8");

describe("a deployment", () => {
  it("makes what wrangler.toml names, stores three secrets, and ends with a service that is ready", async () => {
    await run();
    const names = [
      ...(CONFIG.queues.producers ?? []).map(({ queue }) => queue),
      ...(CONFIG.queues.consumers ?? []).map(({ queue }) => queue),
    ];
    expect([...account.queues].toSorted()).toEqual([...new Set(names)].toSorted());
    expect([...account.buckets]).toEqual(["a-bucket"]);
    expect(Object.keys(account.secrets ?? {}).toSorted()).toEqual([
      "ADMIN_API_KEY",
      "CREDENTIAL_ENCRYPTION_KEYS",
      "DATABASE_URL",
    ]);
    expect(account.changes.slice(-2)).toEqual(["secret bulk", "deploy"]);
    expect(output.join("\n")).toMatch(/OAuth redirect URL: http.*\/oauth\/zoom\/callback/);
  });

  it("keeps what it made up where its owner alone can read it, and prints none of it", async () => {
    await run();
    expect(statSync(secretsFile).mode & 0o777).toBe(0o600);
    for (const [name, value] of Object.entries(account.secrets ?? {})) {
      if (name !== "DATABASE_URL") expect(kept()).toContain(`${name}=${value}\n`);
      expect(output.join("\n")).not.toContain(value);
      expect(account.calls.join("\n")).not.toContain(value);
    }
  });

  it("logs the Worker in with a role that cannot change the schema", async () => {
    await run();
    const { DATABASE_URL = "" } = account.secrets ?? {};
    expect(new URL(DATABASE_URL).username).toBe(role);
    const client = new pg.Client({ connectionString: DATABASE_URL });
    await client.connect();
    await expect(client.query("create table more (id text)")).rejects.toMatchObject({ code: "42501" });
    await client.end();
  });

  it("that runs again deploys again, and changes nothing else", async () => {
    await run();
    const before = { secrets: account.secrets, kept: kept() };
    account.changes = [];
    await run();
    expect(account.changes).toEqual(["deploy"]);
    expect({ secrets: account.secrets, kept: kept() }).toEqual(before);
  });

  it("that runs again without the file of secrets makes no new ones", async () => {
    await run();
    const { secrets } = account;
    rmSync(secretsFile);
    await run();
    expect(account.secrets).toEqual(secrets);
    expect(existsSync(secretsFile)).toBe(false);
  });

  it("with a new login makes a second role, and replaces the connection string alone", async () => {
    await run();
    const before = account.secrets ?? {};
    await run({ database: deployedDatabase(ownerUrl, `${role}_2`), isLoginNew: true });
    const { DATABASE_URL = "", ...others } = account.secrets ?? {};
    expect({ ...others, DATABASE_URL: before.DATABASE_URL }).toEqual(before);
    expect(new URL(DATABASE_URL).username).toBe(`${role}_2`);
  });

  it("interrupted at any call, before or after its effect, and started again ends the same", async () => {
    await run();
    const calls = account.calls.length;
    const { queues, buckets } = account;
    // The last three store the secrets and deploy. The others take long, and are for the soak.
    for (let call = IS_SOAK ? 1 : calls - 2; call <= calls; call++) {
      for (const isEffective of [false, true]) {
        Object.assign(account, { calls: [], queues: new Set(), buckets: new Set(), secrets: null });
        rmSync(secretsFile, { force: true });
        account.breaksAt = { call, isEffective };
        await expect(run()).rejects.toThrow("interrupted");
        const keptThen = existsSync(secretsFile) ? kept() : null;
        account.breaksAt = null;
        await run();
        const where = `call ${call}, ${isEffective ? "after" : "before"}`;
        expect([account.queues, account.buckets], where).toEqual([queues, buckets]);
        // The keys that were made first are those that are stored: none was made twice.
        if (keptThen !== null) expect(kept(), where).toBe(keptThen);
        expect(kept(), where).toContain(account.secrets?.CREDENTIAL_ENCRYPTION_KEYS);
      }
    }
  }, 120_000);
});

describe("a deployment ends with what to do", () => {
  it("where nobody is signed in, and nothing is changed", async () => {
    account.isSignedIn = false;
    await expect(run()).rejects.toThrow("npx wrangler login");
    expect(account.changes).toEqual([]);
  });

  it("where the database is encrypted with keys that neither the Worker nor the file has", async () => {
    await run();
    const client = new pg.Client({ connectionString: ownerUrl });
    await client.connect();
    await client.query("insert into projects (id, name, webhook_secret) values ('p', '', 'v1.k7.text')");
    await client.end();
    account.secrets = null;
    account.changes = [];
    await expect(run()).rejects.toThrow("under the master keys k7");
    expect(account.changes).toEqual([]);
    expect(account.secrets).toBeNull();
  });

  it("where the Worker logs in with another role", async () => {
    account.secrets = { DATABASE_URL: "postgresql://other:x@host/db" };
    await expect(run()).rejects.toThrow("--database-role");
    expect(account.secrets).toEqual({ DATABASE_URL: "postgresql://other:x@host/db" });
  });
});

it("npm run deploy -- --dry-run builds the Worker, and shows each step without an account or a database", () => {
  const { status, stdout, stderr } = spawnSync("node", ["dev/deploy/main.ts", "--dry-run"], {
    encoding: "utf8",
    env: { ...process.env, CLOUDFLARE_API_TOKEN: "", OWNER_DATABASE_URL: "" },
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toContain("would run: wrangler secret bulk (values through stdin)");
  expect(stdout).toContain("would run: wrangler deploy");
  for (const { queue } of wranglerConfig.queues.consumers ?? [])
    expect(stdout).toContain(`queues create ${queue}`);
});
