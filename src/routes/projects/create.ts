import * as z from "zod";
import { displayName } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { createId } from "../../crypto/ids.ts";
import { insertProject } from "../../db/projects.ts";
import { project, toProject } from "./project.ts";

export const createProject = defineOperation({
  operationId: "createProject",
  method: "post",
  path: "/api/v1/projects",
  tag: "Administration",
  summary: "Create a project",
  description:
    "Projects are kept apart: none sees the apps, connections or webhooks of another. The same request again creates another project.",
  security: "admin",
  body: z
    .strictObject({
      name: displayName.meta({
        description: "A name for people, up to 200 characters. It need not be unique.",
      }),
    })
    .meta({ id: "NewProject" }),
  status: 201,
  answer: project,
  errors: [],
  handle: async ({ db, caller }, { body }) =>
    toProject(await insertProject(db, caller, { id: createId("proj"), name: body.name })),
});
