// The Worker's environment, parsed once per isolate. A bad value names itself and never shows its content.

import * as z from "zod";
import { type MasterKey, parseMasterKeys } from "./crypto/keyring.ts";
import { findWeakness } from "./env-floor.ts";
import type { QueueMessage } from "./queue.ts";

/** What wrangler.toml and the secrets put into the Worker's environment. */
export interface Env {
  DATABASE_URL: string;
  CREDENTIAL_ENCRYPTION_KEYS: string;
  ADMIN_API_KEY?: string;
  ZOOM_OAUTH_BASE_URL?: string;
  ZOOM_API_BASE_URL?: string;
  DATABASE_FETCH_ENDPOINT?: string;
  DATABASE_STATEMENTS?: string;
  ALLOW_INSECURE_WEBHOOK_URLS?: string;
  PUBLIC_BASE_URL?: string;
  WRITE_RATE_LIMIT?: RateLimit;
  FAILED_AUTHENTICATION_RATE_LIMIT?: RateLimit;
  ZOOM_EVENT_RATE_LIMIT?: RateLimit;
  TOKEN_RATE_LIMIT?: RateLimit;
  JOBS: Queue<QueueMessage>;
  /** Where token sets are kept once more. Without the binding they are not. */
  TOKEN_JOURNAL?: R2Bucket;
  EVENT_JOBS?: Queue<QueueMessage>;
  DUE_JOBS?: Queue<QueueMessage>;
  /** The files of pages, and the texts of statements. Without the binding there are none. */
  ASSETS?: Fetcher;
}

/** The environment does not fit. The message says which variable and why, without its value. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const masterKeys = z.string().transform((text, context): MasterKey[] => {
  try {
    return parseMasterKeys(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : "unreadable" });
    return z.NEVER;
  }
});

const baseUrl = z.url({ protocol: /^https?$/, error: "not an http(s) URL" }).transform(trimTrailingSlashes);

/** As the driver reads it, whose own error would show the whole of it. */
function isConnectionString(text: string): boolean {
  try {
    const { protocol } = new URL(text);
    // "http:", because a URL of an unknown scheme has no host to look at.
    const { username, hostname, pathname } = new URL(`http:${text.slice(protocol.length)}`);
    return (
      /^postgres(ql)?:$/.test(protocol) && username !== "" && !/^-?$/.test(hostname) && pathname.length > 1
    );
  } catch {
    return false;
  }
}

const adminApiKey = z
  .string()
  .refine((key) => !/\s/.test(key), "has a space or a line break in it, which no request can send")
  .refine(
    (key) => /^[\x21-\x7e\s]*$/.test(key),
    "has characters beside printable ASCII, which no request can send",
  );

/** Links are made of a path from the root, so there is no room for another one. */
const publicBaseUrl = baseUrl.refine(
  (url) => new URL(url).origin === url,
  "not the origin of a URL, such as https://zoom.example.com, without path, query and user",
);

const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === "" ? undefined : value), schema.optional());

const rateLimit = z
  .custom<RateLimit>(
    (value) => typeof (value as RateLimit)?.limit === "function",
    "not a rate limiting binding",
  )
  .optional();

const queue = z.custom<Queue<QueueMessage>>(
  (value) => typeof (value as Queue)?.send === "function",
  "not a queue binding",
);

const environment = z.object({
  DATABASE_URL: z
    .string({ error: "missing" })
    .refine(isConnectionString, "not of the form postgresql://user:password@host/database"),
  CREDENTIAL_ENCRYPTION_KEYS: z.string({ error: "missing" }).pipe(masterKeys),
  ADMIN_API_KEY: optional(adminApiKey),
  ZOOM_OAUTH_BASE_URL: optional(baseUrl).default("https://zoom.us"),
  ZOOM_API_BASE_URL: optional(baseUrl).default("https://api.zoom.us/v2"),
  DATABASE_FETCH_ENDPOINT: optional(baseUrl),
  DATABASE_STATEMENTS: optional(
    z.enum(["functions", "texts"], { error: "neither functions nor texts" }),
  ).default("functions"),
  PUBLIC_BASE_URL: optional(publicBaseUrl),
  ALLOW_INSECURE_WEBHOOK_URLS: optional(
    z.enum(["true", "false"], { error: "neither true nor false" }),
  ).default("false"),
  WRITE_RATE_LIMIT: rateLimit,
  FAILED_AUTHENTICATION_RATE_LIMIT: rateLimit,
  ZOOM_EVENT_RATE_LIMIT: rateLimit,
  TOKEN_RATE_LIMIT: rateLimit,
  TOKEN_JOURNAL: z
    .custom<R2Bucket>((value) => typeof (value as R2Bucket)?.head === "function", "not an R2 bucket binding")
    .optional(),
  JOBS: queue,
  // Without them everything is on the first one.
  EVENT_JOBS: queue.optional(),
  DUE_JOBS: queue.optional(),
});

export type Config = z.output<typeof environment>;

/** Throws {@link ConfigurationError}. */
export function parseEnvironment(env: Env): Config {
  const parsed = environment.safeParse(env);
  const problems = parsed.success
    ? findWeakness(parsed.data)
    : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  if (parsed.success && problems.length === 0) return parsed.data;
  throw new ConfigurationError(problems.join("; "));
}

function trimTrailingSlashes(url: string): string {
  return url.replace(/\/+$/, "");
}
