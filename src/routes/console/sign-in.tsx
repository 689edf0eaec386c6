// Sign-in by an API key or the admin key, and sign-out. A wrong key counts as a failed authentication of the API.

import type { Context } from "hono";
import { secretsEqual, sha256Hex } from "../../crypto/hash.ts";
import { isMistypedApiKey } from "../../crypto/ids.ts";
import { findKeyOwner } from "../../db/authenticated.ts";
import { countFailure, refuseShutOut } from "../../http/callers.ts";
import type { AppEnv } from "../../http/router.ts";
import { Field } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { homeOf, isOwnPage, readForm, SIGN_IN_PATH, show, showForeign } from "./page.tsx";
import { beginSession, endSession, readSession } from "./session.ts";

const KEY = /^[\x21-\x7e]{1,500}$/;
const WRONG = "This key does not work. Check that you have copied all of it, and that it was not disabled.";
const NOTES: Record<string, string> = {
  ended: "You were signed out: the key behind your session does not work any more.",
  out: "You are signed out.",
};

export async function showSignIn(c: Context<AppEnv>): Promise<Response> {
  const session = await readSession(c);
  const next = readNext(c.req.query("next"));
  if (session !== null) return c.redirect(next ?? homeOf(session), 303);
  return await showForm(c, { next, note: NOTES[c.req.query("note") ?? ""] });
}

export async function signIn(c: Context<AppEnv>): Promise<Response> {
  if (!isOwnPage(c)) return await showForeign(c);
  await refuseShutOut(c);
  const form = await readForm(c);
  const key = form.get("key");
  const next = readNext(form.get("next"));
  const home = KEY.test(key) && !isMistypedApiKey(key) ? await findHome(c, key) : await fail(c);
  return home === null ? await showForm(c, { next, problem: WRONG }) : c.redirect(next ?? home, 303);
}

export async function signOut(c: Context<AppEnv>): Promise<Response> {
  if (!isOwnPage(c)) return await showForeign(c);
  endSession(c);
  return c.redirect(`${SIGN_IN_PATH}?note=out`, 303);
}

/** Begins the session of the key. Null: no key is right. */
async function findHome(c: Context<AppEnv>, key: string): Promise<string | null> {
  const { db, adminApiKey } = c.get("scope");
  const sha256 = await sha256Hex(key);
  const owner = await findKeyOwner(db, sha256);
  if (owner !== null) {
    const { scopes, project_name: projectName } = owner;
    const session = {
      kind: "project",
      sha256,
      keyName: owner.name ?? "API key",
      projectName,
      scopes,
    } as const;
    await beginSession(c, session);
    return homeOf({ ...session, endsAt: 0 });
  }
  // Counted before: the admin key is never compared for an address over the limit.
  await countFailure(c);
  if (adminApiKey === undefined || !(await secretsEqual(key, adminApiKey))) return null;
  await beginSession(c, { kind: "admin", sha256 });
  return homeOf({ kind: "admin", sha256, endsAt: 0 });
}

async function fail(c: Context<AppEnv>): Promise<null> {
  await countFailure(c);
  return null;
}

/** A page of the console to go to afterwards, and no other address. */
function readNext(text: string | undefined): string | undefined {
  return text && /^\/console(?:\/(?!sign_)[\w/-]*)?(?:\?[\x21-\x7e]*)?$/.test(text) ? text : undefined;
}

interface FormView {
  next: string | undefined;
  note?: string | undefined;
  problem?: string;
}

async function showForm(c: Context<AppEnv>, { next, note, problem }: FormView): Promise<Response> {
  const content = (
    <>
      <h1>Zoom connections</h1>
      <p>See every connection of your project, why it broke and what to do.</p>
      {note && (
        <p class="notice warn" role="status">
          {note}
        </p>
      )}
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <form class="form" method="post" action={SIGN_IN_PATH}>
        <Field
          name="key"
          label="API key"
          type="password"
          required
          autocomplete="current-password"
          hint="An API key of your project. It shows what its scopes allow. Operators sign in with the admin key."
        />
        {next && <input type="hidden" name="next" value={next} />}
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </>
  );
  return await show(c, null, { title: "Sign in" }, content, problem ? 401 : 200);
}

/** Where the session of a key that was disabled leads. */
export function endedPath(): string {
  return `${SIGN_IN_PATH}?note=ended`;
}

/** The page at the end of a reconnect that began in the console, for the Zoom user. Nobody need be signed in. */
export async function showConnected(c: Context<AppEnv>): Promise<Response> {
  const isConnected = c.req.query("status") === "completed";
  const content = isConnected ? (
    <>
      <h1>Zoom is connected</h1>
      <p>You can close this page.</p>
    </>
  ) : (
    <>
      <h1>Zoom is not connected</h1>
      <p>Ask for a new link where you got this one.</p>
    </>
  );
  return await show(c, null, { title: "Zoom" }, content);
}

export const CONNECTED_PATH = `${CONSOLE_PATH}/connected`;
