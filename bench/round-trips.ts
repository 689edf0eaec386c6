// How many calls each operation of the API makes, counted by whom it calls. Each operation is asked for once, in an
// order in which each finds what it needs.

import { setTimeout as sleep } from "node:timers/promises";
import { LOCAL } from "../dev/local-values.ts";
import { sendWebhook } from "../dev/zoom-simulator/webhooks.ts";
import { operations } from "../src/api/index.ts";
import { ask, type BenchRequest } from "./load.ts";
import type { RoundTrips } from "./peers.ts";
import { type BenchStack, REDIRECT_URI } from "./stack.ts";

type OperationName = keyof typeof operations;
// biome-ignore lint/suspicious/noExplicitAny: answers of every shape.
type Json = any;

/** How long work goes on after an answer, in milliseconds. */
const SETTLE_MS = 100;
const ADMIN = `Bearer ${LOCAL.adminApiKey}`;

export type RoundTripFigures = Record<string, RoundTrips>;

/** By the operation, and one more for a second way through an operation. Throws where an operation was left out. */
export async function countRoundTrips(stack: BenchStack, url: string): Promise<RoundTripFigures> {
  const figures: RoundTripFigures = {};
  const asked = new Set<string>();

  async function count(name: string, work: () => Promise<void>): Promise<void> {
    await stack.peers.takeCounts();
    await work();
    await sleep(SETTLE_MS);
    figures[name] = await stack.peers.takeCounts();
  }

  /** Asks for the operation and returns its answer; `note` tells a second way through it from the first. */
  async function run(
    name: OperationName,
    { params = {}, body, note = "" }: { params?: Record<string, string>; body?: unknown; note?: string } = {},
  ): Promise<Json> {
    const { method, path, security } = operations[name];
    const request: BenchRequest = {
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => params[parameter] ?? ""),
      ...(body === undefined ? {} : { body }),
      ...(security === "admin" ? { authorization: ADMIN } : {}),
    };
    let text = "";
    await count(`${request.method} ${path}${note}`, async () => {
      text = (await ask(url, request)).body;
    });
    asked.add(name);
    return text === "" ? null : JSON.parse(text);
  }

  const { userId, code } = await stack.authorize();
  const grant = {
    authorization_code: code,
    redirect_uri: REDIRECT_URI,
    is_onbehalf_token_supported: true,
  };
  // The first request of a minute notes the use of the key on the way.
  const connection = await run("createZoomOAuthConnection", { body: grant });
  await run("createZoomOAuthConnection", { body: grant, note: ", sent again" });
  const params = { id: connection.id as string };
  await run("getZoomOAuthConnection", { params });
  await run("listZoomOAuthConnections");
  await run("updateZoomOAuthConnection", { params, body: { metadata: { plan: "pro" } } });
  await run("syncZoomOAuthConnection", { params });
  await run("listZoomOAuthConnectionEvents", { params });

  const { id: meetingId = "" } = await stack.control("meetings", { user_id: userId });
  const meeting = { meeting_id: String(meetingId) };
  await run("createAccessToken", { params, body: {} });
  await stack.expireAccessTokens();
  await run("createAccessToken", { params, body: {}, note: ", refreshed" });
  await run("createLocalRecordingToken", { params, body: meeting });
  await run("createOnbehalfToken", { params, body: meeting });
  await run("createZakToken", { params });
  await run("createZoomTokens", { body: { ...meeting, onbehalf_user_id: userId } });

  const webhook = await run("createWebhook", {
    body: { url: "https://example.com/", triggers: ["zoom_oauth_connection.state_change"] },
  });
  const hook = { id: webhook.id as string };
  await run("listWebhooks");
  await run("getWebhook", { params: hook });
  await run("updateWebhook", { params: hook, body: { is_active: true } });
  const delivery = await run("testWebhook", { params: hook });
  await run("listWebhookDeliveries", { params: hook });
  await run("redeliverWebhookDelivery", { params: { ...hook, whd_id: delivery.id } });
  await run("getWebhookSecret");
  await run("rotateWebhookSecret");
  await run("deleteWebhook", { params: hook });

  const event = { event: "user.updated", event_ts: Date.now(), payload: {} };
  const { path } = operations.receiveZoomWebhook;
  await count(`POST ${path}`, async () => {
    const { status } = await sendWebhook({
      url: new URL(path.replace("{id}", LOCAL.zoomOAuthAppId), url).href,
      secret: LOCAL.webhookSecret,
      body: JSON.stringify(event),
      timestamp: Math.floor(Date.now() / 1000),
    });
    if (status !== 200) throw new Error(`Zoom's webhook: ${status}`);
  });
  asked.add("receiveZoomWebhook");
  await run("deleteZoomOAuthConnection", { params });

  const client = { client_id: "bench-client", client_secret: "bench-secret" };
  await stack.control("clients", client);
  const app = await run("createZoomOAuthApp", { body: client });
  await run("listZoomOAuthApps");
  await run("getZoomOAuthApp", { params: { id: app.id } });
  await run("updateZoomOAuthApp", { params: { id: app.id }, body: { name: "Bench" } });
  await run("deleteZoomOAuthApp", { params: { id: app.id } });

  const project = await run("createProject", { body: { name: "Bench" } });
  await run("listProjects");
  const key = await run("createApiKey", { params: { id: project.id }, body: {} });
  await run("listApiKeys", { params: { id: project.id } });
  await run("disableApiKey", { params: { id: project.id, key_id: key.id } });
  await run("getEncryption");
  await run("getLiveness");
  await run("getReadiness");
  await run("getOpenApiDocument");

  const missing = Object.keys(operations).filter((name) => !asked.has(name));
  if (missing.length > 0) throw new Error(`not asked for: ${missing.join(", ")}`);
  return figures;
}
