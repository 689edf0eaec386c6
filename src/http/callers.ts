// Who asks, from where, and how often they may. An API key is only hashed here: the statement that does a request's work checks
// it on the way, which saves a round trip. A request that is refused before that is authenticated by `refuseInput` (input.ts).
// Nothing of a request but its Authorization header is looked at before that header has the right form.
//
// Failures are counted by sender: an address, with a word before it where failures of one kind count by themselves, or what else a
// route counts by. Cloudflare's rate limiting binding counts them, in one count for all isolates of a location (wrangler.toml sets
// the figure). Asking it counts, so it is asked about failures, not about requests; what it says is remembered in the isolate. So
// each isolate makes at most one database round trip for a sender over its limit, besides those under way at that moment, and none
// from then on. The same bindings limit writes per API key and tokens per project.

import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { secretsEqual, sha256Hex } from "../crypto/hash.ts";
import { isMistypedApiKey } from "../crypto/ids.ts";
import { ApiError, unauthenticated } from "../errors.ts";
import type { AdminCaller, ProjectCaller } from "../model/caller.ts";
import type { KeyScope } from "../model/key-scopes.ts";
import type { Scope } from "../scope.ts";
import type { AppEnv } from "./router.ts";

/** A provider gives each subscriber a network of at least this size (RFC 6177, 2): its half of the address has 4 of 8 parts. */
const NETWORK_PARTS = 4;
const PARTS = 8;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** An IPv4 address in the form of an IPv6 one: its last two parts (RFC 4291, 2.5.5.2). */
const MAPPED = /^0:0:0:0:0:ffff:([0-9a-f]+):([0-9a-f]+)$/;
/** The longest text of an IPv6 address is shorter. */
const MAX_LENGTH = 64;

/**
 * What stands for the sender in limits by address: an IPv4 address, also where it is written as an IPv6 one, or the /64
 * network of an IPv6 address. `header` is `CF-Connecting-IP`, which Cloudflare sets and no client can.
 */
export function senderOf(header: string | undefined): string {
  if (header === undefined) return "unknown";
  if (IPV4.test(header)) return header;
  const parts = parseIpv6(header);
  if (parts === null) return header.slice(0, MAX_LENGTH);
  const [, high, low] = MAPPED.exec(parts.join(":")) ?? [];
  if (high !== undefined && low !== undefined) return toIpv4(high, low);
  return `${parts.slice(0, NETWORK_PARTS).join(":")}::/64`;
}

/** Where the request came from, as statements carry it for the audit: the whole address, and the request's id. */
export function originOf(c: Context<AppEnv>): string {
  const address = c.req.header("CF-Connecting-IP")?.slice(0, MAX_LENGTH) ?? "";
  return `${address} ${c.get("requestId")}`;
}

/** A project by an API key of which the statement that does the work finds out whether it is one. */
export function toProjectCaller(c: Context<AppEnv>, apiKeySha256: string, keyScope: KeyScope): ProjectCaller {
  return { kind: "project", apiKeySha256, keyScope, acting: `sha256 ${apiKeySha256}`, origin: originOf(c) };
}

/** The operator, whose key was checked. */
export function toAdminCaller(c: Context<AppEnv>): AdminCaller {
  return { kind: "admin", actor: "admin", acting: "admin", origin: originOf(c) };
}

/** The eight parts in lower-case hex without leading zeros; null: no such address. The URL parser knows each way to write one. */
function parseIpv6(text: string): string[] | null {
  const url = `http://[${text}]`;
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return null;
  const [left = "", right] = new URL(url).hostname.slice(1, -1).split("::");
  const before = left.split(":").filter(Boolean);
  const after = right?.split(":").filter(Boolean) ?? [];
  return [...before, ...Array(PARTS - before.length - after.length).fill("0"), ...after];
}

function toIpv4(high: string, low: string): string {
  const bytes = [high, low].flatMap((part) => {
    const number = Number.parseInt(part, 16);
    return [number >> 8, number & 0xff];
  });
  return bytes.join(".");
}

/** What stands for the sender of the request in the limits. */
export function addressOf(c: Context<AppEnv>): string {
  return senderOf(c.req.header("CF-Connecting-IP"));
}

/** Which limit's figure holds. */
type FailureLimit = "failedAuthentications" | "tokens";

/** Whether the sender is over its limit, as far as this isolate knows. */
export async function isShutOut(
  c: Context<AppEnv>,
  sender = addressOf(c),
  limit: FailureLimit = "failedAuthentications",
): Promise<boolean> {
  const { limits, authentications } = c.get("scope");
  const memory = authentications.shutOut.find(sender);
  if (memory !== "expired") return memory === "fresh";
  // Counts once more, which a sender that goes on after so many failures can bear.
  const isAllowed = await limits[limit](sender);
  if (isAllowed) authentications.shutOut.forget(sender);
  else authentications.shutOut.add(sender);
  return !isAllowed;
}

/** Refuses a sender that is over its limit (429). */
export async function refuseShutOut(c: Context<AppEnv>, sender = addressOf(c)): Promise<void> {
  if (await isShutOut(c, sender)) throw tooManyFailures();
}

