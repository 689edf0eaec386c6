// Parses the environment once and builds what every entry point works with. A bad value names itself and
// never shows its content.

import * as z from "zod";
import type { SharedRefresh } from "./connections/access-token.ts";
import { createKeyring, type Keyring, parseMasterKeys } from "./crypto/keyring.ts";
import { createDatabase, type Database } from "./db/client.ts";
import type { QueueMessage } from "./queue.ts";
import { countedFetch } from "./trace.ts";
import { createZoom, type Zoom } from "./zoom/client.ts";

/** What wrangler.toml and the secrets put into the Worker's environment. */
export interface Env {
  DATABASE_URL: string;
  CREDENTIAL_ENCRYPTION_KEYS: string;
  ADMIN_API_KEY?: string;
  ZOOM_OAUTH_BASE_URL?: string;
  ZOOM_API_BASE_URL?: string;
  DATABASE_FETCH_ENDPOINT?: string;
  ALLOW_INSECURE_WEBHOOK_URLS?: string;
  WRITE_RATE_LIMIT?: RateLimit;
  FAILED_AUTHENTICATION_RATE_LIMIT?: RateLimit;
  JOBS: Queue<QueueMessage>;
  /** The files of the reference page; without them there is no page. */
  ASSETS?: Fetcher;
}

/** Keeps work alive after the answer has left (`ExecutionContext.waitUntil`). */
export type WaitUntil = (work: Promise<unknown>) => void;

export interface Deps {
  db: Database;
  zoom: Zoom;
  keyring: Keyring;
  jobs: Queue<QueueMessage>;
  /** Each tells whether one more is allowed under the key. */
  limits: {
    writes(apiKeySha256: string): Promise<boolean>;
    failedAuthentications(ipAddress: string): Promise<boolean>;
  };
  /** Refreshes that run in this isolate, by connection: who comes meanwhile shares the outcome. */
  refreshes: Map<string, SharedRefresh>;
  /** Events of those who shared one and are not written yet, by connection. */
  followers: Map<string, string[]>;
  /** Whether webhooks may go over http and to loopback: for local work only. */
  isInsecureWebhookUrlAllowed: boolean;
  /** Unset: the administration routes do not exist. */
  adminApiKey: string | undefined;
}

/** The environment does not fit; the message says which variable and why, without its value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const masterKeys = z.string().transform((text, context) => {
  try {
    return parseMasterKeys(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "unreadable" });
    return z.NEVER;
  }
});

const baseUrl = z.url({ protocol: /^https?$/, error: "not an http(s) URL" }).transform(trimTrailingSlashes);

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const rateLimit = z
  .custom<RateLimit>(
    (value) => typeof (value as RateLimit)?.limit === "function",
    "not a rate limiting binding",
  )
  .optional();

const environment = z.object({
  DATABASE_URL: z
    .string({ error: "missing" })
    .regex(
      /^postgres(ql)?:\/\/[^@\s]+@[^@\s]+\/\S+$/,
      "not of the form postgresql://user:password@host/database",
    ),
  CREDENTIAL_ENCRYPTION_KEYS: z.string({ error: "missing" }).pipe(masterKeys),
  ADMIN_API_KEY: optional(z.string()),
  ZOOM_OAUTH_BASE_URL: optional(baseUrl).default("https://zoom.us"),
  ZOOM_API_BASE_URL: optional(baseUrl).default("https://api.zoom.us/v2"),
  DATABASE_FETCH_ENDPOINT: optional(baseUrl),
  ALLOW_INSECURE_WEBHOOK_URLS: optional(
    z.enum(["true", "false"], { error: "neither true nor false" }),
  ).default("false"),
  WRITE_RATE_LIMIT: rateLimit,
  FAILED_AUTHENTICATION_RATE_LIMIT: rateLimit,
  JOBS: z.custom<Queue<QueueMessage>>(
    (value) => typeof (value as Queue)?.send === "function",
    "not a queue binding",
  ),
});

const built = new WeakMap<Env, Deps>();

/** The dependencies of an environment, built at its first use. Throws {@link ConfigurationError}. */
export function depsOf(env: Env): Deps {
  let deps = built.get(env);
  if (!deps) {
    deps = buildDeps(env);
    built.set(env, deps);
  }
  return deps;
}

function buildDeps(env: Env): Deps {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new ConfigurationError(problems.join("; "));
  }
  const config = parsed.data;
  return {
    db: createDatabase({
      url: config.DATABASE_URL,
      fetchEndpoint: config.DATABASE_FETCH_ENDPOINT,
      fetch: countedFetch("db"),
    }),
    zoom: createZoom({
      oauthBaseUrl: config.ZOOM_OAUTH_BASE_URL,
      apiBaseUrl: config.ZOOM_API_BASE_URL,
      fetch: countedFetch("zoom"),
    }),
    keyring: createKeyring(config.CREDENTIAL_ENCRYPTION_KEYS),
    jobs: config.JOBS,
    limits: {
      writes: limiter(config.WRITE_RATE_LIMIT),
      failedAuthentications: limiter(config.FAILED_AUTHENTICATION_RATE_LIMIT),
    },
    refreshes: new Map(),
    followers: new Map(),
    isInsecureWebhookUrlAllowed: config.ALLOW_INSECURE_WEBHOOK_URLS === "true",
    adminApiKey: config.ADMIN_API_KEY,
  };
}

/** Without a binding there is no limit. */
function limiter(binding: RateLimit | undefined): (key: string) => Promise<boolean> {
  return async (key) => binding === undefined || (await binding.limit({ key })).success;
}

function trimTrailingSlashes(url: string): string {
  return url.replace(/\/+$/, "");
}
