// What `scale.ts` measures: the statements that the API, the queue and the cron run send, with parameters from the data.

import { randomInt, randomUUID } from "node:crypto";
import * as z from "zod";
import { disableApiKey, insertApiKey, listApiKeys } from "../src/db/api-keys.ts";
import { findProjectId } from "../src/db/authenticated.ts";
import {
  claimAuthorizationCode,
  deleteOldAuthorizationCodes,
  refuseAuthorizationCode,
  releaseAuthorizationCode,
} from "../src/db/authorization-codes.ts";
import type { Database } from "../src/db/client.ts";
import { beginConnectAttempt, findConnectLink, listConnectSessions } from "../src/db/connect-sessions.ts";
import { foldConnectionCounts } from "../src/db/connection-counts.ts";
import {
  deleteExpiredEvents,
  listConnectionEvents,
  recordIssuedTokens,
} from "../src/db/connection-events.ts";
import { foldDailyCounts, readDailyCounts } from "../src/db/daily-counts.ts";
import { renewGrant, storeGrant } from "../src/db/grants.ts";
import { listMeetings, noteRecordingRefusal } from "../src/db/meetings.ts";
import { readMetrics } from "../src/db/metrics.ts";
import { readOverview } from "../src/db/overview.ts";
import { insertProject, listProjects } from "../src/db/projects.ts";
import { disconnectVersion, releaseLease, storeTokenSet, useOrLease } from "../src/db/refreshes.ts";
import { type DueWork, markDue, takeDue } from "../src/db/schedules.ts";
import { countByMasterKey, findSealedWith, replaceSealed, SEALED_COLUMNS } from "../src/db/sealed.ts";
import { finishSync, leaseSync, releaseSync, storeMeetings } from "../src/db/syncs.ts";
import { useTokenLink } from "../src/db/token-link-uses.ts";
import { findTokenSources } from "../src/db/token-sources.ts";
import {
  claimDelivery,
  deferPausedDeliveries,
  deleteOldDeliveries,
  insertDelivery,
  listDeliveries,
  recordAttempt,
  restartDelivery,
  takeOverdueDeliveries,
} from "../src/db/webhook-deliveries.ts";
import { findWebhookSecret, putFirstWebhookSecret, replaceWebhookSecret } from "../src/db/webhook-secrets.ts";
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  listWebhooks,
  updateWebhook,
} from "../src/db/webhooks.ts";
import {
  changePersonalMeeting,
  deleteOldZoomEvents,
  endGrant,
  findWebhookApp,
  mapHostedMeetings,
  noteWebhook,
  unmapMeeting,
} from "../src/db/zoom-events.ts";
import {
  deleteZoomOAuthApp,
  findAppCredentials,
  findZoomOAuthApp,
  insertZoomOAuthApp,
  listZoomOAuthApps,
  markAppCredentialsInvalid,
  takeMarkedApps,
  unmarkApp,
  updateZoomOAuthApp,
} from "../src/db/zoom-oauth-apps.ts";
import {
  type ConnectionFilters,
  deleteConnection,
  findConnection,
  listConnections,
  updateConnection,
} from "../src/db/zoom-oauth-connections.ts";
import { forEachCapability } from "../src/model/capabilities.ts";
import { chosenFields } from "../src/model/connection.ts";
import { DEFAULT_KEY_SCOPES } from "../src/model/key-scopes.ts";
import type { PageRequest } from "../src/model/page.ts";
import { ZOOM_TIMEOUT_MS } from "../src/zoom/call.ts";
import { MAX_DUE_MS } from "./bars.ts";
import {
  ACCESS_TOKEN_HOURS,
  APPS,
  apiKeyId,
  apiKeySha256,
  appId,
  CODE_EVERY,
  COUNT_CHANGES,
  codeSha256,
  DISCONNECTED_EVERY,
  DUE,
  EVENTFUL_EVERY,
  IDLE_APP,
  isConnected,
  LARGE_PROJECT,
  linkSecretSha256,
  MARKED_APPS,
  meetingId,
  OLD_KEY,
  OLD_KEY_CONNECTIONS,
  OLD_KEY_ROWS,
  OUTDATED,
  OVERDUE_DELIVERIES,
  outdatedCodeSha256,
  overdueDeliveryId,
  projectId,
  REDIRECT_URI_SHA256,
  SEALED,
  sessionSecretSha256,
  TOKEN_LINKS,
  WEBHOOKS,
  webhookId,
} from "./scale-data.ts";

