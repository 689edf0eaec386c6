// Tokens of connections: access tokens for the callers' own calls to Zoom, and those of the Meeting SDK.

import type { Context } from "hono";
import * as operations from "../api/tokens.ts";
import { getCredentials } from "../connections/access-token.ts";
import {
  type IssuedToken,
  issueLocalRecordingToken,
  issueOnbehalfToken,
  issueZak,
  issueZoomTokens,
  type NamedMeeting,
  readMeeting,
} from "../connections/meeting-tokens.ts";
import { invalidRequest } from "../errors.ts";
import { apiKeySha256Of, found, refuseInput } from "../http/authentication.ts";
import { implement } from "../http/implement.ts";
import { type AppEnv, createRouter } from "../http/router.ts";

const NOUN = "Zoom OAuth connection";

export const tokenRoutes = createRouter();

implement(tokenRoutes, operations.createAccessToken, async (c, { params, body }) => {
  const deps = c.get("deps");
  const request = { ...keyOf(c, params), minTtlMs: body.min_ttl_seconds * 1000, issuedAs: "access_token" };
  const { credentials } = found(await getCredentials(deps, waitUntilOf(c), request), NOUN);
  return {
    access_token: credentials.access_token,
    token_type: "bearer" as const,
    expires_at: toMicroseconds(credentials.expires_at),
    scopes: credentials.scopes,
    api_url: deps.zoom.apiOriginFor(credentials.api_url),
  };
});

implement(tokenRoutes, operations.createLocalRecordingToken, async (c, { params, body }) => {
  const meeting = { meetingId: await meetingIdOf(c, body), bypassWaitingRoom: body.bypass_waiting_room };
  const issuing = issueLocalRecordingToken(c.get("deps"), waitUntilOf(c), keyOf(c, params), meeting);
  return toIssuedToken(found(await issuing, NOUN));
});

implement(tokenRoutes, operations.createOnbehalfToken, async (c, { params, body }) => {
  const meetingId = await meetingIdOf(c, body);
  const issuing = issueOnbehalfToken(c.get("deps"), waitUntilOf(c), keyOf(c, params), meetingId);
  return toIssuedToken(found(await issuing, NOUN));
});

implement(tokenRoutes, operations.createZakToken, async (c, { params }) =>
  toIssuedToken(found(await issueZak(c.get("deps"), waitUntilOf(c), keyOf(c, params)), NOUN)),
);

implement(tokenRoutes, operations.createZoomTokens, async (c, { body }) => {
  const request = {
    apiKeySha256: apiKeySha256Of(c),
    meetingId: await meetingIdOf(c, body),
    onbehalfUserId: body.onbehalf_user_id ?? null,
    zoomOAuthAppId: body.zoom_oauth_app_id ?? null,
  };
  return found(await issueZoomTokens(c.get("deps"), waitUntilOf(c), request), NOUN);
});

function keyOf(c: Context<AppEnv>, { id }: { id: string }) {
  return { apiKeySha256: apiKeySha256Of(c), id };
}

function waitUntilOf(c: Context<AppEnv>) {
  return (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
}

async function meetingIdOf(c: Context<AppEnv>, body: NamedMeeting): Promise<string> {
  const read = readMeeting(body);
  return typeof read === "string" ? read : await refuseInput(c, invalidRequest(read));
}

function toIssuedToken({ token, expires_at }: IssuedToken) {
  return { token, expires_at: toMicroseconds(expires_at) };
}

/** `2025-01-13T10:30:00.123Z` as every answer shows times. */
function toMicroseconds(isoMilliseconds: string): string {
  return isoMilliseconds.replace(/Z$/, "000Z");
}
