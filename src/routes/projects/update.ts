import * as z from "zod";
import { displayName, givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { updateProject as change } from "../../db/projects.ts";
import { project, toProject } from "./project.ts";

export const updateProject = defineOperation({
  operationId: "updateProject",
  method: "patch",
  path: "/api/v1/projects/{id}",
  tag: "Administration",
  summary: "Change or suspend a project",
  description:
    "A suspended project stops within a second: its API keys get `project_suspended`, its token links and hosted pages are closed, and no refresh, sync or delivery of it begins. Events of Zoom's are taken and held. When the suspension is lifted everything goes on, with nothing lost.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  body: z
    .strictObject({
      name: displayName.optional().meta({ description: "A name for people, up to 200 characters." }),
      is_suspended: z
        .boolean()
        .optional()
        .meta({ description: "True suspends the project, false lifts that." }),
    })
    .meta({ id: "ProjectChanges" }),
  status: 200,
  answer: project,
  errors: [],
  handle: async ({ db, caller }, { params, body }) => {
    const changes = { id: params.id, name: body.name ?? null, isSuspended: body.is_suspended ?? null };
    return toProject(await change(db, caller, changes));
  },
});