/** How long one cron run may take to pick what is due, in milliseconds. */
/** Of queries that take hundreds of rows. */
const FEW_RUNS = 40;
const MEETINGS_PER_PAGE = 300;
const ASKING = { keyScope: "connections:write", origin: null } as const;
const NOBODY = { acting: null, origin: null };
const ADMIN = { actor: "admin", origin: null };
const PROJECT = {
  ...ASKING,
  apiKeySha256: apiKeySha256(LARGE_PROJECT),
  acting: `sha256 ${apiKeySha256(LARGE_PROJECT)}`,
} as const;
const FIRST_PAGE: PageRequest = { size: 25, direction: "older", from: null };

/** The connection that a query's parameters come from. */
export interface Sample {
  number: number;
  id: string;
  user_id: string;
  account_id: string;
  created_at: string;
}

type Run<T> = (db: Database, sample: Sample) => Promise<T>;

export interface Query {
  name: string;
  /**
   * Runs the statement, and says how many rows it found: a page that is empty would prove nothing. Undefined: as many as
   * Postgres says that the statement touched.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: most of src/db that writes returns nothing.
  run: Run<number | void>;
  /** The same number at every size. */
  rows: number;
  /** Which connections the parameters come from. Default: any. */
  sample?: (size: number) => number;
  /** Writes: rolled back after each run. */
  isWrite?: boolean;
  /** What has to be so before a write, in its transaction; not measured. */
  prepare?: Run<unknown>;
  /** How often it is measured, where it is not as often as most. */
  runs?: number;
  /** A bar of its own at the largest size, in milliseconds. */
  maxMs?: number;
}

/** A query that finds one thing, or does not. */
const one = (name: string, run: Run<boolean>, more: Partial<Query> = {}): Query => ({
  name,
  rows: 1,
  run: async (db, sample) => ((await run(db, sample)) ? 1 : 0),
  ...more,
});

/** A write that says whether it took place. */
const write = (name: string, run: Run<boolean>, more: Partial<Query> = {}): Query =>
  one(name, run, { isWrite: true, ...more });

