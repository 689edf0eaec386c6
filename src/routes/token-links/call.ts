// What a bot vendor calls: GET or POST /t/{secret}. Not an operation of the API, because each vendor has a form of its own.

import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { fromIsoMilliseconds } from "../../api/fields.ts";
import { withTimeLimit } from "../../connections/time-limit.ts";
import {
  callTokenLink,
  type GivenToken,
  type LinkOutcome,
  type LinkRefusal,
} from "../../connections/token-links/call.ts";
import type { VendorCall } from "../../connections/token-links/read-call.ts";
import { sha256Hex } from "../../crypto/hash.ts";
import { isLinkSecret } from "../../crypto/ids.ts";
import { isDatabaseUnavailable } from "../../db/client.ts";
import { ApiError } from "../../errors.ts";
import { addressOf, isFailureAllowed, isShutOut } from "../../http/callers.ts";
import { limitQuery } from "../../http/input.ts";
import { type AppEnv, createRouter } from "../../http/router.ts";
import { LINK_REFUSALS } from "../../model/token-link.ts";
import { type AnswerForm, type VendorName, vendorOf } from "../../model/vendors.ts";
import { isScanner } from "./scanner.ts";

/** A vendor waits no longer for any answer, in milliseconds: Attendee gives up after 30 seconds. */
const CALL_TIMEOUT_MS = 18_000;
const MAX_BODY_BYTES = 64 * 1024;
const RETRY_AFTER_SECONDS = 5;
const GUESS_RETRY_AFTER_SECONDS = 60;

/** What Attendee calls each kind of token. */
const ATTENDEE_NAMES = {
  onbehalf_token: "onbehalf_token",
  local_recording_token: "app_privilege_token",
  zak_token: "zak_token",
} as const;

export const tokenLinkRoutes = createRouter();

tokenLinkRoutes.on(
  ["GET", "POST"],
  "/t/:secret",
  // Hono runs a HEAD as a GET.
  async (c, next) => {
    if (c.req.method === "HEAD") {
      throw new ApiError("method_not_allowed", { headers: { Allow: "GET, POST" } });
    }
    await next();
  },
  limitQuery,
  bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => {
      throw new ApiError("payload_too_large");
    },
  }),
  async (c) => {
    if (isScanner(c.req.raw as Request)) {
      return answerText(
        c,
        403,
        "scanner",
        "This link is for the server of a bot vendor. Nothing was used up.",
      );
    }
    const secret = c.req.param("secret");
    const secretSha256 = isLinkSecret(secret) ? await sha256Hex(secret) : null;
    const scope = c.get("scope");
    const { workingLinks } = scope.authentications;
    const isKnown = secretSha256 !== null && workingLinks.find(secretSha256) === "fresh";
    if (!isKnown && (await isShutOut(c, guesserOf(c), "tokens"))) return answerTooMany(c);
    if (secretSha256 === null) return await answer(c, { kind: "unknown" });
    const call = await readRequest(c);
    const startedAt = Date.now();
    const isLate = () => Date.now() - startedAt >= CALL_TIMEOUT_MS;
    if (scope.caller.kind !== "service") throw new Error("a token link has no other caller");
    const calling = callTokenLink({ ...scope, caller: scope.caller }, secretSha256, call, isLate);
    scope.waitUntil(calling.catch(() => {}));
    const outcome = await withTimeLimit(calling, CALL_TIMEOUT_MS, () => new ApiError("zoom_timeout")).catch(
      (error: unknown) => {
        if (error instanceof ApiError && error.code === "zoom_timeout") return "late" as const;
        if (isDatabaseUnavailable(error)) return "away" as const;
        throw error;
      },
    );
    const kind = typeof outcome === "object" ? outcome.kind : outcome;
    if (kind === "given") workingLinks.add(secretSha256);
    if (kind === "unknown") workingLinks.forget(secretSha256);
    return await answer(c, outcome);
  },
);

async function readRequest(c: Context<AppEnv>): Promise<VendorCall> {
  return {
    query: new URL(c.req.url).searchParams,
    body: c.req.method === "POST" ? await c.req.text() : "",
    header: (name) => c.req.header(name),
  };
}

