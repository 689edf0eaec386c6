// A project as answers show it.

import * as z from "zod";
import type { ProjectRow } from "../../db/projects.ts";
import { shownId, timestamp } from "../../model/fields.ts";

export const project = z
  .strictObject({
    id: shownId("proj", "Unique identifier of the project."),
    name: z.string().meta({ description: "A name for people." }),
    is_suspended: z.boolean().meta({
      description:
        "Whether the project is suspended: its API keys, token links, hosted pages, refreshes, syncs and deliveries stop, and events of Zoom's are held. Nothing is lost.",
    }),
    suspended_at: timestamp.nullable().meta({ description: "Since when. Null if it is not." }),
    revocation: z
      .strictObject({
        requested_at: timestamp.meta({ description: "When the operator asked for it." }),
        remaining: z.int().meta({ description: "How many grants are not revoked yet." }),
      })
      .nullable()
      .meta({
        description: "The revocation of every grant that the project had. Null if nobody asked for it.",
      }),
    created_at: timestamp,
  })
  .meta({ id: "Project" });

export function toProject(row: ProjectRow): z.input<typeof project> {
  const {
    id,
    name,
    suspended_at,
    revocation_requested_at,
    revocation_remaining: remaining,
    created_at,
  } = row;
  const revocation =
    revocation_requested_at === null ? null : { requested_at: revocation_requested_at, remaining };
  return { id, name, is_suspended: suspended_at !== null, suspended_at, revocation, created_at };
}
