import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { deleteProject as remove } from "../../db/projects.ts";

export const deleteProject = defineOperation({
  operationId: "deleteProject",
  method: "delete",
  path: "/api/v1/projects/{id}",
  tag: "Administration",
  summary: "Delete a project",
  description:
    "Erases the project with everything in it: keys, apps, connections, webhooks, links, sessions, events and audit. Grants stay alive at Zoom; to end them, revoke all of them first. A very large project is closed at once and takes several requests: repeat it until the answer is 200.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  status: 200,
  answer: null,
  errors: ["request_in_progress"],
  handle: async ({ db }, { params }) => {
    await remove(db, params.id);
    return undefined;
  },
});