async function answer(c: Context<AppEnv>, outcome: LinkOutcome | "late" | "away"): Promise<Response> {
  if (outcome === "late" || outcome === "away") {
    c.set("errorCode", outcome === "late" ? "zoom_timeout" : "database_unavailable");
    const message = "The token could not be fetched in time. Try again.";
    return answerRefusal(c, "negotiated", 503, {
      code: "zoom_unavailable",
      message,
      retry_after_seconds: RETRY_AFTER_SECONDS,
    });
  }
  switch (outcome.kind) {
    case "unknown":
      if (!(await isGuessAllowed(c))) return answerTooMany(c);
      return answerText(c, 404, "not_found", "There is no such link.");
    case "given":
      return answerTokens(c, vendorOf(outcome.vendor).form, outcome.tokens);
    case "refused": {
      const { vendor, refusal } = outcome;
      const isForged = refusal.code === "signature_invalid";
      if (isForged && !(await isGuessAllowed(c))) return answerTooMany(c);
      return answerRefusal(c, vendorOf(vendor).form, statusOf(vendor, refusal), refusal);
    }
  }
}

/**
 * A vendor calls the links of all its customers from few addresses, those that were deleted too: so guesses of links and of
 * signatures are bounded by the limit on tokens, which is a hundred times that on failed authentications.
 */
async function isGuessAllowed(c: Context<AppEnv>): Promise<boolean> {
  return await isFailureAllowed(c, guesserOf(c), "tokens");
}

function guesserOf(c: Context<AppEnv>): string {
  return `token link ${addressOf(c)}`;
}

function answerTooMany(c: Context<AppEnv>): Response {
  c.set("errorCode", "rate_limited");
  return text(429, "Too many failed calls from this address. Wait a minute.", {
    "Retry-After": String(GUESS_RETRY_AFTER_SECONDS),
  });
}

/** What makes the vendor try again, or stop. */
function statusOf(vendor: VendorName, { code, retry_after_seconds }: LinkRefusal): number {
  if (retry_after_seconds !== null) return 503;
  if (code === "signature_invalid") return 401;
  return code in LINK_REFUSALS && code.startsWith("link_")
    ? vendorOf(vendor).ended
    : vendorOf(vendor).refused;
}

function answerTokens(c: Context<AppEnv>, form: AnswerForm, tokens: readonly GivenToken[]): Response {
  const [first] = tokens;
  if (!first) throw new Error("a call that got nothing was not refused");
  if (form === "named_tokens") return Response.json(nameTokens(tokens));
  if (form === "json") return Response.json({ token: first.token });
  if (form === "negotiated" && acceptsJson(c)) {
    return Response.json({ token: first.token, expires_at: fromIsoMilliseconds(first.expires_at) });
  }
  return text(200, first.token);
}

/** Attendee's object. Onbehalf tokens are a list with commas, which the bot tries in turn. */
function nameTokens(tokens: readonly GivenToken[]): Record<string, string> {
  const byName = new Map<string, string>();
  for (const { kind, token } of tokens) {
    if (kind === "access_token") continue;
    const name = ATTENDEE_NAMES[kind];
    const earlier = byName.get(name);
    byName.set(name, earlier === undefined ? token : `${earlier},${token}`);
  }
  return Object.fromEntries(byName);
}

function answerRefusal(
  c: Context<AppEnv>,
  form: AnswerForm,
  status: number,
  { code, message, retry_after_seconds }: LinkRefusal,
): Response {
  c.set("errorCode", code);
  const headers: Record<string, string> = {
    ...(retry_after_seconds === null ? {} : { "Retry-After": String(retry_after_seconds) }),
    // RFC 9110, 11.6.1: a 401 names what would do.
    ...(status === 401 ? { "WWW-Authenticate": "signature" } : {}),
  };
  const isText = form === "text" || (form === "negotiated" && !acceptsJson(c));
  return isText
    ? text(status, message, headers)
    : Response.json({ error: message, code, request_id: c.get("requestId") }, { status, headers });
}

function answerText(c: Context<AppEnv>, status: number, code: string, message: string): Response {
  c.set("errorCode", code);
  return text(status, message);
}

function text(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { "Content-Type": "text/plain; charset=utf-8", ...headers } });
}

function acceptsJson(c: Context<AppEnv>): boolean {
  return /\bapplication\/json\b/i.test(c.req.header("Accept") ?? "");
}
