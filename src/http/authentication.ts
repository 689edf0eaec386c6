// Who is asking. An API key is only hashed here: the statement that does a request's work checks it on the way, which
// saves a round trip. A request that is refused before that is authenticated by refuse-input.ts. Nothing of a request but
// its Authorization header is looked at before that header has the right form.

import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { isMistypedApiKey } from "../crypto/api-keys.ts";
import { secretsEqual, sha256Hex } from "../crypto/hash.ts";
import { ApiError, unauthenticated } from "../errors.ts";
import type { KeyScope } from "../model/key-scopes.ts";
import { originOf } from "./client-address.ts";
import { addressOf, countFailure, refuseShutOut } from "./failed-authentications.ts";
import type { AppEnv } from "./router.ts";

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
    c.set("scope", { ...scope, caller: { kind: "project", apiKeySha256, keyScope, origin: originOf(c) } });
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
  c.set("scope", { ...scope, caller: { kind: "admin", actor: "admin", origin: originOf(c) } });
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
