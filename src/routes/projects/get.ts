import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findProject } from "../../db/projects.ts";
import { project, toProject } from "./project.ts";

export const getProject = defineOperation({
  operationId: "getProject",
  method: "get",
  path: "/api/v1/projects/{id}",
  tag: "Administration",
  summary: "Get a project",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  status: 200,
  answer: project,
  errors: [],
  handle: async ({ db }, { params }) => toProject(await findProject(db, params.id)),
});
