// The limit on failures by sender: an address, with a word before it where failures of one kind count by themselves, or what else
// a route counts by. Cloudflare's rate limiting binding counts them, in one count for all isolates of a location (wrangler.toml
// sets the figure). Asking it counts, so it is asked about failures, not about requests; what it says is remembered in the
// isolate. So each isolate makes at most one database round trip for a sender over its limit, besides those under way at that
// moment, and none from then on.

import type { Context } from "hono";
import { ApiError } from "../errors.ts";
import { senderOf } from "./client-address.ts";
import type { AppEnv } from "./router.ts";

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