/** A write of the queue or the cron run that says how much it did, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: as above.
const work = (name: string, rows: number, run: Run<number | void>, more: Partial<Query> = {}): Query => ({
  name,
  rows,
  run,
  isWrite: true,
  ...more,
});

const appOf = ({ number }: Sample) => appId(LARGE_PROJECT, number % APPS);
const now = () => new Date().toISOString();

const page = (
  name: string,
  filters: (sample: Sample) => ConnectionFilters,
  { rows = 26, size = 25 } = {},
): Query => ({
  name,
  rows,
  run: async (db, sample) =>
    (await listConnections(db, PROJECT, filters(sample), { ...FIRST_PAGE, size })).length,
});

const middlePage = (name: string, size: number, direction: PageRequest["direction"]): Query => ({
  name,
  rows: size + 1,
  sample: (connections) => Math.floor(connections * 0.4) + randomInt(connections * 0.2),
  run: async (db, { created_at, id }) => {
    const from = { createdAt: created_at, id };
    return (await listConnections(db, PROJECT, {}, { size, direction, from })).length;
  },
});

const claim = (name: string, code: (sample: Sample) => string, kind: "claimed" | "connected"): Query => ({
  name,
  rows: 1,
  isWrite: true,
  sample: (connections) => CODE_EVERY * randomInt(connections / CODE_EVERY),
  run: async (db, sample) => {
    const outcome = await claimAuthorizationCode(db, {
      ...PROJECT,
      zoomOAuthAppId: appOf(sample),
      codeSha256: code(sample),
      redirectUriSha256: REDIRECT_URI_SHA256,
      claimant: randomUUID(),
      leaseMs: 90_000,
    });
    return outcome.kind === kind ? 1 : 0;
  },
});

const connectedSample = (connections: number): number => {
  const number = randomInt(connections);
  return isConnected(number) ? number : connectedSample(connections);
};

const lease = (name: string, minTtlMs: number, kind: "usable" | "leased"): Query => ({
  name,
  rows: 1,
  isWrite: true,
  sample: connectedSample,
  run: async (db, { id }) => {
    const outcome = await useOrLease(db, {
      caller: { kind: "project", ...PROJECT },
      id,
      minTtlMs,
      refusedVersion: null,
      waitedVersion: null,
      capability: null,
      owner: randomUUID(),
      leaseMs: 150_000,
      issued: { eventId: randomUUID(), token: "access_token", issuedTo: null },
    });
    return outcome.kind === kind ? 1 : 0;
  },
});

/** All that one cron run takes: fewer than its batch, so that one statement will do. */
const due = (name: string, kind: DueWork): Query =>
  work(name, DUE, async (db) => (await takeDue(db, kind)).ids.length, { runs: FEW_RUNS, maxMs: MAX_DUE_MS });

const disconnectedSample = (connections: number): number =>
  DISCONNECTED_EVERY * (1 + randomInt(connections / DISCONNECTED_EVERY)) - 1;

/** What a caller decides: all capabilities, and else nothing. */
const CHOSEN = { ...z.object(chosenFields).parse({}), ...forEachCapability(() => true) };

/** A grant of the sample's user, or of a new one. */
const grant = (sample: Sample, userId: string) => ({
  codeSha256: codeSha256(randomUUID()),
  redirectUriSha256: REDIRECT_URI_SHA256,
  zoomOAuthAppId: appOf(sample),
  projectId: projectId(LARGE_PROJECT),
  authorizedAt: now(),
  ...NOBODY,
  isImport: false,
  failure: null,
  newConnectionId: randomUUID(),
  eventId: randomUUID(),
  userId,
  accountId: sample.account_id,
  chosen: { ...CHOSEN, metadata: { tenant_id: `tenant-${sample.number}`, plan: "pro" } },
  credentials: SEALED,
  accessTokenExpiresAt: now(),
});

const zoomEvent = (sample: Sample) => ({
  zoomOAuthAppId: appOf(sample),
  eventKey: randomUUID(),
  accountId: sample.account_id,
});
const newMeetings = (count: number) => Array.from({ length: count }, () => String(randomInt(1e9, 7e10)));
const webhook = (number: number) => ({ ...PROJECT, id: webhookId(number) });
const idleApp = {
  ...ASKING,
  apiKeySha256: apiKeySha256(IDLE_APP.project),
  id: appId(IDLE_APP.project, IDLE_APP.app),
};

