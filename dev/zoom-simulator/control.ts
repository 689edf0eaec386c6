// /_simulator/: the controls for developers and tests. Inputs are strict, so that a typing error is an error.

import * as z from "zod";
import { type Faults, faultInput } from "./faults.ts";
import { type Answer, type Request, readJson } from "./http.ts";
import { type Grant, grantKey, type State, sha256 } from "./state.ts";
import { sendWebhook } from "./webhooks.ts";

export interface RecordedRequest {
  /** ISO 8601. */
  at: string;
  /** `performance.now()` on arrival. */
  t: number;
  operation: string;
  method: string;
  path: string;
  client_id: string | null;
  user_id: string | null;
  status: number | null;
  outcome: "pending" | "ok" | "refused" | "fault";
}

export interface Controls {
  state: State;
  faults: Faults;
  requests: RecordedRequest[];
  delayMs: number;
}

type Handler = (controls: Controls, request: Request) => Answer | Promise<Answer>;

const text = z.string().min(1);
const codeInput = z.strictObject({
  client_id: text,
  redirect_uri: text,
  user_id: text.optional(),
  scopes: z.array(text).optional(),
  code_challenge: text.optional(),
  code_challenge_method: z.enum(["S256", "plain"]).default("plain"),
});
const clientInput = z.strictObject({
  client_id: text,
  client_secret: text,
  webhook_secret: text.nullable().optional(),
  webhook_url: z.url().nullable().optional(),
  name: text.optional(),
  scopes: z.array(text).optional(),
  redirect_uris: z.array(text).nullable().optional(),
});
const userInput = z.strictObject({
  id: text.optional(),
  account_id: text.optional(),
  email: text.optional(),
  first_name: text.optional(),
  last_name: text.optional(),
  display_name: text.optional(),
  status: z.enum(["active", "inactive", "pending"]).optional(),
  type: z.int().optional(),
  pmi: z.int().optional(),
  vanity_url: text.optional(),
  local_recording: z.boolean().optional(),
  inactive_as: z.enum(["status", "unauthorized"]).optional(),
});
const meetingInput = z.strictObject({
  user_id: text,
  id: z.int().optional(),
  topic: text.optional(),
  type: z.int().optional(),
  pmi: text.nullable().optional(),
  webinar: z.boolean().optional(),
  /** Makes that many, and answers their ids. */
  count: z.int().min(1).max(100_000).optional(),
});
const webhookInput = z.strictObject({
  url: z.url(),
  client_id: text.optional(),
  secret: text.optional(),
  event: text,
  payload: z.record(z.string(), z.unknown()),
  event_ts: z.int().optional(),
  timestamp: z.int().optional(),
  request_id: text.optional(),
  signature: z.string().optional(),
});
const whose = z.strictObject({ user_id: text.optional(), client_id: text.optional() });
const settingsInput = z.strictObject({
  rotation: z.enum(["rotate", "keep"]).optional(),
  old_access_token_after_refresh: z.enum(["valid", "dead"]).optional(),
  second_authorization: z.enum(["kills", "keeps"]).optional(),
  bad_client_status: z.int().optional(),
  bad_code: z.enum(["invalid_grant", "invalid_request"]).optional(),
  missing_scope_status: z.int().optional(),
  api_url: z.string().nullable().optional(),
  overlap: z.enum(["invalid_token", "save_access_token"]).optional(),
  delay_ms: z.number().min(0).optional(),
});

/** What an undefined member leaves alone. */
const defined = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
const created = (body: unknown): Answer => ({ status: 201, body });
const ok = (body: unknown = { status: "ok" }): Answer => ({ status: 200, body });
const wrong = (error: string): Answer => ({ status: 400, body: { error } });

