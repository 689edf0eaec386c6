// api.zoom.us/v2: the calls that the service makes, and their errors, as Zoom's Users and Meetings API
// references describe them.

import type { Answer, Request } from "./http.ts";
import { type AccessToken, type Meeting, requestId, type State, type User } from "./state.ts";

const MAX_PAGE_SIZE = 300;
const DEFAULT_PAGE_SIZE = 30;
const LOCAL_RECORDING_LIFE_SECONDS = 120;

export type ApiOperation =
  | "users.me"
  | "users.me.meetings"
  | "users.me.token"
  | "users.me.zak"
  | "meetings.get"
  | "meetings.local_recording";

/** Any one of these scopes lets a call pass. */
const SCOPES: Record<ApiOperation, string[]> = {
  "users.me": ["user:read:user", "user:read:user:admin", "user:read", "user:read:admin"],
  "users.me.meetings": [
    "meeting:read:list_meetings",
    "meeting:read:list_meetings:admin",
    "meeting:read",
    "meeting:read:admin",
  ],
  "users.me.token": ["user:read:token", "user:read:token:admin", "user:read", "user:read:admin"],
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

export function apiOperation({ method, path }: Request): ApiOperation | null {
  if (method !== "GET") return null;
  if (path === "/v2/users/me") return "users.me";
  if (path === "/v2/users/me/meetings") return "users.me.meetings";
  if (path === "/v2/users/me/token") return "users.me.token";
  if (path === "/v2/users/me/zak") return "users.me.zak";
  if (/^\/v2\/meetings\/[^/]+\/jointoken\/local_recording$/.test(path)) return "meetings.local_recording";
  if (/^\/v2\/meetings\/[^/]+$/.test(path)) return "meetings.get";
  return null;
}

export function readBearer(request: Request): string {
  return /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

const refuse = (status: number, code: number, message: string): Answer => ({
  status,
  body: { code, message },
});

/** The answer of an API call, with the headers that Zoom adds to each. */
export function answerApi(state: State, operation: ApiOperation | null, request: Request): Answer {
  const answer = route(state, operation, request);
  const headers = { "x-zm-trackingid": `v=2.0;clid=us02;rid=WEB_${requestId()}`, ...rateLimit(operation) };
  return { ...answer, headers: { ...headers, ...answer.headers } };
}

function route(state: State, operation: ApiOperation | null, request: Request): Answer {
  if (request.query.has("access_token")) {
    const detail = "this access token is not supported as query parameter string.";
    return refuse(401, 124, `Invalid access token, ${detail}`);
  }
  const token = state.accessTokens.get(readBearer(request));
  if (!token || token.revoked || token.user_id === null) return refuse(401, 124, "Invalid access token.");
  if (token.expires_at <= Date.now()) return refuse(401, 124, "Access token is expired.");
  if (operation === null) return refuse(404, 2300, "This API endpoint is not recognized.");
  const user = state.users.get(token.user_id);
  if (!user) return refuse(404, 1001, `User does not exist: ${token.user_id}.`);
  if (user.status !== "active" && user.inactive_as === "unauthorized") {
    return refuse(401, 124, "Invalid access token.");
  }
  return missingScope(state, operation, token) ?? CALLS[operation](state, user, request);
}

function missingScope(state: State, operation: ApiOperation, token: AccessToken): Answer | null {
  const accepted = SCOPES[operation];
  if (accepted.some((scope) => token.scopes.includes(scope))) return null;
  const message = `Invalid access token, does not contain scopes:[${accepted.slice(0, 2).join(", ")}].`;
  return refuse(state.settings.missing_scope_status, 4711, message);
}

const CALLS: Record<ApiOperation, (state: State, user: User, request: Request) => Answer> = {
  "users.me": (_state, user) => ({ status: 200, body: describeUser(user) }),
  "users.me.meetings": listMeetings,
  "users.me.token": (state, user, { query }) => issueUserToken(state, user, query.get("type")),
  "users.me.zak": (state) => ({ status: 200, body: { token: state.issueOther() } }),
  "meetings.get": (state, user, request) =>
    withMeeting(state, user, request, (meeting) => ({ status: 200, body: describeMeeting(meeting) })),
  "meetings.local_recording": (state, user, request) =>
    withMeeting(state, user, request, () =>
      user.local_recording
        ? { status: 200, body: { expire_in: LOCAL_RECORDING_LIFE_SECONDS, token: state.issueOther() } }
        : refuse(400, 3000, "Not allowed to start local recording. The setting is disabled for this user."),
    ),
};

function describeUser(user: User) {
  const { local_recording: _, inactive_as: __, ...shown } = user;
  return {
    ...shown,
    personal_meeting_url: `https://us04web.zoom.us/j/${user.pmi}`,
    role_name: "Member",
    verified: 1,
  };
}

function describeMeeting({ user_id, webinar: _, pmi, ...meeting }: Meeting) {
  const join_url = `https://us02web.zoom.us/j/${meeting.id}`;
  return { ...meeting, host_id: user_id, join_url, ...(pmi === null ? {} : { pmi }) };
}

/** The token of a page is where the next one starts: it outlives nothing and needs no memory. */
function listMeetings(state: State, user: User, { query }: Request): Answer {
  const size = Math.min(
    Number(query.get("page_size") ?? DEFAULT_PAGE_SIZE) || DEFAULT_PAGE_SIZE,
    MAX_PAGE_SIZE,
  );
  const pageToken = query.get("next_page_token") || "page-0";
  if (!/^page-\d+$/.test(pageToken)) return refuse(400, 300, "Invalid next_page_token.");
  const start = Number(pageToken.slice("page-".length));
  const all = [...state.meetings.values()].filter(
    (meeting) => meeting.user_id === user.id && !meeting.webinar,
  );
  const next = start + size < all.length ? `page-${start + size}` : "";
  const meetings = all.slice(start, start + size).map(describeMeeting);
  const page_count = Math.ceil(all.length / size);
  return {
    status: 200,
    body: { page_count, page_size: size, total_records: all.length, next_page_token: next, meetings },
  };
}

function issueUserToken(state: State, _user: User, type: string | null): Answer {
  if (type === "zak" || type === "onbehalf") return { status: 200, body: { token: state.issueOther() } };
  return refuse(400, 300, "Token is no longer supported. Please use ZAK token instead.");
}

function withMeeting(
  state: State,
  user: User,
  { path }: Request,
  answer: (meeting: Meeting) => Answer,
): Answer {
  const id = path.split("/")[3] ?? "";
  if (!/^\d{9,12}$/.test(id)) return refuse(400, 300, "Invalid meeting id.");
  const byPmi = Number(id) === user.pmi ? { ...emptyMeeting(user), id: user.pmi } : undefined;
  const meeting = state.meetings.get(Number(id)) ?? byPmi;
  if (!meeting) return refuse(404, 3001, `Meeting does not exist: ${id}.`);
  if (meeting.webinar) return refuse(400, 3000, "Cannot access webinar info.");
  if (meeting.user_id !== user.id) {
    return refuse(403, 403, "Authenticated user has not permitted access to the targeted resource.");
  }
  return answer(meeting);
}

function emptyMeeting(user: User): Meeting {
  const pmi = String(user.pmi);
  return { id: user.pmi, user_id: user.id, topic: "Personal", type: 4, pmi, webinar: false, created_at: "" };
}

function rateLimit(operation: ApiOperation | null): Record<string, string> {
  const isMedium = operation === "users.me.meetings";
  return {
    "X-RateLimit-Category": isMedium ? "Medium" : "Light",
    "X-RateLimit-Type": "QPS",
    "X-RateLimit-Limit": isMedium ? "60" : "80",
    "X-RateLimit-Remaining": isMedium ? "59" : "79",
  };
}
