import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listWebhooksOfProject } from "../../db/webhooks.ts";
import { defineList } from "../../http/list.ts";
import { toWebhook, webhook } from "../webhooks/webhook.ts";

export const listProjectWebhooks = defineList({
  operationId: "listProjectWebhooks",
  path: "/api/v1/projects/{id}/webhooks",
  tag: "Administration",
  summary: "List a project's webhooks",
  description: "Newest first.",
  security: "admin",
  params: z.object({ id: givenId("proj", "ID of the project.") }),
  item: webhook,
  pageName: "ProjectWebhookPage",
  errors: [],
  rows: async ({ db }, { params, page }) => await listWebhooksOfProject(db, params.id, page),
  show: toWebhook,
});
