// How a connect session ends: what its user's silence means, and the delivery that tells of the end. Whichever statement ends a
// session takes both from here.

import { type SQL, sql } from "drizzle-orm";
import { NEVER_CAME_BACK } from "../model/connect-session.ts";
import { as, literal } from "./columns.ts";
import { deliver } from "./outbox.ts";
import { connectAttempts, connectSessions, type webhooks } from "./schema.ts";

export type Sessions = typeof connectSessions;

const attempts = connectAttempts;
/** After which time without Zoom's answer a session says that its user never came back. */
const PATIENCE = sql`interval '10 minutes'`;

/** Its user went to Zoom, and no answer of Zoom's has come. */
export function hasNeverComeBack(from: Sessions): SQL {
  const tried = as(attempts, "tried");
  return sql`(
    ${from.state} <> 'completed' and ${from.failure} is null and exists (
      select from ${attempts} tried where ${tried.connect_session_id} = ${from.id}
      having count(*) > 0 and count(${tried.answered_at}) = 0
        and max(${tried.created_at}) < case when ${from.expires_at} <= now() then now() else now() - ${PATIENCE} end
    )
  )`;
}

/** The CTE `session_delivered` for the rows of the named CTE, which has the columns of connect sessions as they ended. */
export function deliverSessionEnd(
  cte: SQL,
  trigger: "connect_session.completed" | "connect_session.failed",
  { isLeftOut = null }: { isLeftOut?: ((webhook: typeof webhooks) => SQL) | null } = {},
): SQL {
  const changed = as(connectSessions, "changed");
  const kept = sql`${changed.failure} - 'missing_scopes'`;
  const failure =
    trigger === "connect_session.completed"
      ? kept
      : sql`coalesce(${kept}, case when ${hasNeverComeBack(changed)} then ${literal(JSON.stringify(NEVER_CAME_BACK))}::jsonb end)`;
  const payload = sql`jsonb_build_object(
    'trigger', ${literal(trigger)},
    'connect_session_id', ${changed.id},
    'connect_session_metadata', coalesce(${changed.metadata}, '{}'::jsonb),
    'zoom_oauth_app_id', ${changed.zoom_oauth_app_id},
    'zoom_oauth_connection_id', ${changed.zoom_oauth_connection_id},
    'data', jsonb_build_object('state', ${changed.state}, 'failure', ${failure})
  )`;
  return deliver(sql`session_delivered`, cte, {
    projectId: changed.project_id,
    trigger,
    connectionId: changed.zoom_oauth_connection_id,
    payload,
    isLeftOut,
  });
}