/** Counts a failure; false: it is one too many, and the isolate remembers the sender. */
export async function isFailureAllowed(
  c: Context<AppEnv>,
  sender = addressOf(c),
  limit: FailureLimit = "failedAuthentications",
): Promise<boolean> {
  const { limits, authentications } = c.get("scope");
  const isAllowed = await limits[limit](sender);
  if (!isAllowed) authentications.shutOut.add(sender);
  return isAllowed;
}

/** Counts a failure. Throws `rate_limited` where it is one too many, so that guessing leads nowhere. */
export async function countFailure(c: Context<AppEnv>, sender = addressOf(c)): Promise<void> {
  if (!(await isFailureAllowed(c, sender))) throw tooManyFailures();
}

function tooManyFailures(): ApiError {
  return new ApiError("rate_limited", {
    message: "Too many failed authentications from this IP address. Wait a minute.",
  });
}

/** The scheme and its token (RFC 9110, 11.6.2), which an operator may have chosen by hand. */
const AUTHORIZATION = /^(token|bearer) +([\x21-\x7e]+)$/i;

/**
 * Requires an API key in `Authorization: Token …` (or `Bearer …`), and makes its project the caller. A key that lately
 * worked in this isolate is not shut out by others' failures from the same address.
 */
export const requireApiKey = (keyScope: KeyScope) =>
  createMiddleware<AppEnv>(async (c, next) => {
    const scope = c.get("scope");
    const { workingKeys } = scope.authentications;
    const [, , apiKey = ""] = AUTHORIZATION.exec(c.req.header("Authorization") ?? "") ?? [];
    const apiKeySha256 = workingKeys.hashOf(apiKey) ?? (await sha256Hex(apiKey));
    if (!workingKeys.hasLatelyWorked(apiKeySha256)) await refuseShutOut(c);
    if (apiKey === "" || isMistypedApiKey(apiKey)) {
      await countFailure(c);
      throw unauthenticated();
    }
    c.set("scope", { ...scope, caller: toProjectCaller(c, apiKeySha256, keyScope) });
    await next();
    if (wasKeyRight(c)) workingKeys.add(apiKey, apiKeySha256);
    if (!isUnauthenticated(c)) return;
    workingKeys.forget(apiKey, apiKeySha256);
    await countFailure(c);
  });

/**
 * Requires `Authorization: Bearer <ADMIN_API_KEY>`. Without a configured key the route does not exist. No isolate compares
 * the key for an address over the limit: one from which it was not right lately counts as a failure beforehand.
 */
export const requireAdmin = createMiddleware<AppEnv>(async (c, next) => {
  const scope = c.get("scope");
  if (scope.adminApiKey === undefined) throw new ApiError("not_found");
  await refuseShutOut(c);
  const { adminAddresses } = scope.authentications;
  const isKnown = adminAddresses.find(addressOf(c)) === "fresh";
  if (!isKnown) await countFailure(c);
  const [, scheme, token] = AUTHORIZATION.exec(c.req.header("Authorization") ?? "") ?? [];
  const isAdmin =
    scheme?.toLowerCase() === "bearer" && token && (await secretsEqual(token, scope.adminApiKey));
  if (!isAdmin) {
    adminAddresses.forget(addressOf(c));
    if (isKnown) await countFailure(c);
    throw unauthenticated("Bearer");
  }
  adminAddresses.add(addressOf(c));
  c.set("scope", { ...scope, caller: toAdminCaller(c) });
  await next();
});

function isUnauthenticated({ error }: Context<AppEnv>): boolean {
  return error instanceof ApiError && error.code === "unauthenticated";
}

/** Whether the answer shows that the database knew the key: a refusal for the input or an object comes after that. */
function wasKeyRight({ error, res }: Context<AppEnv>): boolean {
  if (error === undefined) return res.ok;
  return (
    error instanceof ApiError &&
    error.status < 500 &&
    error.code !== "unauthenticated" &&
    error.code !== "rate_limited"
  );
}

/** Refuses a write beyond the limit of its API key. */
export const limitWrites = createMiddleware<AppEnv>(async (c, next) => {
  await countWrite(c.get("scope"));
  await next();
});

/** Refuses a request for tokens beyond the limit of its project. */
export const limitTokens = createMiddleware<AppEnv>(async (c, next) => {
  await countTokens(c.get("scope"));
  await next();
});

/** Counts a request for tokens of the caller's project. Throws `rate_limited` where it is one too many. */
export async function countTokens({ caller, limits, authentications }: Scope): Promise<void> {
  if (caller.kind !== "project") return;
  const { apiKeySha256 } = caller;
  if (!(await limits.tokens(authentications.projects.get(apiKeySha256) ?? apiKeySha256)))
    throw new ApiError("rate_limited", {
      message:
        "Too many requests for tokens in this project. Wait a minute, and keep a token while it lives.",
    });
}

/** Counts a write of the caller's. Throws `rate_limited` where it is one too many. */
export async function countWrite({ caller, limits }: Scope): Promise<void> {
  if (caller.kind === "project" && !(await limits.writes(caller.apiKeySha256)))
    throw new ApiError("rate_limited", {
      message: "Too many write requests with this API key. Wait a minute.",
    });
}
