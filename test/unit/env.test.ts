// The environment: what is refused, and that the refusal says why without the value.

import { neon, neonConfig } from "@neondatabase/serverless";
import { describe, expect, it } from "vitest";
import { ConfigurationError, type Env, parseEnvironment } from "../../src/env.ts";
import { PUBLISHED } from "../../src/model/published-values.ts";

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString("base64");
const PRODUCTION = {
  DATABASE_URL:
    "postgresql://user:password@ep-example-123456.eu-central-1.aws.neon.tech/neondb?sslmode=require",
  CREDENTIAL_ENCRYPTION_KEYS: `k1:${KEY}`,
  ADMIN_API_KEY: "0123456789abcdef".repeat(4),
  ZOOM_OAUTH_BASE_URL: "https://zoom.us",
  ZOOM_API_BASE_URL: "https://api.zoom.us/v2",
  JOBS: { send: () => {} },
};
const SIMULATED = {
  ...PRODUCTION,
  ZOOM_OAUTH_BASE_URL: "http://localhost:8788",
  ZOOM_API_BASE_URL: "http://localhost:8788/v2",
};

function problemOf(environment: Record<string, unknown>): string | null {
  try {
    parseEnvironment(environment as unknown as Env);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).message;
  }
}

/** Whether the driver would send a query to the database of this connection string. */
async function doesDriverTake(url: string): Promise<boolean> {
  let isSent = false;
  neonConfig.fetchFunction = async () => {
    isSent = true;
    return new Response(null, { status: 500 });
  };
  await neon(url)
    .query("select 1")
    .catch(() => {});
  return isSent;
}

const oneByte = (byte: number) => Buffer.alloc(32, byte).toString("base64");

/** What is too weak for the real Zoom, and what is said of it. */
const WEAK: [Record<string, string>, string][] = [
  [{ ADMIN_API_KEY: PUBLISHED.adminApiKey }, "ADMIN_API_KEY: is the published one of the local stack"],
  [{ ADMIN_API_KEY: "x".repeat(31) }, "ADMIN_API_KEY: is shorter than 32 characters"],
  [
    { CREDENTIAL_ENCRYPTION_KEYS: PUBLISHED.encryptionKeys },
    "CREDENTIAL_ENCRYPTION_KEYS: key 1 is the published one",
  ],
  [
    { CREDENTIAL_ENCRYPTION_KEYS: `k1:${KEY},${PUBLISHED.encryptionKeys.replace("local:", "renamed:")}` },
    "CREDENTIAL_ENCRYPTION_KEYS: key 2 is the published one",
  ],
  [
    { CREDENTIAL_ENCRYPTION_KEYS: `k1:${oneByte(0)}` },
    "CREDENTIAL_ENCRYPTION_KEYS: key 1 is one byte, repeated",
  ],
  [
    { CREDENTIAL_ENCRYPTION_KEYS: `k1:${KEY},k2:${oneByte(0x41)}` },
    "CREDENTIAL_ENCRYPTION_KEYS: key 2 is one byte, repeated",
  ],
  [
    { ALLOW_INSECURE_WEBHOOK_URLS: "true" },
    "ALLOW_INSECURE_WEBHOOK_URLS: must not be true with the real Zoom",
  ],
  [
    { PUBLIC_BASE_URL: "http://zoom.example.com" },
    "PUBLIC_BASE_URL: must be an https URL with the real Zoom",
  ],
  [
    { DATABASE_FETCH_ENDPOINT: "http://db.example.com/sql" },
    "DATABASE_FETCH_ENDPOINT: must be an https URL with the real Zoom",
  ],
];