const CONNECTIONS: Query[] = [
  one(
    "one connection, by id",
    async (db, { id }) => typeof (await findConnection(db, { ...PROJECT, id })) === "object",
  ),
  page("first page (25)", () => ({})),
  middlePage("page from the middle (25)", 25, "older"),
  middlePage("page before the middle (25)", 25, "newer"),
  middlePage("page from the middle (100)", 100, "older"),
  page("state=disconnected", () => ({ state: "disconnected" }), { rows: 20, size: 19 }),
  page("state=connected", () => ({ state: "connected" })),
  page("user_id", ({ user_id }) => ({ user_id }), { rows: 1 }),
  page("account_id", ({ account_id }) => ({ account_id }), { rows: 10 }),
  page("zoom_oauth_app_id", ({ number }) => ({ zoom_oauth_app_id: appId(LARGE_PROJECT, number % APPS) })),
  page("metadata, a unique key", ({ number }) => ({ metadata: { tenant_id: `tenant-${number}` } }), {
    rows: 1,
  }),
  page("metadata, a shared key", () => ({ metadata: { plan: "pro" } })),
  page(
    "metadata, both keys",
    ({ number }) => ({ metadata: { tenant_id: `tenant-${number}`, plan: "pro" } }),
    { rows: 1 },
  ),
  page("metadata, no match", () => ({ metadata: { tenant_id: randomUUID() } }), { rows: 0 }),
  {
    name: "events of a connection",
    rows: 26,
    sample: (connections) => EVENTFUL_EVERY * randomInt(connections / EVENTFUL_EVERY),
    run: async (db, { id }) => (await listConnectionEvents(db, { ...PROJECT, id }, FIRST_PAGE)).length,
  },
  write("change of a connection", async (db, { id, created_at }) => {
    const changes = { ...CHOSEN, metadata: { tenant_id: id, plan: "free" } };
    const key = { ...PROJECT, id };
    const updated = await updateConnection(
      db,
      { ...key, updatedAt: created_at, isToConnect: false, eventId: randomUUID() },
      changes,
    );
    return updated !== null;
  }),
  write("removal of a connection", async (db, { id }) => {
    const removal = { ...PROJECT, id, eventId: randomUUID(), isToRevoke: true };
    return typeof (await deleteConnection(db, removal)) === "object";
  }),
  one("connections of a meeting and of a user", async (db, { number, user_id }) => {
    const bounds = { zoomOAuthAppId: null, zoomOAuthConnectionId: null, accountId: null, metadata: null };
    const query = { meetingId: meetingId(number), userIds: [user_id], ...bounds };
    const found = await findTokenSources(db, PROJECT, query);
    return found !== "no_app" && found.host !== null && found.users[0]?.source !== null;
  }),
  one("a meeting of the map, by its id", async (db, { number }) => {
    const which = { meetingId: meetingId(number), connectionId: null };
    return (await listMeetings(db, PROJECT, which, FIRST_PAGE)).length === 1;
  }),
  one("the map of a connection, first page", async (db, { id }) => {
    const which = { meetingId: null, connectionId: id };
    return (await listMeetings(db, PROJECT, which, FIRST_PAGE)).length > 1;
  }),
  write("note that Zoom refused to record a meeting", async (db, { id, number }) => {
    const meeting = { connectionId: id, meetingId: meetingId(number) };
    await noteRecordingRefusal(db, { ...meeting, refusal: "recording_off" });
    return true;
  }),
];

const CREATES: Query[] = [
  claim("claim of a new code", () => randomUUID(), "claimed"),
  claim("claim of a used code", ({ id }) => codeSha256(id), "connected"),
  write(
    "store of a grant, a new user",
    async (db, sample) => (await storeGrant(db, grant(sample, randomUUID())))?.outcome === "created",
  ),
  write(
    "store of a grant, a reconnect",
    async (db, sample) => (await storeGrant(db, grant(sample, sample.user_id)))?.outcome === "reconnected",
    { sample: disconnectedSample },
  ),
  work(
    "a refused grant's tokens",
    1,
    async (db, sample) => {
      await renewGrant(db, {
        ...grant(sample, sample.user_id),
        isForKept: true,
        longestExchangeMs: ZOOM_TIMEOUT_MS,
      });
    },
    { sample: connectedSample },
  ),
  work(
    "release of a claim",
    1,
    async (db, { number }) =>
      await releaseAuthorizationCode(db, { codeSha256: outdatedCodeSha256(number % OUTDATED), claimant: "" }),
  ),
  // Postgres counts the session that the code came to, and this one came to none.
  work("refusal of a code", 0, async (db, { number }) => {
    const code = {
      zoomOAuthAppId: appId(LARGE_PROJECT, 0),
      codeSha256: outdatedCodeSha256(number % OUTDATED),
    };
    await refuseAuthorizationCode(db, code, { code: "missing_scopes", message: "" });
  }),
];

