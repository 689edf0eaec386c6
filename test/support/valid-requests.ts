// One valid request for every operation: what the denials and the isolation of projects start from, by taking one thing
// away, and what the bench counts the round trips of.

import { signWebhook } from "../../dev/zoom-simulator/webhooks.ts";
import { operations } from "../../src/routes/index.ts";
import type { Owner } from "./owner.ts";
import { REDIRECT_URI } from "./service.ts";

type Operations = typeof operations;
export type OperationName = keyof Operations;
/** What the Worker itself answers. The other operations are static assets, which are only described. */
export type HandledOperation = {
  [Name in OperationName]: Operations[Name] extends { handle: unknown } ? Name : never;
}[OperationName];

/** The operation's path and body, filled in. */
export interface ValidRequest {
  method: string;
  path: string;
  body: unknown;
  /** Beside those that say whose it is. */
  headers: Record<string, string>;
  /** The values of the path's parameters. */
  params: Record<string, string>;
}

interface Parts {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

const nothing = async (): Promise<Parts> => ({});
const ofConnection = async (owner: Owner) => ({ params: { id: await owner.connectionId() } });
const ofMeeting = async (owner: Owner) => ({
  ...(await ofConnection(owner)),
  body: { meeting_id: await owner.meetingId() },
});
const ofApp = async (owner: Owner) => ({ params: { id: owner.appId } });
const ofWebhook = async (owner: Owner) => ({ params: { id: await owner.webhookId() } });
const ofSession = async (owner: Owner) => ({ params: { id: await owner.sessionId() } });
const ofLink = async (owner: Owner) => ({ params: { id: await owner.tokenLinkId() } });
const ofProject = async (owner: Owner) => ({ params: { id: owner.projectId } });

const REQUESTS: Record<HandledOperation, (owner: Owner) => Promise<Parts>> = {
  createZoomOAuthConnection: async (owner) => ({
    body: {
      zoom_oauth_app_id: owner.appId,
      authorization_code: await owner.authorizationCode(),
      redirect_uri: REDIRECT_URI,
    },
  }),
  importZoomOAuthConnection: async (owner) => ({
    body: { zoom_oauth_app_id: owner.appId, refresh_token: await owner.refreshToken() },
  }),
  exportZoomOAuthConnection: ofConnection,
  listZoomOAuthConnections: nothing,
  getZoomOAuthConnection: ofConnection,
  updateZoomOAuthConnection: async (owner) => ({
    ...(await ofConnection(owner)),
    body: { metadata: { changed: "yes" } },
  }),
  deleteZoomOAuthConnection: ofConnection,
  listZoomOAuthConnectionEvents: ofConnection,
  syncZoomOAuthConnection: ofConnection,
  createAccessToken: ofConnection,
  createLocalRecordingToken: ofMeeting,
  createOnbehalfToken: ofMeeting,
  createZakToken: ofConnection,
  createZoomTokens: async (owner) => ({
    body: { zoom_oauth_app_id: owner.appId, meeting_id: await owner.meetingId() },
  }),
  createZoomOAuthApp: async (owner) => ({ body: await owner.newClient() }),
  listZoomOAuthApps: nothing,
  getZoomOAuthApp: ofApp,
  updateZoomOAuthApp: async (owner) => ({ ...(await ofApp(owner)), body: { name: "Changed" } }),
  deleteZoomOAuthApp: ofApp,
  diagnoseZoomOAuthApp: ofApp,
  createWebhook: async () => ({
    body: { url: "https://hooks.example.com/", triggers: ["zoom_oauth_app.credentials_invalid"] },
  }),
  listWebhooks: nothing,
  getWebhook: ofWebhook,
  updateWebhook: async (owner) => ({ ...(await ofWebhook(owner)), body: { is_active: false } }),
  deleteWebhook: ofWebhook,
  testWebhook: ofWebhook,
  listWebhookDeliveries: ofWebhook,
  redeliverWebhookDelivery: async (owner) => ({
    params: { id: await owner.webhookId(), whd_id: await owner.deliveryId() },
  }),
  getWebhookSecret: nothing,
  rotateWebhookSecret: nothing,
  createConnectSession: async (owner) => ({
    body: { return_url: "https://example.com/", zoom_oauth_app_id: owner.appId },
  }),
  listConnectSessions: nothing,
  getConnectSession: ofSession,
  deleteConnectSession: ofSession,
  createTokenLink: async (owner) => ({
    body: {
      vendor: "recall",
      token: "zak",
      connection: { zoom_oauth_connection_id: await owner.connectionId() },
    },
  }),
  listTokenLinks: nothing,
  getTokenLink: ofLink,
  updateTokenLink: async (owner) => ({ ...(await ofLink(owner)), body: { name: "Changed" } }),
  deleteTokenLink: ofLink,
  listZoomMeetings: async (owner) => ({ query: { zoom_oauth_connection_id: await owner.connectionId() } }),
  preflightZoomTokens: async (owner) => ({
    body: { zoom_oauth_app_id: owner.appId, meeting_id: await owner.meetingId() },
  }),
  createOwnApiKey: async () => ({ body: { name: "Another key" } }),
  listOwnApiKeys: nothing,
  disableOwnApiKey: async (owner) => ({ params: { id: await owner.otherKeyId() } }),
  listAuditEvents: nothing,
  listProjectAuditEvents: ofProject,
  listProjectWebhooks: ofProject,
  getStatistics: nothing,
  createProject: async () => ({ body: { name: "Another project" } }),
  listProjects: nothing,
  getProject: ofProject,
  updateProject: async (owner) => ({ ...(await ofProject(owner)), body: { name: "Changed" } }),
  deleteProject: ofProject,
  revokeAllGrants: ofProject,
  createApiKey: async (owner) => ({ ...(await ofProject(owner)), body: { name: "Another key" } }),
  listApiKeys: ofProject,
  disableApiKey: async (owner) => ({ params: { id: owner.projectId, key_id: await owner.keyId() } }),
  listDeadLetters: nothing,
  resendDeadLetter: async (owner) => ({ params: { id: await owner.deadLetterId() } }),
  getEncryption: nothing,
  recoverConnections: async () => ({ body: {} }),
  receiveZoomWebhook: async (owner) => {
    const body = JSON.stringify({ event: "user.updated", event_ts: Date.now(), payload: {} });
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = signWebhook(owner.webhookSecret, timestamp, body);
    const headers = { "x-zm-request-timestamp": String(timestamp), "x-zm-signature": signature };
    return { ...(await ofApp(owner)), body, headers };
  },
  getLiveness: nothing,
  getReadiness: nothing,
};

export const HANDLED_OPERATIONS = Object.keys(REQUESTS) as HandledOperation[];

/** The operations that want such a key, or none. */
export function operationsWith(security: "api_key" | "admin" | "none"): HandledOperation[] {
  return HANDLED_OPERATIONS.filter((name) => operations[name].security === security);
}

/** A request that succeeds when it is sent with the right key. */
export async function validRequest(name: HandledOperation, owner: Owner): Promise<ValidRequest> {
  const { params = {}, query, body, headers = {} } = await REQUESTS[name](owner);
  const { method, path } = operations[name];
  const queryString = query ? `?${new URLSearchParams(query)}` : "";
  return { method: method.toUpperCase(), path: fillIn(path, params) + queryString, body, headers, params };
}

/** The path with these values in place of its parameters. */
export function fillIn(path: string, params: Record<string, string>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new Error(`${path}: no value for ${name}`);
    return value;
  });
}
