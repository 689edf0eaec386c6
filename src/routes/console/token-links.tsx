// The project's token links: which work, and why the last call of one was refused.

import type { Context } from "hono";
import type { AppEnv } from "../../http/router.ts";
import { VENDORS } from "../../model/vendors.ts";
import { Action, Badge, Empty, FinalAction, Id, Pager, Table, Time } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { deleteTokenLink } from "../token-links/delete.ts";
import { listTokenLinks as listOperation } from "../token-links/list.ts";
import { updateTokenLink } from "../token-links/update.ts";
import { ask } from "./ask.ts";
import { done, readForm, readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

const LINKS_PATH = `${CONSOLE_PATH}/token_links`;
const MAX_TEXT_LENGTH = 120;

export async function listTokenLinks(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const found = await ask(c, session, listOperation, { query: readQuery(c) });
  const content = (
    <>
      <div class="head">
        <h1>Token links</h1>
      </div>
      <p>
        A token link is a URL that a bot vendor calls to get a Zoom token: {Object.keys(VENDORS).join(", ")}.
        Make one with <code>POST /api/v1/token_links</code> and give its URL to the vendor.
      </p>
      {found.results.length === 0 ? (
        <Empty title="No token link yet" />
      ) : (
        <div class="panel">
          <Table
            caption="Token links"
            columns={["Link", "For", "State", "Used", "Last refusal", "Change"]}
            rows={found.results.map((link) => [
              <>
                {link.name && <b>{link.name}</b>} <Id>{link.id}</Id>
              </>,
              <>
                {link.vendor}, {link.token.replaceAll("_", " ")}
                <div class="hint mono">{cut(JSON.stringify(link.connection))}</div>
              </>,
              link.is_active ? <Badge tone="good">Active</Badge> : <Badge tone="quiet">Off</Badge>,
              <>
                <span class="words">
                  {link.use_count}
                  {link.max_uses === null ? "" : ` of ${link.max_uses}`}{" "}
                  {link.use_count === 1 && link.max_uses === null ? "time" : "times"}
                </span>
                <div class="hint">
                  <Time at={link.last_used_at} />
                </div>
              </>,
              link.last_refusal === null ? (
                <span class="quiet">none</span>
              ) : (
                <>
                  <span class="words">{link.last_refusal.code.replaceAll("_", " ")}</span>
                  <div class="hint">
                    <Time at={link.last_refusal.at} />
                  </div>
                </>
              ),
              <div class="actions">
                <Action
                  to={`${LINKS_PATH}/${link.id}/active`}
                  fields={{ is_active: String(!link.is_active) }}
                >
                  {link.is_active ? "Switch off" : "Switch on"}
                </Action>
                <FinalAction to={`${LINKS_PATH}/${link.id}/remove`} label="Delete">
                  The link stops at once: bots that use it get no token any more.
                </FinalAction>
              </div>,
            ])}
          />
        </div>
      )}
      <Pager {...found} />
    </>
  );
  return await show(c, session, { title: "Token links", current: LINKS_PATH }, content);
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH)}…`;
}

export async function switchTokenLink(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const form = await readForm(c);
  const body = { is_active: form.get("is_active") === "true" };
  const { is_active } = await ask(c, session, updateTokenLink, { params: c.req.param(), body });
  return done(c, LINKS_PATH, is_active ? "on" : "off");
}

export async function removeTokenLink(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  await ask(c, session, deleteTokenLink, { params: c.req.param() });
  return done(c, LINKS_PATH, "removed");
}
