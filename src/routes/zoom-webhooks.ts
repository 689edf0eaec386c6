// Webhooks from Zoom.

import * as operations from "../api/zoom-webhooks.ts";
import { receiveZoomWebhook } from "../connections/zoom-events.ts";
import { ApiError } from "../errors.ts";
import { implement } from "../http/implement.ts";
import { createRouter } from "../http/router.ts";

export const zoomWebhookRoutes = createRouter();

implement(zoomWebhookRoutes, operations.receiveZoomWebhook, async (c) => {
  const answer = await receiveZoomWebhook(c.get("deps"), (work) => c.executionCtx.waitUntil(work), {
    appId: c.req.param("id") ?? "",
    headers: {
      signature: c.req.header("x-zm-signature"),
      timestamp: c.req.header("x-zm-request-timestamp"),
    },
    requestId: c.req.header("x-zm-request-id"),
    body: await c.req.arrayBuffer(),
  });
  switch (answer.kind) {
    case "not_found":
      throw new ApiError("not_found", { message: "No such Zoom OAuth app." });
    case "unverified":
      throw new ApiError("unauthenticated", {
        message:
          "The signature is missing, wrong or too old. Check that webhook_secret is the Secret Token of the app.",
        headers: { "WWW-Authenticate": "x-zm-signature" },
      });
    case "url_validation":
      return { plainToken: answer.plainToken, encryptedToken: answer.encryptedToken };
    case "received":
      return { status: "received" as const };
  }
});
