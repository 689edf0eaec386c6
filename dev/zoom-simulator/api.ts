// api.zoom.us/v2: the calls that the service makes, and their errors, as Zoom's Users and Meetings API
// references describe them.

import { describeMeetingDetails, describeUser, invalidField, personalMeeting } from "./api-bodies.ts";
import { type Answer, type Request, readBearer } from "./http.ts";
import { listMeetings } from "./meeting-list.ts";
import type { AccessToken, Meeting, User } from "./records.ts";
import type { State } from "./state.ts";
import { randomText, requestId, type TokenSubject, tokenText } from "./token-text.ts";

const LOCAL_RECORDING_LIFE_SECONDS = 120;
const USER_TOKEN_LIFE_SECONDS = 7_200;
const MAX_USER_TOKEN_LIFE_SECONDS = 31_536_000;
const ZAK_LIFE_SECONDS = 300;

export const API_OPERATIONS = [
  "users.me",
  "users.me.meetings",
  "users.me.token",
  "users.me.zak",
  "meetings.get",
  "meetings.local_recording",
] as const;

export type ApiOperation = (typeof API_OPERATIONS)[number];

/** Any one of these scopes lets a call pass: granular, its admin variant, classic. */
const SCOPES: Record<ApiOperation, readonly string[]> = {
  "users.me": [
    "user:read:user",
    "user:read:user:admin",
    "user:read",
    "user:read:admin",
    "user:write",
    "user:write:admin",
    "user_info:read",
    "user_profile",
  ],
  "users.me.meetings": [
    "meeting:read:list_meetings",
    "meeting:read:list_meetings:admin",
    "meeting:read",
    "meeting:read:admin",
  ],
  "users.me.token": [
    "user:read:token",
    "user:read:token:admin",
    "user:read",
    "user:read:admin",
    "user:write",
    "user:write:admin",
    "user_profile",
  ],
  "users.me.zak": ["user:read:zak", "user:read:zak:admin", "user_zak:read"],
  "meetings.get": [
    "meeting:read:meeting",
    "meeting:read:meeting:admin",
    "meeting:read",
    "meeting:read:admin",
  ],
  "meetings.local_recording": [
    "meeting:read:local_recording_token",
    "meeting:read:local_recording_token:admin",
    "meeting_token:read:local_recording",
    "meeting_token:read:admin:local_recording",
  ],
};

type Call = (context: { state: State; token: AccessToken; user: User; request: Request }) => Answer;

const CALLS: Record<ApiOperation, Call> = {
  "users.me": ({ user }) => ok(describeUser(user)),
  "users.me.meetings": ({ state, user, request }) =>
    listMeetings(state.meetingsOf(user.id), user.id, request.query, state.settings.last_page_token),
  "users.me.token": ({ state, token, request }) => issueUserToken(state, token, request.query),
  "users.me.zak": ({ state, token }) => ok({ token: issue(state, token, "zak", ZAK_LIFE_SECONDS) }),
  "meetings.get": ({ state, user, request }) =>
    withMeeting(state, user, request, (meeting) => ok(describeMeetingDetails(meeting, user))),
  "meetings.local_recording": ({ state, user, request }) =>
    withMeeting(state, user, request, () =>
      user.local_recording
        ? ok({ expire_in: LOCAL_RECORDING_LIFE_SECONDS, token: state.keepSecret(randomText(24)) })
        : refuse(400, 3000, "Not allowed to start local recording. The setting is disabled for this user."),
    ),
};

/** Null: no call that is imitated. */
export function apiOperation({ method, path }: Request): ApiOperation | null {
  if (method !== "GET") return null;
  const [, , resource, id, ...rest] = path.split("/");
  const call = rest.join("/");
  if (resource === "users" && id === "me") {
    const operation = call === "" ? "users.me" : `users.me.${call}`;
    return API_OPERATIONS.find((known) => known === operation) ?? null;
  }
  if (resource !== "meetings" || !id) return null;
  if (call === "") return "meetings.get";
  return call === "jointoken/local_recording" ? "meetings.local_recording" : null;
}

