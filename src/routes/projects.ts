// Administration: projects and their API keys.

import { createRoute, z } from "@hono/zod-openapi";
import { sha256Hex } from "../crypto/hash.ts";
import { createApiKey, createId } from "../crypto/ids.ts";
import { type ApiKeyRow, insertApiKey, insertProject } from "../db/projects.ts";
import { ApiError } from "../errors.ts";
import { requireAdmin } from "../http/authentication.ts";
import { readJsonBody } from "../http/body.ts";
import { createRouter } from "../http/router.ts";
import { displayName, errorResponses, jsonBody, jsonResponse, pathId, timestamp } from "../http/schemas.ts";

const project = z.object({ id: z.string(), name: z.string(), created_at: timestamp }).openapi("Project");

const apiKey = z.object({
  id: z.string(),
  project_id: z.string(),
  name: z.string().nullable(),
  created_at: timestamp,
  disabled_at: timestamp.nullable(),
  last_used_at: timestamp.nullable(),
});

const createdApiKey = apiKey
  .extend({
    key: z.string().openapi({ description: "The key itself, shown in this answer and never again." }),
  })
  .openapi("CreatedApiKey");

export const projectRoutes = createRouter();

projectRoutes.openapi(
  createRoute({
    method: "post",
    path: "/projects",
    middleware: [requireAdmin, readJsonBody],
    request: { body: jsonBody(z.strictObject({ name: displayName })) },
    responses: { 201: jsonResponse("The project", project), ...errorResponses(400, 401, 404, 413, 415, 503) },
  }),
  async (c) => {
    const { name } = c.req.valid("json");
    return c.json(await insertProject(c.get("deps").db, { id: createId("proj"), name }), 201);
  },
);

projectRoutes.openapi(
  createRoute({
    method: "post",
    path: "/projects/{id}/api_keys",
    middleware: [requireAdmin, readJsonBody],
    request: {
      params: z.object({ id: pathId("proj") }),
      body: jsonBody(z.strictObject({ name: displayName.nullish() })),
    },
    responses: {
      201: jsonResponse("The API key, with its secret", createdApiKey),
      ...errorResponses(400, 401, 404, 413, 415, 503),
    },
  }),
  async (c) => {
    const key = createApiKey();
    const row = await insertApiKey(c.get("deps").db, {
      id: createId("key"),
      projectId: c.req.valid("param").id,
      name: c.req.valid("json").name ?? null,
      keySha256: await sha256Hex(key),
    });
    if (!row) throw new ApiError("not_found", { message: "No such project." });
    return c.json({ ...toApiKey(row), key }, 201);
  },
);

function toApiKey(row: ApiKeyRow): z.infer<typeof apiKey> {
  const { id, project_id, name, created_at, disabled_at, last_used_at } = row;
  return { id, project_id, name, created_at, disabled_at, last_used_at };
}
