// API keys: which there are, what they may do and when they were last used. The project's own, and a project's for the
// operator.

import type { Context } from "hono";
import type * as z from "zod";
import type { AppEnv } from "../../http/router.ts";
import { KEY_SCOPE_NAMES, type KeyScope } from "../../model/key-scopes.ts";
import {
  Badge,
  Card,
  Field,
  FinalAction,
  Id,
  Pager,
  Secret,
  Table,
  Ticks,
  Time,
} from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import type { apiKey } from "../api-keys/api-key.ts";
import { createOwnApiKey } from "../api-keys/create.ts";
import { disableOwnApiKey } from "../api-keys/disable.ts";
import { listOwnApiKeys } from "../api-keys/list.ts";
import { ask } from "./ask.ts";
import { done, type Form, readForm, readQuery, show } from "./page.tsx";
import type { ProjectSession, Session } from "./session.ts";

const KEYS_PATH = `${CONSOLE_PATH}/keys`;

type Key = z.input<typeof apiKey>;

export async function listKeys(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const found = await ask(c, session, listOwnApiKeys, { query: readQuery(c) });
  const content = (
    <>
      <div class="head">
        <h1>API keys</h1>
      </div>
      <Keys keys={found.results} path={KEYS_PATH} />
      <Pager {...found} />
      <NewKey
        path={KEYS_PATH}
        scopes={session.scopes}
        hint="It may do no more than the key that you are signed in with, and is disabled together with it."
      />
    </>
  );
  return await show(c, session, { title: "API keys", current: KEYS_PATH }, content);
}

/** The keys, each with a button that disables it; `path` has the forms. */
export function Keys({ keys, path }: { keys: readonly Key[]; path: string }) {
  return (
    <div class="panel">
      <Table
        caption="API keys"
        columns={["Key", "State", "May do", "Last used", "Made", "Change"]}
        rows={keys.map((one) => [
          <>
            {one.name && <b>{one.name}</b>} <Id>{one.id}</Id>
          </>,
          <KeyState {...one} />,
          <span class="hint">{scopesText(one.scopes)}</span>,
          <Time at={one.last_used_at} />,
          <>
            <Time at={one.created_at} />
            <div class="hint">
              by <Maker of={one} keys={keys} />
            </div>
          </>,
          one.disabled_at === null ? (
            <FinalAction to={`${path}/${one.id}/disable`} label="Disable">
              The key stops at once, and so does every key that it made. None of them can be enabled again.
            </FinalAction>
          ) : (
            ""
          ),
        ])}
      />
    </div>
  );
}

/** Which key has made it: it ends with that one. */
function Maker({ of: { created_by_key_id: id }, keys }: { of: Key; keys: readonly Key[] }) {
  if (id === null) return "the operator";
  const name = keys.find((one) => one.id === id)?.name;
  return name ?? <code title={id}>{id.slice(0, 9)}…</code>;
}

function KeyState({ disabled_at, expires_at }: Key) {
  if (disabled_at !== null) return <Badge tone="quiet">Disabled</Badge>;
  if (expires_at === null) return <Badge tone="good">Enabled</Badge>;
  if (Date.parse(expires_at) <= Date.now()) return <Badge tone="quiet">Expired</Badge>;
  return (
    <>
      <Badge tone="good">Enabled</Badge>
      <div class="hint">
        until <Time at={expires_at} />
      </div>
    </>
  );
}

function scopesText(scopes: readonly string[]): string {
  if (scopes.length === KEY_SCOPE_NAMES.length) return "everything";
  const missing = KEY_SCOPE_NAMES.filter((name) => !scopes.includes(name));
  return missing.length <= 2 ? `everything but ${missing.join(" and ")}` : scopes.join(", ");
}

export function NewKey({ path, scopes, hint }: { path: string; scopes: readonly KeyScope[]; hint: string }) {
  return (
    <Card title="Add an API key">
      <form class="form" method="post" action={path}>
        <Field name="name" label="Name" hint={hint} />
        <Ticks
          name="scopes"
          label="What it may do"
          options={scopes.map((value) => ({ value, text: value, isTicked: value !== "connections:export" }))}
        />
        <button type="submit" class="primary">
          Add
        </button>
      </form>
    </Card>
  );
}

/** What the form for a new key has sent. */
export function newKeyOf(form: Form): Record<string, unknown> {
  return { name: form.get("name") || null, scopes: form.all("scopes") };
}

export async function addKey(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { key } = await ask(c, session, createOwnApiKey, { body: newKeyOf(await readForm(c)) });
  return await showNewKey(c, session, key, KEYS_PATH);
}

/** The key, which no other answer shows. */
export async function showNewKey(
  c: Context<AppEnv>,
  session: Session,
  key: string,
  path: string,
): Promise<Response> {
  const content = (
    <>
      <h1>The new API key</h1>
      <Card title="Store it now">
        <p>Only its hash is kept, and no other page shows it.</p>
        <Secret label="API key" value={key} />
        <p>
          <a href={path}>Back to the keys</a>
        </p>
      </Card>
    </>
  );
  return await show(c, session, { title: "The new API key" }, content);
}

export async function disableKey(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  await ask(c, session, disableOwnApiKey, { params: c.req.param() });
  return done(c, KEYS_PATH, "disabled");
}
