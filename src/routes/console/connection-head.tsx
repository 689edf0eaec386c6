// What the pages of one connection share.

import type { Context } from "hono";
import type * as z from "zod";
import type { AppEnv } from "../../http/router.ts";
import type { connection } from "../zoom-oauth-connections/connection.ts";
import { CONNECTIONS_PATH } from "./connections.tsx";
import { show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

export type Connection = z.output<typeof connection>;

export const idOf = (c: Context<AppEnv>) => ({ params: { id: c.req.param("id") } });
export const pathOf = (id: string) => `${CONNECTIONS_PATH}/${id}`;

export function Head({ row }: { row: Pick<Connection, "id" | "user_id"> }) {
  return (
    <div class="head">
      <div>
        <p class="crumb">
          <a href={CONNECTIONS_PATH}>Connections</a>
        </p>
        <h1>{row.user_id}</h1>
      </div>
      <nav aria-label="Of this connection">
        <a href={pathOf(row.id)}>Facts and events</a> · <a href={`${pathOf(row.id)}/meetings`}>Meetings</a>
      </nav>
    </div>
  );
}

interface Undone {
  id: string;
  title: string;
  /** A sentence for a person. */
  why: string;
}

/** The page for a form of a connection that changed nothing. */
export async function showUndone(
  c: Context<AppEnv>,
  session: ProjectSession,
  { id, title, why }: Undone,
): Promise<Response> {
  const content = (
    <>
      <Head row={{ id, user_id: title }} />
      <p class="notice warn" role="alert">
        {why}
      </p>
      <p>
        <a href={pathOf(id)}>Back to the connection</a>
      </p>
    </>
  );
  return await show(c, session, { title, current: CONNECTIONS_PATH }, content, 400);
}
