// Who did something: named by events of connections and by audit events.

import * as z from "zod";

export const ACTOR_TYPES = ["api_key", "admin", "token_link", "connect_session", "zoom", "service"] as const;
export type ActorType = (typeof ACTOR_TYPES)[number];

export const actor = z
  .strictObject({
    type: z.enum(ACTOR_TYPES).meta({
      description: [
        "- `api_key`, `token_link`, `connect_session`: the one with this `id`.",
        "- `admin`: the operator of the service, with the admin key.",
        "- `zoom`: an event of Zoom's.",
        "- `service`: the service by itself.",
      ].join("\n"),
    }),
    id: z.string().nullable().meta({ description: "Null where there is only one such actor." }),
  })
  .meta({ id: "Actor", description: "Who did it." });

export type Actor = z.output<typeof actor>;

/** An actor as statements carry it: the type and the id in one text. */
export function toActorText({ type, id }: Actor): string {
  return id === null ? type : `${type} ${id}`;
}

/** What {@link toActorText} made. Null, where nobody else said so: the service. */
export function parseActor(text: string | null): Actor {
  const [type = "service", id = null] = text?.split(" ") ?? [];
  return { type: type as ActorType, id };
}