const TOKENS: Query[] = [
  lease("use of an access token", 300_000, "usable"),
  lease("lease of a refresh", 2 * ACCESS_TOKEN_HOURS * 3_600_000, "leased"),
  write("store of a token set", async (db, { id }) => {
    const set = {
      id,
      version: 1,
      authorizedAt: null,
      leasedAt: null,
      acting: null,
      credentials: SEALED,
      accessTokenExpiresAt: now(),
      issued: null,
    };
    return (await storeTokenSet(db, { ...set, eventId: randomUUID() })) !== null;
  }),
  write(
    "end by a refused token set",
    async (db, { id }) => {
      const end = { id, version: 1, eventId: randomUUID(), error: "", code: "grant_revoked" } as const;
      return (await disconnectVersion(db, end)) !== null;
    },
    { sample: connectedSample },
  ),
  work(
    "release of a lease",
    1,
    async (db, { id }) =>
      await releaseLease(db, {
        id,
        owner: id,
        isUnanswered: true,
        backOffMs: 1_000,
        failure: "zoom_unavailable",
      }),
    {
      sample: connectedSample,
      prepare: async (db, { id }) =>
        await useOrLease(db, {
          caller: { kind: "project", ...PROJECT },
          id,
          minTtlMs: 2 * ACCESS_TOKEN_HOURS * 3_600_000,
          refusedVersion: null,
          waitedVersion: null,
          capability: null,
          owner: id,
          leaseMs: 150_000,
          issued: null,
        }),
    },
  ),
  work(
    "note that a token was handed out",
    1,
    async (db, { id }) =>
      await recordIssuedTokens(db, [
        { eventId: randomUUID(), connectionId: id, token: "zak_token", issuedTo: null },
      ]),
  ),
];

/** A call of a link that gets a local recording token. */
const linkCall = (name: string, form: number): Query =>
  write(
    `call of a token link, ${name}`,
    async (db, { number }) => {
      const use = await useTokenLink(db, {
        secretSha256: linkSecretSha256(3 * (number % (TOKEN_LINKS / 3)) + form),
        verifiedSecret: null,
        meetingId: meetingId(number),
        named: {},
        eventIds: [randomUUID()],
      });
      return use?.sources.length === 1;
    },
    { sample: connectedSample },
  );

const openSession = (connections: number) => CODE_EVERY * randomInt(connections / CODE_EVERY);

const LINKS_AND_SESSIONS: Query[] = [
  linkCall("by user", 0),
  linkCall("by metadata", 1),
  linkCall("by the meeting's host", 2),
  one(
    "a link of the hosted pages",
    async (db, { id }) => (await findConnectLink(db, sessionSecretSha256(id, true))) !== null,
    {
      sample: openSession,
    },
  ),
  write(
    "the button of the hosted pages",
    async (db, { id }) => {
      const hashes = { stateSha256: codeSha256(randomUUID()), browserSha256: codeSha256(randomUUID()) };
      return (
        (await beginConnectAttempt(db, { secretSha256: sessionSecretSha256(id, true), ...hashes }))
          ?.isBegun === true
      );
    },
    { sample: openSession },
  ),
  {
    name: "connect sessions, first page",
    rows: 26,
    run: async (db) => (await listConnectSessions(db, PROJECT, FIRST_PAGE)).length,
  },
];

const isSyncing: Partial<Query> = {
  sample: connectedSample,
  prepare: async (db, { id }) => await leaseSync(db, { connectionId: id, owner: id }),
};

