// Administration: projects, their API keys, and the state of the encryption.

import * as operations from "../api/projects.ts";
import { sha256Hex } from "../crypto/hash.ts";
import { createApiKey, createId } from "../crypto/ids.ts";
import {
  type ApiKeyRow,
  disableApiKey,
  insertApiKey,
  insertProject,
  listApiKeys,
  listProjects,
  type ProjectRow,
} from "../db/projects.ts";
import { countByMasterKey } from "../db/sealed.ts";
import { found } from "../http/authentication.ts";
import { implement } from "../http/implement.ts";
import { toPage, toPageRequest } from "../http/paging.ts";
import { createRouter } from "../http/router.ts";

export const projectRoutes = createRouter();

implement(projectRoutes, operations.createProject, async (c, { body }) =>
  toProject(await insertProject(c.get("deps").db, { id: createId("proj"), name: body.name })),
);

implement(projectRoutes, operations.listProjects, async (c, { query }) => {
  const page = await toPageRequest(c, query);
  return toPage(c, page, await listProjects(c.get("deps").db, page), toProject);
});

implement(projectRoutes, operations.createApiKey, async (c, { params, body }) => {
  const key = createApiKey();
  const row = await insertApiKey(c.get("deps").db, {
    id: createId("key"),
    projectId: params.id,
    name: body.name ?? null,
    keySha256: await sha256Hex(key),
  });
  // The one answer that ever shows the key.
  return { ...toApiKey(found(row ?? "not_found", "project")), key };
});

implement(projectRoutes, operations.listApiKeys, async (c, { params, query }) => {
  const page = await toPageRequest(c, query);
  const rows = await listApiKeys(c.get("deps").db, params.id, page);
  return toPage(c, page, found(rows ?? "not_found", "project"), toApiKey);
});

implement(projectRoutes, operations.disableApiKey, async (c, { params }) => {
  const row = await disableApiKey(c.get("deps").db, { id: params.key_id, projectId: params.id });
  return toApiKey(found(row ?? "not_found", "API key"));
});

implement(projectRoutes, operations.getEncryption, async (c) => {
  const { db, keyring } = c.get("deps");
  const counts = await countByMasterKey(db);
  const [current = ""] = keyring.keyIds;
  const ids = new Set([...keyring.keyIds, ...counts.keys()]);
  const keys = [...ids].map((id) => ({
    id,
    is_current: id === current,
    is_configured: keyring.keyIds.includes(id),
    rows: counts.get(id) ?? 0,
  }));
  return { current_key_id: current, keys };
});

function toProject({ id, name, created_at }: ProjectRow): operations.Project {
  return { id, name, created_at };
}

function toApiKey({
  id,
  project_id,
  name,
  created_at,
  disabled_at,
  last_used_at,
}: ApiKeyRow): operations.ApiKey {
  return { id, project_id, name, created_at, disabled_at, last_used_at };
}
