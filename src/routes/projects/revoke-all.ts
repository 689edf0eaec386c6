import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { requestRevocationOfAll } from "../../db/projects.ts";
import { project, toProject } from "./project.ts";

export const revokeAllGrants = defineOperation({
  operationId: "revokeAllGrants",
  method: "post",
  path: "/api/v1/projects/{id}/revoke_all",
  tag: "Administration",
  summary: "Revoke all grants of a project",
  description:
    "Revokes every grant that the project has now at Zoom, in the background, and erases its credentials. Works for a suspended project, too. `GET` of the project shows in `revocation` how many remain. The same request again also revokes the grants that came since. This operation takes no body.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  body: noFields,
  status: 202,
  answer: project,
  errors: [],
  handle: async ({ db, caller }, { params }) =>
    toProject(await requestRevocationOfAll(db, caller, params.id)),
});
