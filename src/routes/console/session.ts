// Who is signed in to the console: a sealed cookie that has the hash of a key, never the key. Each statement checks that hash
// as it checks a request of the API, so that a key that is disabled ends its sessions at their next click.

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { secretsEqual, sha256Hex } from "../../crypto/hash.ts";
import { type SealedPlace, UnsealError } from "../../crypto/keyring.ts";
import type { AppEnv } from "../../http/router.ts";
import { KEY_SCOPE_NAMES } from "../../model/key-scopes.ts";

const COOKIE = "console";
/** 12 hours. */
const SESSION_SECONDS = 43_200;
/** A sealed session is shorter; a longer text costs nothing but this look. */
const MAX_COOKIE_LENGTH = 4_000;
const PLACE: SealedPlace = { table: "console", row: "session", column: "cookie" };

const session = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("project"),
    sha256: z.string(),
    keyName: z.string(),
    projectName: z.string(),
    /** A key's scopes never change, so that pages know from here what to offer. The statements ask the key itself. */
    scopes: z.array(z.enum(KEY_SCOPE_NAMES)),
    endsAt: z.number(),
  }),
  z.object({ kind: z.literal("admin"), sha256: z.string(), endsAt: z.number() }),
]);

export type Session = z.output<typeof session>;
export type ProjectSession = Extract<Session, { kind: "project" }>;
export type AdminSession = Extract<Session, { kind: "admin" }>;
type Unended<S> = S extends Session ? Omit<S, "endsAt"> : never;

const COOKIE_OPTIONS = {
  prefix: "host",
  httpOnly: true,
  secure: true,
  sameSite: "Strict",
  path: "/",
} as const;

export async function beginSession(c: Context<AppEnv>, begun: Unended<Session>): Promise<void> {
  const endsAt = Date.now() + SESSION_SECONDS * 1000;
  const sealed = await c.get("scope").keyring.seal(JSON.stringify({ ...begun, endsAt }), PLACE);
  setCookie(c, COOKIE, sealed, { ...COOKIE_OPTIONS, maxAge: SESSION_SECONDS });
}

export function endSession(c: Context<AppEnv>): void {
  deleteCookie(c, COOKIE, COOKIE_OPTIONS);
}

/** Null: nobody is signed in, or the session has ended. */
export async function readSession(c: Context<AppEnv>): Promise<Session | null> {
  const sealed = getCookie(c, COOKIE, "host") ?? "";
  if (sealed === "" || sealed.length > MAX_COOKIE_LENGTH) return null;
  const { keyring, adminApiKey } = c.get("scope");
  const text = await keyring.open(sealed, PLACE).catch((error: unknown) => {
    if (error instanceof UnsealError) return "null";
    throw error;
  });
  const { success, data } = session.safeParse(JSON.parse(text));
  if (!success || data.endsAt <= Date.now()) return null;
  if (data.kind === "project") return data;
  const isAdmin =
    adminApiKey !== undefined && (await secretsEqual(data.sha256, await sha256Hex(adminApiKey)));
  return isAdmin ? data : null;
}