const HANDLERS: Record<string, Handler> = {
  "POST authorization_codes": ({ state }, request) => {
    const input = codeInput.parse(readJson(request));
    const client = state.clients.get(input.client_id);
    if (!client) return wrong(`client_id: no client ${input.client_id}`);
    const user = input.user_id === undefined ? [...state.users.values()][0] : state.users.get(input.user_id);
    if (!user) return wrong(`user_id: no user ${input.user_id}`);
    const { code_challenge = null, scopes = client.scopes } = input;
    return created({ code: state.issueCode({ ...input, user_id: user.id, scopes, code_challenge }) });
  },
  "POST clients": ({ state }, request) => {
    const input = clientInput.parse(readJson(request));
    const { client_id, client_secret } = input;
    return created(state.putClient({ ...defined(input), client_id, client_secret }));
  },
  "POST users": ({ state }, request) => created(state.putUser(defined(userInput.parse(readJson(request))))),
  "POST meetings": ({ state }, request) => {
    const { count, ...input } = meetingInput.parse(readJson(request));
    if (!state.users.has(input.user_id)) return wrong(`user_id: no user ${input.user_id}`);
    const meeting = { ...defined(input), user_id: input.user_id };
    if (count === undefined) return created(state.putMeeting(meeting));
    return created({ meetings: Array.from({ length: count }, () => state.putMeeting(meeting).id) });
  },
  "POST webhooks": async ({ state }, request) => {
    const input = webhookInput.parse(readJson(request));
    const client =
      input.client_id === undefined ? [...state.clients.values()][0] : state.clients.get(input.client_id);
    const secret = input.secret ?? client?.webhook_secret;
    if (!secret) return wrong("secret: give one, or the client_id of a client with a webhook_secret");
    const { event, payload, event_ts = Date.now(), timestamp = Math.floor(Date.now() / 1000) } = input;
    const body = JSON.stringify({ event, event_ts, payload });
    const { url, request_id: requestId, signature } = input;
    return ok(await sendWebhook({ url, secret, body, timestamp, requestId, signature }));
  },
  "POST faults": ({ faults }, request) => created(faults.add(faultInput.parse(readJson(request)))),
  "GET faults": ({ faults }) => ok({ faults: faults.list() }),
  "DELETE faults": ({ faults }) => {
    faults.clear();
    return ok();
  },
  "GET requests": ({ requests }, { query }) => {
    const [operation, since] = [query.get("operation"), Number(query.get("since") ?? 0)];
    const found = requests
      .slice(since)
      .filter((entry) => operation === null || entry.operation === operation);
    return ok({ requests: found });
  },
  "DELETE requests": ({ requests }) => {
    requests.length = 0;
    return ok();
  },
  "GET secrets": ({ state }) => ok({ secrets: [...state.secrets] }),
  "POST access_tokens/expire": ({ state }, request) => {
    const { user_id, client_id } = whose.parse(readJson(request));
    let count = 0;
    for (const token of state.accessTokens.values()) {
      if (user_id !== undefined && token.user_id !== user_id) continue;
      if (client_id !== undefined && token.client_id !== client_id) continue;
      token.expires_at = 0;
      count += 1;
    }
    return ok({ expired: count });
  },
  "POST grants/revoke": async (controls, request) => {
    const { user_id, client_id } = whose.extend({ user_id: text }).parse(readJson(request));
    const grants = findGrants(controls.state, user_id, client_id);
    for (const grant of grants) {
      controls.state.revoke(grant.client_id, grant.user_id);
      await tellDeauthorized(controls.state, grant);
    }
    return ok({ revoked: grants.length });
  },
  "GET grants": ({ state }, { query }) => {
    const grants = findGrants(state, query.get("user_id") ?? undefined, query.get("client_id") ?? undefined);
    return ok(
      grants.map(({ refresh_token, ...grant }) => ({
        ...grant,
        refresh_token_sha256: sha256(refresh_token),
      })),
    );
  },
  "POST settings": (controls, request) => {
    const { delay_ms, ...settings } = defined(settingsInput.parse(readJson(request)));
    if (delay_ms !== undefined) controls.delayMs = delay_ms;
    Object.assign(controls.state.settings, settings);
    return ok({ ...controls.state.settings, delay_ms: controls.delayMs });
  },
  "DELETE state": (controls) => {
    controls.state.reset();
    controls.faults.clear();
    controls.requests.length = 0;
    controls.delayMs = 0;
    return ok();
  },
};

export const CONTROL_PREFIX = "/_simulator/";

export async function answerControl(controls: Controls, request: Request): Promise<Answer> {
  const handler = HANDLERS[`${request.method} ${request.path.slice(CONTROL_PREFIX.length)}`];
  if (!handler) return { status: 404, body: { error: "No such control.", controls: Object.keys(HANDLERS) } };
  try {
    return await handler(controls, request);
  } catch (error) {
    if (error instanceof z.ZodError) return wrong(z.prettifyError(error));
    if (error instanceof SyntaxError) return wrong("The body is not JSON.");
    throw error;
  }
}

export function listControls(): string[] {
  return Object.keys(HANDLERS).map((name) => name.replace(" ", ` ${CONTROL_PREFIX}`));
}

function findGrants(state: State, userId?: string, clientId?: string): Grant[] {
  return [...state.grants.values()].filter(
    (grant) =>
      (userId === undefined || grant.user_id === userId) &&
      (clientId === undefined || grant.client_id === clientId),
  );
}

/** The event that follows a removal of the app, where the client told the simulator an address for it. */
export async function tellDeauthorized(state: State, { client_id, user_id }: Grant): Promise<void> {
  const client = state.clients.get(client_id);
  const user = state.users.get(user_id);
  if (!client?.webhook_url || !client.webhook_secret || !user) return;
  const now = new Date();
  const payload = {
    account_id: user.account_id,
    user_id,
    client_id,
    signature: sha256(grantKey(client_id, user_id) + now.getTime()),
    deauthorization_time: now.toISOString(),
    event_ts: now.toISOString().slice(0, 19).replace("T", " "),
  };
  await sendWebhook({
    url: client.webhook_url,
    secret: client.webhook_secret,
    body: JSON.stringify({ event: "app_deauthorized", payload }),
    timestamp: Math.floor(now.getTime() / 1000),
  });
}
