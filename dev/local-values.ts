// The fixed values of the local stack. They are public, and good for a developer's machine only.

import { PUBLISHED } from "../src/model/published-values.ts";

export const LOCAL = {
  apiKey: "local-api-key",
  adminApiKey: PUBLISHED.adminApiKey,
  zoomOAuthAppId: "zoa_local00000000001",
  clientId: "local-client-id",
  clientSecret: "local-client-secret",
  webhookSecret: "local-webhook-secret",
  encryptionKeys: PUBLISHED.encryptionKeys,
  projectId: "proj_local00000000001",
} as const;

/** The client as the Zoom simulator knows it. */
export const LOCAL_ZOOM_CLIENT = {
  client_id: LOCAL.clientId,
  client_secret: LOCAL.clientSecret,
  webhook_secret: LOCAL.webhookSecret,
  name: "Local app",
} as const;
