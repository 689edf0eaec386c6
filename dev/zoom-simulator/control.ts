// /_simulator/: the controls for developers and tests.

import { createHash } from "node:crypto";
import * as z from "zod";
import * as inputs from "./control-inputs.ts";
import { type Faults, faultInput } from "./faults.ts";
import type { Answer, Request } from "./http.ts";
import type { RequestLog } from "./request-log.ts";
import type { State } from "./state.ts";
import { sendWebhook, tellDeauthorized } from "./webhooks.ts";

export const CONTROL_PREFIX = "/_simulator/";

export interface Controls {
  state: State;
  faults: Faults;
  requests: RequestLog;
  delayMs: number;
}

type Handler = (controls: Controls, request: Request) => Answer | Promise<Answer>;

/** A control that was asked for something it cannot do. */
class WrongInput extends Error {}

const created = (body: unknown): Answer => ({ status: 201, body });
const ok = (body: unknown = { status: "ok" }): Answer => ({ status: 200, body });
const wrong = (error: string): Answer => ({ status: 400, body: { error } });

const HANDLERS = {
  "POST authorization_codes": issueCode,
  "POST clients": ({ state }, request) => {
    const { client_id, client_secret, ...rest } = read(inputs.clientInput, request);
    return created(state.putClient({ ...defined(rest), client_id, client_secret }));
  },
  "POST users": ({ state }, request) => created(state.putUser(defined(read(inputs.userInput, request)))),
  "POST meetings": createMeetings,
  "POST webhooks": sendEvent,
  "POST faults": ({ faults }, request) => created(faults.add(read(faultInput, request))),
  "GET faults": ({ faults }) => ok({ faults: faults.list() }),
  "DELETE faults": ({ faults }, { query }) => {
    faults.clear(inputs.ownerInput.parse(Object.fromEntries(query)));
    return ok();
  },
  "GET requests": ({ requests }, { query }) => {
    const { operation, since } = inputs.requestsQuery.parse(Object.fromEntries(query));
    return ok(requests.list(operation, since));
  },
  "DELETE requests": ({ requests }) => {
    requests.clear();
    return ok();
  },
  "GET secrets": ({ state }) => ok({ secrets: [...state.secrets] }),
  "POST access_tokens/expire": ({ state }, request) => {
    const expired = state.grants.expireAccessTokens(read(inputs.ownerInput, request));
    state.onChange();
    return ok({ expired });
  },
  "POST grants": createGrants,
  "POST grants/revoke": async ({ state }, request) => {
    const ended = [];
    for (const grant of state.grants.list(read(inputs.userOwnerInput, request))) {
      if (grant.revoked) continue;
      state.grants.revoke(grant);
      ended.push(grant);
    }
    state.onChange();
    await Promise.all(ended.map((grant) => tellDeauthorized(state, grant)));
    return ok({ revoked: ended.length });
  },
  "GET grants": ({ state }, { query }) =>
    ok(state.grants.list(inputs.ownerInput.parse(Object.fromEntries(query))).map(describeGrant)),
  "POST settings": changeSettings,
  "DELETE state": (controls) => {
    controls.state.reset();
    controls.faults.clear();
    controls.requests.clear();
    controls.delayMs = 0;
    return ok();
  },
} satisfies Record<string, Handler>;

export type ControlName = keyof typeof HANDLERS;
export const CONTROL_NAMES = Object.keys(HANDLERS) as ControlName[];

export async function answerControl(controls: Controls, request: Request): Promise<Answer> {
  const wanted = `${request.method} ${request.path.slice(CONTROL_PREFIX.length)}`;
  const name = CONTROL_NAMES.find((known) => known === wanted);
  if (name === undefined)
    return { status: 404, body: { error: "No such control.", controls: listControls() } };
  const handler: Handler = HANDLERS[name];
  try {
    return await handler(controls, request);
  } catch (error) {
    if (error instanceof z.ZodError) return wrong(describeIssues(error));
    if (error instanceof WrongInput) return wrong(error.message);
    throw error;
  }
}

