// Who asks, and with what. Every function of the domain takes a scope: the services of the isolate, the caller, and
// a way to keep work alive after the answer has left.

import { createKeyring, type Keyring } from "./crypto/keyring.ts";
import { createDatabase, DATABASE_TIMEOUT_MS, type Database } from "./db/client.ts";
import type { IssuedEvent } from "./db/connection-events.ts";
import type { SchemaAge } from "./db/schema-version.ts";
import { createTextFinder } from "./db/statement-texts.ts";
import type { Checked } from "./db/token-journal.ts";
import { type Env, parseEnvironment } from "./env.ts";
import { createJournal, type Journal } from "./journal/journal.ts";
import { counted, createTrace, log, type Trace } from "./log.ts";
import {
  type AuthenticationMemory,
  createAuthenticationMemory,
  DatabaseClock,
  rememberProject,
  SharedResult,
} from "./memory.ts";
import {
  type AdminCaller,
  type Caller,
  type ProjectCaller,
  SERVICE,
  type ServiceCaller,
} from "./model/caller.ts";
import type { UsableCredentials } from "./model/credentials.ts";
import { LOOPBACK_HOST } from "./model/loopback.ts";
import type { KnownLinkSecret } from "./model/token-link.ts";
import type { Jobs } from "./queue.ts";
import { Zoom } from "./zoom/client.ts";

/** How long an answer about the readiness holds, in milliseconds. */
const READINESS_MS = 1_000;

/** What all requests and jobs of an isolate share. */
export interface Services {
  keyring: Keyring;
  /** Null: no bucket is bound. */
  journal: Journal | null;
  /** Checks of entries that are in the journal, to be settled together. */
  journaled: Checked[];
  jobs: Jobs;
  /** Each tells whether one more is allowed under the key. */
  limits: {
    writes(apiKeySha256: string): Promise<boolean>;
    failedAuthentications(address: string): Promise<boolean>;
    zoomEvents(zoomOAuthAppId: string): Promise<boolean>;
    /** By the project, by an API key whose project this isolate does not know yet, or by a token link. */
    tokens(projectIdOrSha256: string): Promise<boolean>;
  };
  authentications: AuthenticationMemory;
  /** Refreshes that run in this isolate, by connection id. Requests that come meanwhile share the outcome. */
  refreshes: Map<string, SharedRefresh>;
  /** `token_issued` events that followers of a refresh have not written yet, by connection id. */
  followers: Map<string, IssuedEvent[]>;
  /** New connections whose first sync is to be asked for, and until when somebody is about to, in milliseconds since 1970. */
  firstSyncs: { ids: string[]; sentBefore: number };
  /** Sealed webhook secrets that have lately verified an event in this isolate, by app id. */
  webhookSecrets: Map<string, string>;
  /** How many deliveries wait for a receiver's answer in this isolate, by webhook id. */
  waitingDeliveries: Map<string, number>;
  databaseClock: DatabaseClock;
  /** What `/readyz` has found out. */
  readiness: SharedResult<SchemaAge>;
  /** What vendors sign their calls of token links with, by the SHA-256 of the link's own secret. */
  linkSecrets: Map<string, KnownLinkSecret>;
  /** Whether the database is behind a gateway on the Worker's own machine, which a Worker on Cloudflare cannot reach. */
  isLocalStack: boolean;
  /** Whether webhooks may go over http and to loopback. For local work only. */
  isInsecureWebhookUrlAllowed: boolean;
  /** Where the service is reached, without a slash at the end. Undefined: where the request says. */
  publicBaseUrl: string | undefined;
  /** Undefined: the administration routes do not exist. */
  adminApiKey: string | undefined;
}

/** What a request or a job asks others with. */
interface Handles {
  db: Database;
  zoom: Zoom;
}

/** The outcome of a refresh. It never rejects. */
export type SharedRefresh = Promise<{ usable: UsableCredentials } | { error: unknown }>;

/** Keeps work alive after the answer has left (`ExecutionContext.waitUntil`). */
export type WaitUntil = (work: Promise<unknown>) => void;

