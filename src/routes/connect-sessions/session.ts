// A connect session as answers show it.

import * as z from "zod";
import type { ShownSession } from "../../db/connect-sessions.ts";
import { connectSessionFields } from "../../model/connect-session.ts";

const { id, ...others } = connectSessionFields;

export const connectSession = z.strictObject({ id, ...others }).meta({ id: "ConnectSession" });

/** The one answer that has the link. */
export const newConnectSession = z
  .strictObject({
    id,
    url: z.url().meta({
      description:
        "The link for your user. It is shown in this answer and never again: whoever has it can use it.",
    }),
    ...others,
  })
  .meta({ id: "CreatedConnectSession" });

/** Exactly the published fields, whatever else the row has. */
export function toConnectSession(session: ShownSession): z.input<typeof connectSession> {
  const { id, state, zoom_oauth_connection_id, failure, return_url, metadata } = session;
  const { created_at, expires_at, completed_at } = session;
  const times = { created_at, expires_at, completed_at };
  return { id, state, zoom_oauth_connection_id, failure, return_url, metadata, ...times };
}
