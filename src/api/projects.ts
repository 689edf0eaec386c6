// Administration: projects and their API keys, as the administrator sees them.

import * as z from "zod";
import { displayName, givenId, pageOf, paging, shownId, timestamp } from "./fields.ts";
import { defineOperation } from "./operation.ts";

const PATH = "/api/v1/projects";

const project = z
  .strictObject({
    id: shownId("proj", "Unique identifier of the project."),
    name: z.string(),
    created_at: timestamp,
  })
  .meta({ id: "Project" });

const apiKey = z
  .strictObject({
    id: shownId("key", "Unique identifier of the key."),
    project_id: shownId("proj", "The project that the key authenticates as."),
    name: z.string().nullable(),
    created_at: timestamp,
    disabled_at: timestamp.nullable(),
    last_used_at: timestamp.nullable().meta({ description: "Exact to a minute." }),
  })
  .meta({ id: "ApiKey" });

const createdApiKey = apiKey
  .extend({ key: z.string().meta({ description: "The key itself, in this answer and never again." }) })
  .meta({ id: "CreatedApiKey" });

const params = z.object({ id: givenId("proj") });
const keyParams = z.object({ id: givenId("proj"), key_id: givenId("key") });
const common = { tag: "Administration", security: "admin" } as const;

export type Project = z.output<typeof project>;
export type ApiKey = z.output<typeof apiKey>;

export const createProject = defineOperation({
  ...common,
  method: "post",
  path: PATH,
  operationId: "createProject",
  summary: "Create a project",
  body: z.strictObject({ name: displayName }).meta({ id: "NewProject" }),
  status: 201,
  answer: project,
  errors: [],
});

export const listProjects = defineOperation({
  ...common,
  method: "get",
  path: PATH,
  operationId: "listProjects",
  summary: "List projects",
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(project).meta({ id: "ProjectPage" }),
  errors: [],
});

export const createApiKey = defineOperation({
  ...common,
  method: "post",
  path: `${PATH}/{id}/api_keys`,
  operationId: "createApiKey",
  summary: "Create an API key",
  params,
  body: z.strictObject({ name: displayName.nullish() }).meta({ id: "NewApiKey" }),
  status: 201,
  answer: createdApiKey,
  errors: [],
});

export const listApiKeys = defineOperation({
  ...common,
  method: "get",
  path: `${PATH}/{id}/api_keys`,
  operationId: "listApiKeys",
  summary: "List a project's API keys",
  params,
  query: z.strictObject(paging),
  status: 200,
  answer: pageOf(apiKey).meta({ id: "ApiKeyPage" }),
  errors: [],
});

export const disableApiKey = defineOperation({
  ...common,
  method: "delete",
  path: `${PATH}/{id}/api_keys/{key_id}`,
  operationId: "disableApiKey",
  summary: "Disable an API key",
  description: "At once, and for good.",
  params: keyParams,
  status: 200,
  answer: apiKey,
  errors: [],
});

export const getEncryption = defineOperation({
  ...common,
  method: "get",
  path: "/api/v1/encryption",
  operationId: "getEncryption",
  summary: "How many secrets each master key still holds",
  description:
    "A key that is not the current one and holds none can be dropped from `CREDENTIAL_ENCRYPTION_KEYS`. The others are re-encrypted every minute.",
  status: 200,
  answer: z
    .strictObject({
      current_key_id: z.string(),
      keys: z.array(
        z.strictObject({
          id: z.string(),
          is_current: z.boolean(),
          is_configured: z.boolean().meta({ description: "False: what it holds cannot be read." }),
          rows: z.int().meta({ description: "Secrets in the database that it holds." }),
        }),
      ),
    })
    .meta({ id: "Encryption" }),
  errors: [],
});
