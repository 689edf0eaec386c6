import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { deleteZoomOAuthApp as deleteApp } from "../../db/zoom-oauth-apps.ts";
import { ApiError } from "../../errors.ts";

export const deleteZoomOAuthApp = defineOperation({
  operationId: "deleteZoomOAuthApp",
  method: "delete",
  path: "/api/v1/zoom_oauth_apps/{id}",
  tag: "Zoom OAuth apps",
  summary: "Delete an app",
  description:
    "Deletes an app that has no connections, connected or disconnected (`conflict` if it has). The app on the Zoom Marketplace stays as it is. Deleting it again answers `not_found`.",
  security: "api_key",
  scope: "apps:write",
  params: z.object({ id: givenId("zoa", "ID of the app.") }),
  status: 200,
  answer: null,
  errors: ["conflict"],
  handle: async ({ db, caller }, { params }) => {
    const outcome = await deleteApp(db, { ...caller, id: params.id });
    if (outcome === "has_connections") {
      throw new ApiError("conflict", { message: "The app still has connections. Delete them first." });
    }
    return undefined;
  },
});
