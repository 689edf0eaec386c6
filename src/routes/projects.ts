// Administration: projects and their API keys.

import * as z from "zod";
import { sha256Hex } from "../crypto/hash.ts";
import { createApiKey, createId } from "../crypto/ids.ts";
import { type ApiKeyRow, insertApiKey, insertProject, type ProjectRow } from "../db/projects.ts";
import { ApiError } from "../errors.ts";
import { requireAdmin } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import { displayName, pathId } from "../http/schemas.ts";
import { validate } from "../http/validation.ts";

const newProject = z.strictObject({ name: displayName });
const newApiKey = z.strictObject({ name: displayName.nullish() });

export const projectRoutes = createRouter()
  .post("/projects", requireAdmin, readJsonBody, validate("json", newProject), async (c) => {
    const { name } = c.req.valid("json");
    const row = await insertProject(c.get("deps").db, { id: createId("proj"), name });
    return c.json(toProject(row), 201);
  })

  .post(
    "/projects/:id/api_keys",
    requireAdmin,
    validate("param", pathId("proj")),
    readJsonBody,
    validate("json", newApiKey),
    async (c) => {
      const key = createApiKey();
      const row = await insertApiKey(c.get("deps").db, {
        id: createId("key"),
        projectId: c.req.valid("param").id,
        name: c.req.valid("json").name ?? null,
        keySha256: await sha256Hex(key),
      });
      if (!row) throw new ApiError("not_found", { message: "No such project." });
      // The one answer that ever shows the key.
      return c.json({ ...toApiKey(row), key }, 201);
    },
  );

function toProject({ id, name, created_at }: ProjectRow) {
  return { id, name, created_at };
}

function toApiKey({ id, project_id, name, created_at, disabled_at, last_used_at }: ApiKeyRow) {
  return { id, project_id, name, created_at, disabled_at, last_used_at };
}