const SYNCS: Query[] = [
  write(
    "lease of a sync",
    async (db, { id }) => (await leaseSync(db, { connectionId: id, owner: randomUUID() })).kind === "leased",
    { sample: connectedSample },
  ),
  work(
    "meetings of a page, 300 of them",
    MEETINGS_PER_PAGE,
    async (db, { id }) => await storeMeetings(db, id, newMeetings(MEETINGS_PER_PAGE)),
    { sample: connectedSample, runs: FEW_RUNS },
  ),
  work(
    "end of a sync",
    1,
    async (db, { id, number }) => {
      const key = { connectionId: id, owner: id, eventId: randomUUID(), isWhole: true };
      await finishSync(db, key, [meetingId(number), ...newMeetings(9)]);
    },
    isSyncing,
  ),
  work(
    "release of a sync, the app waits",
    1,
    async (db, { id }) => await releaseSync(db, { connectionId: id, owner: id, appWaitSeconds: 60 }),
    isSyncing,
  ),
  work("a sync is asked for", 1, async (db, { id }) => await markDue(db, "sync", id, 0), {
    sample: connectedSample,
  }),
];

const ZOOM_EVENTS: Query[] = [
  one("an app's webhook secret", async (db, sample) => (await findWebhookApp(db, appOf(sample))) !== null),
  work("note of an arrival", 1, async (db, sample) => await noteWebhook(db, appOf(sample), true)),
  write(
    "an event that ends a grant",
    async (db, sample) => {
      const end = { userId: sample.user_id, occurredAt: now(), eventId: randomUUID() };
      const how = { eventType: "disconnected", code: "user_deleted", isErased: true } as const;
      return (await endGrant(db, zoomEvent(sample), { ...end, ...how })).kind === "ended";
    },
    { sample: connectedSample },
  ),
  work(
    "an event with a new meeting",
    1,
    async (db, sample) =>
      await mapHostedMeetings(db, zoomEvent(sample), {
        hostId: sample.user_id,
        operatorId: randomUUID(),
        meetingIds: newMeetings(1),
      }),
    { sample: connectedSample },
  ),
  work(
    "an event that ends a meeting",
    1,
    async (db, sample) => await unmapMeeting(db, zoomEvent(sample), meetingId(sample.number)),
  ),
  work(
    "an event with a personal meeting",
    1,
    async (db, sample) =>
      await changePersonalMeeting(db, zoomEvent(sample), {
        userId: sample.user_id,
        meetingId: newMeetings(1)[0] as string,
        oldMeetingId: meetingId(sample.number),
      }),
    { sample: connectedSample },
  ),
];

const APP_QUERIES: Query[] = [
  one("one app, with its counts", async (db, sample) => {
    return typeof (await findZoomOAuthApp(db, { ...PROJECT, id: appOf(sample) })) === "object";
  }),
  {
    name: "apps, with their counts",
    rows: APPS,
    run: async (db) => (await listZoomOAuthApps(db, PROJECT, FIRST_PAGE)).length,
  },
  one("an app's credentials", async (db, sample) => (await findAppCredentials(db, appOf(sample))) !== null),
  write("new app", async (db) => {
    const row = await insertZoomOAuthApp(db, PROJECT, {
      client_secret: SEALED,
      webhook_secret: null,
      id: randomUUID(),
      client_id: randomUUID(),
      name: null,
      allowed_return_origins: null,
    });
    return row !== null;
  }),
  write("change of an app", async (db, sample) => {
    return (await updateZoomOAuthApp(db, { ...PROJECT, id: appOf(sample) }, { name: "New" })) !== null;
  }),
  write("removal of an app, refused", async (db, sample) => {
    return (await deleteZoomOAuthApp(db, { ...PROJECT, id: appOf(sample) })) === "has_connections";
  }),
  write("removal of an app", async (db) => (await deleteZoomOAuthApp(db, idleApp)) === "deleted"),
  write("mark on an app", async (db, sample) => {
    return (
      (await markAppCredentialsInvalid(db, {
        id: appOf(sample),
        clientSecret: SEALED,
        refusal: "credentials",
      })) !== null
    );
  }),
  work(
    "a mark taken off",
    1,
    async (db, sample) => await unmarkApp(db, { id: appOf(sample), clientId: "", clientSecret: SEALED }),
  ),
];