function listControls(): string[] {
  return CONTROL_NAMES.map((name) => name.replace(" ", ` ${CONTROL_PREFIX}`));
}

function issueCode({ state }: Controls, request: Request): Answer {
  const { user_id, ...input } = read(inputs.codeInput, request);
  const client = state.clients.get(input.client_id);
  if (!client) throw new WrongInput(`client_id: no client ${input.client_id}`);
  if (client.redirect_uris?.includes(input.redirect_uri) === false) {
    throw new WrongInput("redirect_uri: not one of the client's redirect_uris");
  }
  const user = user_id === undefined ? [...state.users.values()][0] : state.users.get(user_id);
  if (!user) throw new WrongInput(`user_id: no user ${user_id}`);
  const { code_challenge = null, scopes = client.scopes } = input;
  return created({ code: state.issueCode({ ...input, user_id: user.id, scopes, code_challenge }) });
}

/** With `count`: as many, each of a new user. */
function createGrants({ state }: Controls, request: Request): Answer {
  const { client_id, user_id, scopes, count } = read(inputs.grantInput, request);
  const client = state.clients.get(client_id);
  if (!client) throw new WrongInput(`client_id: no client ${client_id}`);
  const user = user_id === undefined ? [...state.users.values()][0] : state.users.get(user_id);
  if (!user) throw new WrongInput(`user_id: no user ${user_id}`);
  const grantOf = ({ id }: { id: string }) => {
    const { grant } = state.grants.authorize({ client_id, user_id: id }, scopes ?? client.scopes);
    return { user_id: id, refresh_token: grant.refresh_token };
  };
  const answer =
    count === undefined
      ? grantOf(user)
      : { grants: Array.from({ length: count }, () => grantOf(state.putUser({}))) };
  state.onChange();
  return created(answer);
}

function createMeetings({ state }: Controls, request: Request): Answer {
  const { user_id, count, id, ...rest } = read(inputs.meetingInput, request);
  if (!state.users.has(user_id)) throw new WrongInput(`user_id: no user ${user_id}`);
  const create = (index: number) =>
    state.putMeeting({ ...defined(rest), user_id, ...(id === undefined ? {} : { id: id + index }) });
  if (count === undefined) return created(create(0));
  return created({ meetings: Array.from({ length: count }, (_, index) => create(index).id) });
}

async function sendEvent({ state }: Controls, request: Request): Promise<Answer> {
  const { client_id, secret: given, event, payload, ...input } = read(inputs.webhookInput, request);
  const client = client_id === undefined ? [...state.clients.values()][0] : state.clients.get(client_id);
  if (client_id !== undefined && !client) throw new WrongInput(`client_id: no client ${client_id}`);
  const secret = given ?? client?.webhook_secret;
  if (!secret) throw new WrongInput("secret: give one, or the client_id of a client with a webhook_secret");
  state.keepSecret(secret);
  const { event_ts = Date.now(), timestamp = Math.floor(Date.now() / 1000), ...rest } = input;
  const body = JSON.stringify({ event, ...(event_ts === null ? {} : { event_ts }), payload });
  return ok(await sendWebhook({ ...rest, secret, body, timestamp }));
}

function changeSettings(controls: Controls, request: Request): Answer {
  const { state } = controls;
  const { delay_ms, ...settings } = read(inputs.settingsInput, request);
  if (delay_ms !== undefined) controls.delayMs = delay_ms;
  Object.assign(state.settings, defined(settings));
  return ok({ ...state.settings, delay_ms: controls.delayMs });
}

function describeGrant({ refresh_token, ...grant }: ReturnType<State["grants"]["list"]>[number]) {
  return { ...grant, refresh_token_sha256: createHash("sha256").update(refresh_token).digest("hex") };
}

function read<T extends z.ZodType>(schema: T, { body }: Request): z.output<T> {
  return schema.parse(body === "" ? {} : parseJson(body));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WrongInput("The body is not JSON.");
  }
}

/** Without the members that are undefined, which leave alone what they name. */
function defined<T extends object>(object: T) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function describeIssues({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": ")).join("; ");
}
