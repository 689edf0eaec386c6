// Every operation of the API, by its id, in the order of the OpenAPI document.

import { createOwnApiKey } from "./api-keys/create.ts";
import { disableOwnApiKey } from "./api-keys/disable.ts";
import { listOwnApiKeys } from "./api-keys/list.ts";
import { listAuditEvents } from "./audit-events/list.ts";
import { createConnectSession } from "./connect-sessions/create.ts";
import { deleteConnectSession } from "./connect-sessions/delete.ts";
import { getConnectSession } from "./connect-sessions/get.ts";
import { listConnectSessions } from "./connect-sessions/list.ts";
import { listDeadLetters } from "./dead-letters/list.ts";
import { resendDeadLetter } from "./dead-letters/resend.ts";
import { getOpenApiDocument } from "./documentation.ts";
import { getEncryption } from "./encryption/get.ts";
import { getLiveness } from "./health/liveness.ts";
import { getReadiness } from "./health/readiness.ts";
import { createProject } from "./projects/create.ts";
import { createApiKey } from "./projects/create-api-key.ts";
import { deleteProject } from "./projects/delete.ts";
import { disableApiKey } from "./projects/disable-api-key.ts";
import { getProject } from "./projects/get.ts";
import { listProjects } from "./projects/list.ts";
import { listApiKeys } from "./projects/list-api-keys.ts";
import { listProjectAuditEvents } from "./projects/list-audit-events.ts";
import { listProjectWebhooks } from "./projects/list-webhooks.ts";
import { revokeAllGrants } from "./projects/revoke-all.ts";
import { updateProject } from "./projects/update.ts";
import { recoverConnections } from "./recovery/create.ts";
import { getStatistics } from "./statistics/get.ts";
import { createTokenLink } from "./token-links/create.ts";
import { deleteTokenLink } from "./token-links/delete.ts";
import { getTokenLink } from "./token-links/get.ts";
import { listTokenLinks } from "./token-links/list.ts";
import { updateTokenLink } from "./token-links/update.ts";
import { getWebhookSecret } from "./webhook-secret/get.ts";
import { rotateWebhookSecret } from "./webhook-secret/rotate.ts";
import { createWebhook } from "./webhooks/create.ts";
import { deleteWebhook } from "./webhooks/delete.ts";
import { getWebhook } from "./webhooks/get.ts";
import { listWebhooks } from "./webhooks/list.ts";
import { listWebhookDeliveries } from "./webhooks/list-deliveries.ts";
import { redeliverWebhookDelivery } from "./webhooks/redeliver.ts";
import { testWebhook } from "./webhooks/test.ts";
import { updateWebhook } from "./webhooks/update.ts";
import { listZoomMeetings } from "./zoom-meetings/list.ts";
import { createZoomOAuthApp } from "./zoom-oauth-apps/create.ts";
import { deleteZoomOAuthApp } from "./zoom-oauth-apps/delete.ts";
import { diagnoseZoomOAuthApp } from "./zoom-oauth-apps/diagnose.ts";
import { getZoomOAuthApp } from "./zoom-oauth-apps/get.ts";
import { listZoomOAuthApps } from "./zoom-oauth-apps/list.ts";
import { updateZoomOAuthApp } from "./zoom-oauth-apps/update.ts";
import { createAccessToken } from "./zoom-oauth-connections/access-token.ts";
import { createZoomOAuthConnection } from "./zoom-oauth-connections/create.ts";
import { deleteZoomOAuthConnection } from "./zoom-oauth-connections/delete.ts";
import { exportZoomOAuthConnection } from "./zoom-oauth-connections/export.ts";
import { getZoomOAuthConnection } from "./zoom-oauth-connections/get.ts";
import { importZoomOAuthConnection } from "./zoom-oauth-connections/import.ts";
import { listZoomOAuthConnections } from "./zoom-oauth-connections/list.ts";
import { listZoomOAuthConnectionEvents } from "./zoom-oauth-connections/list-events.ts";
import { createLocalRecordingToken } from "./zoom-oauth-connections/local-recording-token.ts";
import { createOnbehalfToken } from "./zoom-oauth-connections/onbehalf-token.ts";
import { syncZoomOAuthConnection } from "./zoom-oauth-connections/sync.ts";
import { updateZoomOAuthConnection } from "./zoom-oauth-connections/update.ts";
import { createZakToken } from "./zoom-oauth-connections/zak-token.ts";
import { createZoomTokens } from "./zoom-tokens/create.ts";
import { preflightZoomTokens } from "./zoom-tokens/preflight.ts";
import { receiveZoomWebhook } from "./zoom-webhooks/receive.ts";

export const operations = {
  createZoomOAuthConnection,
  importZoomOAuthConnection,
  exportZoomOAuthConnection,
  listZoomOAuthConnections,
  getZoomOAuthConnection,
  updateZoomOAuthConnection,
  deleteZoomOAuthConnection,
  syncZoomOAuthConnection,
  listZoomOAuthConnectionEvents,
  createConnectSession,
  listConnectSessions,
  getConnectSession,
  deleteConnectSession,
  createAccessToken,
  createLocalRecordingToken,
  createOnbehalfToken,
  createZakToken,
  createZoomTokens,
  preflightZoomTokens,
  listZoomMeetings,
  createTokenLink,
  listTokenLinks,
  getTokenLink,
  updateTokenLink,
  deleteTokenLink,
  createWebhook,
  listWebhooks,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  testWebhook,
  listWebhookDeliveries,
  redeliverWebhookDelivery,
  getWebhookSecret,
  rotateWebhookSecret,
  createZoomOAuthApp,
  listZoomOAuthApps,
  getZoomOAuthApp,
  updateZoomOAuthApp,
  deleteZoomOAuthApp,
  diagnoseZoomOAuthApp,
  createOwnApiKey,
  listOwnApiKeys,
  disableOwnApiKey,
  listAuditEvents,
  getStatistics,
  createProject,
  listProjects,
  getProject,
  updateProject,
  deleteProject,
  revokeAllGrants,
  createApiKey,
  listApiKeys,
  disableApiKey,
  listProjectAuditEvents,
  listProjectWebhooks,
  listDeadLetters,
  resendDeadLetter,
  getEncryption,
  recoverConnections,
  receiveZoomWebhook,
  getLiveness,
  getReadiness,
  getOpenApiDocument,
};