const deliveries = (name: string, size: number): Query => ({
  name,
  rows: size + 1,
  run: async (db) => {
    return (await listDeliveries(db, webhook(0), { ...FIRST_PAGE, size })).length;
  },
});
const overdueDelivery = (number: number) => overdueDeliveryId(number % OVERDUE_DELIVERIES);

const WEBHOOK_QUERIES: Query[] = [
  {
    name: "webhooks of a project",
    rows: WEBHOOKS,
    run: async (db) => (await listWebhooks(db, PROJECT, FIRST_PAGE)).length,
  },
  one("one webhook", async (db) => typeof (await findWebhook(db, webhook(0))) === "object"),
  deliveries("deliveries of a webhook (25)", 25),
  deliveries("deliveries of a webhook (100)", 100),
  write("new webhook", async (db) => {
    const key = { ...PROJECT, id: randomUUID() };
    const triggers = ["zoom_oauth_connection.state_change"] as const;
    const fields = { url: "https://example.com/", triggers, isActive: true };
    return typeof (await insertWebhook(db, key, fields, 100)) === "object";
  }),
  write(
    "change of a webhook",
    async (db) => typeof (await updateWebhook(db, webhook(0), { isActive: true })) === "object",
  ),
  work("removal of a webhook with ten deliveries", 1, async (db) => {
    await deleteWebhook(db, webhook(WEBHOOKS - 1));
    return 1;
  }),
  write("new delivery, for a test", async (db) => {
    const delivery = { deliveryId: randomUUID(), trigger: "test", payload: {} };
    return typeof (await insertDelivery(db, { ...webhook(0), ...delivery })) === "object";
  }),
  write("a delivery made due again", async (db, { number }) => {
    const key = { ...webhook(0), deliveryId: overdueDelivery(number) };
    return typeof (await restartDelivery(db, key)) === "object";
  }),
  write(
    "claim of a delivery",
    async (db, { number }) => (await claimDelivery(db, overdueDelivery(number), [])) !== null,
  ),
  write("note of an attempt", async (db, { number }) => {
    const answer = { status_code: 500, duration_ms: 90, response_body: "", error: null };
    const outcome = { isGone: true, state: "failed", retryAfterSeconds: null, attemptCount: 1 } as const;
    const key = { id: overdueDelivery(number), webhookId: webhookId(0) };
    return await recordAttempt(db, { ...key, ...outcome, attempt: { attempted_at: now(), ...answer } }, 5);
  }),
  one("a project's webhook secret", async (db) => (await findWebhookSecret(db, PROJECT)) !== null),
  write("first webhook secret", async (db) => {
    return (
      (await putFirstWebhookSecret(db, {
        ...NOBODY,
        projectId: projectId(LARGE_PROJECT),
        secret: SEALED,
      })) === SEALED
    );
  }),
  write(
    "replacement of a webhook secret",
    async (db) => {
      const secrets = { old: SEALED, secret: "new", previous: SEALED, overlapHours: 24 };
      return (
        (await replaceWebhookSecret(db, { ...NOBODY, projectId: projectId(LARGE_PROJECT), ...secrets })) !==
        null
      );
    },
    {
      prepare: async (db) =>
        await putFirstWebhookSecret(db, { ...NOBODY, projectId: projectId(LARGE_PROJECT), secret: SEALED }),
    },
  ),
];

const apiKey = { id: apiKeyId(LARGE_PROJECT), projectId: projectId(LARGE_PROJECT) };

