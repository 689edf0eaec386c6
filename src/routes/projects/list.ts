import { listProjects as findProjects } from "../../db/projects.ts";
import { defineList } from "../../http/list.ts";
import { project, toProject } from "./project.ts";

export const listProjects = defineList({
  operationId: "listProjects",
  path: "/api/v1/projects",
  tag: "Administration",
  summary: "List projects",
  description: "Newest first.",
  security: "admin",
  item: project,
  pageName: "ProjectPage",
  errors: [],
  rows: async ({ db }, { page }) => await findProjects(db, page),
  show: toProject,
});