export interface Scope<C extends Caller = Caller> extends Services, Handles {
  caller: C;
  waitUntil: WaitUntil;
}

export type ProjectScope = Scope<ProjectCaller>;
export type AdminScope = Scope<AdminCaller>;
export type ServiceScope = Scope<ServiceCaller>;

interface Isolate {
  services: Services;
  /** Handles that count their round trips in the trace. */
  connect(trace: Trace): Handles;
}

const built = new WeakMap<Env, Isolate>();

/** What an environment is made into at its first use. Throws `ConfigurationError`. */
function isolateOf(env: Env): Isolate {
  let isolate = built.get(env);
  if (!isolate) {
    isolate = buildIsolate(env);
    built.set(env, isolate);
  }
  return isolate;
}

/** The scope of a request or a job that nobody but the service asks for. Throws `ConfigurationError`. */
export function serviceScope(env: Env, waitUntil: WaitUntil, trace = createTrace()): ServiceScope {
  const { services, connect } = isolateOf(env);
  return { ...services, ...connect(trace), caller: SERVICE, waitUntil };
}

function buildIsolate(env: Env): Isolate {
  const config = parseEnvironment(env);
  const keyring = createKeyring(config.CREDENTIAL_ENCRYPTION_KEYS);
  const authentications = createAuthenticationMemory();
  const connectDatabase = createDatabase({
    url: config.DATABASE_URL,
    fetchEndpoint: config.DATABASE_FETCH_ENDPOINT,
    isByText: config.DATABASE_STATEMENTS === "texts",
    findText: createTextFinder(env.ASSETS),
    onMissingFunction: (sqlstate) => log("warn", "statement_functions_missing", { sqlstate }),
  });
  const connect = (trace: Trace): Handles => ({
    db: connectDatabase({
      listen: (send) => counted(trace.db, send),
      noteCaller: (apiKeySha256, { caller_project_id: projectId, caller_api_key_id: apiKeyId }) => {
        trace.caller = { projectId, apiKeyId };
        rememberProject(authentications, apiKeySha256, projectId);
      },
    }),
    zoom: new Zoom({
      oauthBaseUrl: config.ZOOM_OAUTH_BASE_URL,
      apiBaseUrl: config.ZOOM_API_BASE_URL,
      fetch: counted(trace.zoom, async (url: string, init: RequestInit) => await fetch(url, init)),
    }),
  });
  const services: Services = {
    keyring,
    journal: config.TOKEN_JOURNAL ? createJournal(config.TOKEN_JOURNAL, keyring) : null,
    journaled: [],
    jobs: {
      tokens: config.JOBS,
      events: config.EVENT_JOBS ?? config.JOBS,
      due: config.DUE_JOBS ?? config.JOBS,
    },
    limits: {
      writes: limiter(config.WRITE_RATE_LIMIT),
      failedAuthentications: limiter(config.FAILED_AUTHENTICATION_RATE_LIMIT),
      zoomEvents: limiter(config.ZOOM_EVENT_RATE_LIMIT),
      tokens: limiter(config.TOKEN_RATE_LIMIT),
    },
    authentications,
    databaseClock: new DatabaseClock(),
    readiness: new SharedResult(READINESS_MS, DATABASE_TIMEOUT_MS),
    refreshes: new Map(),
    followers: new Map(),
    firstSyncs: { ids: [], sentBefore: 0 },
    webhookSecrets: new Map(),
    waitingDeliveries: new Map(),
    linkSecrets: new Map(),
    isLocalStack:
      config.DATABASE_FETCH_ENDPOINT !== undefined &&
      LOOPBACK_HOST.test(new URL(config.DATABASE_FETCH_ENDPOINT).host),
    isInsecureWebhookUrlAllowed: config.ALLOW_INSECURE_WEBHOOK_URLS === "true",
    publicBaseUrl: config.PUBLIC_BASE_URL,
    adminApiKey: config.ADMIN_API_KEY,
  };
  return { services, connect };
}

/** Without a binding there is no limit. */
function limiter(binding: RateLimit | undefined): (key: string) => Promise<boolean> {
  return async (key) => binding === undefined || (await binding.limit({ key })).success;
}
