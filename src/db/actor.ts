// Who makes a change. A statement says so in two settings of its transaction; triggers on the tables and the default of a
// column read them, so that no change can be made without its audit event, and none names a wrong actor.

import { type SQL, sql } from "drizzle-orm";
import { type Expression, literal } from "./columns.ts";
import { apiKeys } from "./schema.ts";

/** Who asks, and from where. */
export interface Asking {
  /** As `toActorText` makes it. */
  actor: string;
  /** As `originOf` makes it; null: from no request. */
  origin: string | null;
}

/** Says it. The expression is a text that is never null; it counts as soon as Postgres has evaluated it. */
export function sayActor(actor: Expression): SQL {
  return sql`set_config('audit.actor', ${typeof actor === "string" ? literal(actor) : actor}, true)`;
}

/** What `acting` of a caller says, as `toActorText` makes it. */
export function actorOf(acting: Expression): SQL {
  return sql`case when starts_with(${acting}::text, 'sha256 ') then (
    select 'api_key ' || ${apiKeys.id} from ${apiKeys} where ${apiKeys.key_sha256} = split_part(${acting}::text, ' ', 2)
  ) else ${acting}::text end`;
}

export function sayOrigin(origin: Expression): SQL {
  return sql`set_config('audit.origin', coalesce(${origin}::text, ''), true)`;
}

/** A condition that always holds, and says who changes the rows. */
export function isMadeBy({ actor, origin }: Record<keyof Asking, Expression>): SQL {
  return sql`${sayActor(actor)} is not null and ${sayOrigin(origin)} is not null`;
}

/** The same where no key is checked. */
export interface Acting {
  /** As `toActingText` makes it; null: the service. */
  acting: string | null;
  /** As `originOf` makes it; null: from no request. */
  origin: string | null;
}

export function isDoneBy({ acting, origin }: Record<keyof Acting, Expression>): SQL {
  return isMadeBy({ actor: sql`coalesce(${actorOf(acting)}, 'service')`, origin });
}

/** The actor of a change that is none: a text is sealed anew. */
export const SEALING = "sealing";