const ADMINISTRATION: Query[] = [
  one("statistics of 30 days", async (db) => (await readDailyCounts(db, PROJECT)).counts.length > 0),
  one("overview of the console", async (db) => (await readOverview(db, PROJECT)).apps !== null),
  one("whose key it is", async (db) => (await findProjectId(db, PROJECT)) !== null),
  { name: "projects (25)", rows: 26, run: async (db) => (await listProjects(db, FIRST_PAGE)).length },
  {
    name: "keys of a project",
    rows: 1,
    run: async (db) => (await listApiKeys(db, projectId(LARGE_PROJECT), FIRST_PAGE)).length,
  },
  write(
    "new project",
    async (db) => (await insertProject(db, ADMIN, { id: randomUUID(), name: "" })).name === "",
  ),
  write("new key", async (db) => {
    const key = {
      id: randomUUID(),
      name: null,
      keySha256: codeSha256(randomUUID()),
      scopes: DEFAULT_KEY_SCOPES,
      expiresAt: null,
    };
    return (await insertApiKey(db, ADMIN, { ...key, projectId: projectId(LARGE_PROJECT) })) !== null;
  }),
  write(
    "end of a key",
    async (db) => (await disableApiKey(db, ADMIN, { ...apiKey, isToEnd: true })) !== null,
  ),
  {
    name: "texts held by each master key",
    rows: 2,
    run: async (db) => (await countByMasterKey(db)).size,
  },
];

const MONITORING: Query[] = [
  one("metrics", async (db) => (await readMetrics(db)).connection_counts.connected > 0),
];

const CLOCK: Query[] = [
  due("due refreshes, a run of 500", "refresh"),
  due("due syncs, a run of 500", "sync"),
  work(
    "overdue deliveries, a run of 100",
    OVERDUE_DELIVERIES,
    async (db) => {
      const bounds = { graceSeconds: 15, againSeconds: 60, limit: OVERDUE_DELIVERIES };
      return (await takeOverdueDeliveries(db, bounds)).length;
    },
    { runs: FEW_RUNS },
  ),
  work("overdue deliveries of paused ones", 0, async (db) => await deferPausedDeliveries(db, 1_000)),
  work("marked apps", MARKED_APPS, async (db) => (await takeMarkedApps(db, 10, 20)).length),
  work("fold of 500 counts of the day", COUNT_CHANGES, foldDailyCounts, { runs: FEW_RUNS }),
  work("fold of 500 changed counts", COUNT_CHANGES, foldConnectionCounts, { runs: FEW_RUNS }),
  work("500 old codes", OUTDATED, async (db) => await deleteOldAuthorizationCodes(db), {
    runs: FEW_RUNS,
  }),
  work("500 expired events", OUTDATED, deleteExpiredEvents, { runs: FEW_RUNS }),
  work("500 old Zoom events", OUTDATED, async (db) => await deleteOldZoomEvents(db), {
    runs: FEW_RUNS,
  }),
  work("500 old deliveries", OUTDATED, async (db) => await deleteOldDeliveries(db), { runs: FEW_RUNS }),
  ...SEALED_COLUMNS.map((column): Query => {
    const limit = OLD_KEY_CONNECTIONS;
    return {
      name: `old key, ${column.replace("zoom_oauth_", "")}`,
      rows: column === "zoom_oauth_connections.credentials" ? OLD_KEY_CONNECTIONS : OLD_KEY_ROWS,
      run: async (db) => (await findSealedWith(db, column, [OLD_KEY], limit)).length,
      runs: FEW_RUNS,
    };
  }),
  work(
    "re-encryption, a batch of 200",
    OLD_KEY_CONNECTIONS,
    async (db) => {
      const column = SEALED_COLUMNS[0] as (typeof SEALED_COLUMNS)[number];
      const texts = await findSealedWith(db, column, [OLD_KEY], OLD_KEY_CONNECTIONS);
      const resealed = texts.map(({ id, sealed }) => ({ id, old: sealed, new: `v1.new.${sealed}` }));
      return await replaceSealed(db, column, resealed);
    },
    { runs: FEW_RUNS },
  ),
];

export const QUERIES: Query[] = [
  ...CONNECTIONS,
  ...CREATES,
  ...TOKENS,
  ...LINKS_AND_SESSIONS,
  ...SYNCS,
  ...ZOOM_EVENTS,
  ...APP_QUERIES,
  ...WEBHOOK_QUERIES,
  ...ADMINISTRATION,
  ...MONITORING,
  ...CLOCK,
];