describe("with the real Zoom", () => {
  it("values of its own are taken", () => {
    expect(problemOf(PRODUCTION)).toBeNull();
    expect(problemOf({ ...PRODUCTION, PUBLIC_BASE_URL: "https://zoom.example.com" })).toBeNull();
    expect(problemOf({ ...PRODUCTION, ADMIN_API_KEY: undefined })).toBeNull();
    expect(problemOf({ ...PRODUCTION, ADMIN_API_KEY: "x".repeat(32) })).toBeNull();
    // A database beside the Worker, while it is worked on.
    expect(problemOf({ ...PRODUCTION, DATABASE_FETCH_ENDPOINT: "http://127.0.0.1:8789/sql" })).toBeNull();
  });

  it.each(WEAK)("%j is refused", (weak, problem) => {
    const told = problemOf({ ...PRODUCTION, ...weak });
    expect(told).toContain(problem);
    for (const value of Object.values(weak)) {
      if (value !== "true") expect(told).not.toContain(value.replace(/^k1:/, ""));
    }
  });

  it.each([
    [{ ZOOM_OAUTH_BASE_URL: "http://zoom.us" }, "ZOOM_OAUTH_BASE_URL: must be an https URL"],
    [{ ZOOM_API_BASE_URL: "http://api.zoom.us/v2" }, "ZOOM_API_BASE_URL: must be an https URL"],
    [
      { ZOOM_OAUTH_BASE_URL: undefined, ZOOM_API_BASE_URL: undefined, ADMIN_API_KEY: "short" },
      "ADMIN_API_KEY: is shorter",
    ],
    [{ ZOOM_OAUTH_BASE_URL: "https://zoomgov.com", ADMIN_API_KEY: "short" }, "ADMIN_API_KEY: is shorter"],
    [{ ZOOM_API_BASE_URL: SIMULATED.ZOOM_API_BASE_URL }, "ZOOM_API_BASE_URL: must be an https URL"],
  ])("under any of its names: %j", (changed, problem) => {
    expect(problemOf({ ...PRODUCTION, ...changed })).toContain(problem);
  });

  it("everything that is wrong is named at once", () => {
    const told = problemOf({ ...PRODUCTION, ADMIN_API_KEY: "short", ALLOW_INSECURE_WEBHOOK_URLS: "true" });
    expect(told).toMatch(/ADMIN_API_KEY.*; ALLOW_INSECURE_WEBHOOK_URLS/);
  });
});

describe("with a simulator", () => {
  it.each(WEAK)("%j is taken", (weak) => {
    expect(problemOf({ ...SIMULATED, ...weak })).toBeNull();
  });
});

const REFUSED_BY_THE_DRIVER = [
  "mysql://user:hunter2@host/db",
  "postgresql://host/db",
  "postgresql://:hunter2@host/db",
  "postgresql://user:hunter2@host",
  "postgresql://user:hunter2@host/",
  "postgresql://user:hunter2@-/db",
  "postgresql://user:hunter2@host:port/db",
  "postgresql://user:hunter2@ho st/db",
  "user:hunter2@host/db",
  "'postgresql://user:hunter2@host/db'",
];

describe("in any case", () => {
  it.each([
    ...[
      "a key with spaces in it, long enough",
      "trailing-newline-0123456789abcdef\n",
      " leading",
      "tab\there",
    ].map((key): [string, string] => [key, "ADMIN_API_KEY: has a space or a line break in it"]),
    ...["schlüssel-0123456789abcdef0123456789", "nul\0-0123456789abcdef0123456789abcdef"].map(
      (key): [string, string] => [key, "ADMIN_API_KEY: has characters beside printable ASCII"],
    ),
  ])("the admin key %j is refused", (key, problem) => {
    for (const base of [PRODUCTION, SIMULATED]) {
      const told = problemOf({ ...base, ADMIN_API_KEY: key });
      expect(told).toContain(problem);
      expect(told).not.toContain(key);
    }
  });

  it.each([
    "postgres://user@host/db",
    "postgresql://user:p%40ss@host:5432/db?sslmode=require",
    "postgresql://user:with@sign@host/db",
    "postgresql://user:pass@[::1]:5432/db",
  ])("the connection string %s is taken, as the driver takes it", async (DATABASE_URL) => {
    expect(problemOf({ ...PRODUCTION, DATABASE_URL })).toBeNull();
    expect(await doesDriverTake(DATABASE_URL)).toBe(true);
  });

  it.each(REFUSED_BY_THE_DRIVER)(
    "the connection string %s is refused, as the driver refuses it",
    async (url) => {
      expect(await doesDriverTake(url)).toBe(false);
      const told = problemOf({ ...PRODUCTION, DATABASE_URL: url });
      expect(told).toBe("DATABASE_URL: not of the form postgresql://user:password@host/database");
    },
  );

  it.each([
    "zoom.example.com",
    "ftp://zoom.example.com",
    "https://zoom.example.com/path",
    "https://zoom.example.com?query=1",
    "https://user@zoom.example.com",
  ])("the public base URL %s is refused", (PUBLIC_BASE_URL) => {
    expect(problemOf({ ...PRODUCTION, PUBLIC_BASE_URL })).toMatch(/^PUBLIC_BASE_URL: not /);
  });
});
