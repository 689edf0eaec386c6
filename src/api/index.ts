// Every operation of the API, by its id.

import * as health from "./health.ts";
import * as projects from "./projects.ts";
import * as tokens from "./tokens.ts";
import * as webhooks from "./webhooks.ts";
import * as apps from "./zoom-oauth-apps.ts";
import * as connections from "./zoom-oauth-connections.ts";
import * as zoomWebhooks from "./zoom-webhooks.ts";

export const operations = {
  ...connections,
  ...tokens,
  ...webhooks,
  ...apps,
  ...projects,
  ...zoomWebhooks,
  ...health,
};