export function answerApi(state: State, operation: ApiOperation | null, request: Request): Answer {
  if (request.query.has("access_token")) {
    const detail = "this access token is not supported as query parameter string.";
    return refuse(401, 124, `Invalid access token, ${detail}`);
  }
  const token = state.grants.findAccessToken(readBearer(request));
  if (!token || token.revoked || token.user_id === null) return invalidToken();
  if (token.expires_at <= Date.now()) {
    return refuse(state.settings.expired_access_token_status, 124, "Access token is expired.");
  }
  // Apps of users must say `me` ("Using Zoom APIs"); an id, even their own, makes their token an invalid one.
  if (/^\/v2\/users\/(?!me(\/|$))/.test(request.path)) return invalidToken();
  if (operation === null) return refuse(404, 2300, "This API endpoint is not recognized.");
  const user = state.users.get(token.user_id);
  if (!user) return refuse(404, 1001, `User does not exist: ${token.user_id}.`);
  return missingScope(state, operation, token) ?? CALLS[operation]({ state, token, user, request });
}

/** What Zoom adds to each answer of its API; the rate is shown, not counted. */
export function apiHeaders(operation: string, isLimited = false): Record<string, string> {
  const isMedium = operation === "users.me.meetings";
  const limit = isMedium ? 60 : 80;
  return {
    "x-zm-trackingid": `v=2.0;clid=us02;rid=WEB_${requestId()}`,
    "X-RateLimit-Category": isMedium ? "Medium" : "Light",
    "X-RateLimit-Type": "QPS",
    "X-RateLimit-Limit": String(limit),
    "X-RateLimit-Remaining": String(isLimited ? 0 : limit - 1),
    "X-RateLimit-Reset": String(Math.floor(Date.now() / 1000) + 1),
  };
}

const ok = (body: unknown): Answer => ({ status: 200, body });
const refuse = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, message },
});
const invalidToken = () => refuse(401, 124, "Invalid access token.");

function missingScope({ settings }: State, operation: ApiOperation, token: AccessToken): Answer | null {
  const accepted = SCOPES[operation];
  if (accepted.some((scope) => token.scopes.includes(scope))) return null;
  const shown = accepted.slice(0, 2).join(", ");
  const message = `Invalid access token, does not contain scopes:[${shown}].`;
  return refuse(settings.missing_scope_status, 4711, message);
}

/** Minted whether or not the meeting exists or the user is in it: Zoom checks that when the bot joins. */
function issueUserToken(state: State, token: AccessToken, query: URLSearchParams): Answer {
  const type = query.get("type") ?? "token";
  if (type === "token") {
    return refuse(400, 300, "Token is no longer supported. Please use ZAK token instead.");
  }
  const ttl = Number(query.get("ttl") ?? USER_TOKEN_LIFE_SECONDS);
  if (type !== "zak" && type !== "onbehalf") return invalidField("type");
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > MAX_USER_TOKEN_LIFE_SECONDS) return invalidField("ttl");
  return ok({ token: issue(state, token, type, ttl) });
}

function issue(state: State, owner: AccessToken, kind: TokenSubject["kind"], lifeSeconds: number): string {
  const { client_id, user_id } = owner;
  return state.keepSecret(tokenText({ kind, client_id, user_id, life_ms: lifeSeconds * 1000 }));
}

function withMeeting(
  state: State,
  user: User,
  { path }: Request,
  answer: (meeting: Meeting) => Answer,
): Answer {
  const id = path.split("/")[3] ?? "";
  if (!/^\d{9,12}$/.test(id)) return refuse(400, 300, "Invalid meeting id.");
  const meeting = state.findMeeting(Number(id)) ?? findPersonalMeeting(state, user, Number(id));
  if (!meeting) return refuse(404, 3001, `Meeting does not exist: ${id}.`);
  if (meeting.webinar) return refuse(400, 3000, "Cannot access webinar info.");
  if (meeting.user_id !== user.id) {
    return refuse(403, 403, "Authenticated user has not permitted access to the targeted resource.");
  }
  return answer(meeting);
}

function findPersonalMeeting(state: State, asking: User, pmi: number): Meeting | undefined {
  const isOwners = (user: User) => user.pmi === pmi;
  const owner = isOwners(asking) ? asking : [...state.users.values()].find(isOwners);
  return owner && personalMeeting(owner);
}
