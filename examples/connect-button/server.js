// A small product: its users connect their Zoom accounts, it hears when a connection stops working, and it asks for a
// token for its bot. The service keeps everything about Zoom, so the product needs no database for it.
// @ts-check

import { randomUUID } from "node:crypto";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import {
  createClient,
  verifyWebhook,
  WebhookVerificationError,
  ZoomOAuthConnectionsError,
} from "zoom-oauth-connections-client";
import { renderPage } from "./page.js";

const {
  PORT = "3000",
  PUBLIC_URL = `http://localhost:${PORT}`,
  SERVICE_URL = "http://localhost:8787",
  API_KEY = "local-api-key",
} = process.env;

const RETURN_URL = `${PUBLIC_URL}/zoom/connected`;
const WEBHOOK_URL = `${PUBLIC_URL}/zoom/webhooks`;
/** The sentences of the service are for developers: its users read these. @type {Record<string, string>} */
const WORDS = {
  access_denied: "You declined on Zoom's page.",
  missing_scopes: "Zoom did not allow all that we need. Please tell our support.",
  user_not_active: "Your Zoom user is not active. Please ask the administrator of your Zoom account.",
  wrong_zoom_user:
    "That was another Zoom user. Please sign in at Zoom as the user that you connected before.",
  connection_disconnected: "Your Zoom account is not connected any more. Please connect it again.",
  invalid_request: "That is no Zoom meeting ID or link.",
  meeting_not_available: "Zoom gives no token for this meeting.",
};
const COOKIE = /** @type {const} */ ({
  httpOnly: true,
  sameSite: "Lax",
  secure: PUBLIC_URL.startsWith("https:"),
});

const zoom = createClient({ baseUrl: SERVICE_URL, apiKey: API_KEY });
/** What webhooks told, by the user it is about. @type {Map<string, string[]>} */
const news = new Map();
/** The same webhook may come twice. */
const seenWebhooks = new Set();
/** Sessions that make a new connection, until their own user is back. */
const awaitedSessions = new Set();

/** @type {Hono<{ Variables: { user: string } }>} */
const app = new Hono();
app.use(csrf());

// In place of your own sign-in: whoever comes is a new user.
app.use(async (c, next) => {
  const user = getCookie(c, "user") ?? randomUUID();
  setCookie(c, "user", user, COOKIE);
  c.set("user", user);
  await next();
});

app.get("/", async (c) => await showPage(c, ""));

// The button leads here, and from here to the service's pages, Zoom's consent page and back. Who was connected before is
// reconnected, and nobody else in their place.
app.post("/zoom/connect", async (c) => {
  const user = c.get("user");
  const connection = await findConnection(user);
  const { id, url } = await zoom.createConnectSession({
    return_url: RETURN_URL,
    metadata: { user },
    ...(connection ? { zoom_oauth_connection_id: connection.id } : {}),
  });
  if (!connection) awaitedSessions.add(id);
  return c.redirect(url, 303);
});

// The query says which session ended; what became of it, the service says.
app.get("/zoom/connected", async (c) => {
  const id = c.req.query("connect_session_id");
  if (!id) return c.redirect("/", 303);
  const { state, failure, metadata, zoom_oauth_connection_id } = await zoom.getConnectSession({ id });
  if (metadata?.user !== c.get("user")) {
    // Who comes back first was sent another user's link: what they connected is not that user's to use. A connection
    // that its own user has seen, or has made again, stays whoever opens this address.
    if (state === "completed" && zoom_oauth_connection_id && awaitedSessions.delete(id))
      await zoom.deleteZoomOAuthConnection({ id: zoom_oauth_connection_id });
    return await showPage(c, "This session is not yours.");
  }
  awaitedSessions.delete(id);
  if (state === "completed") return c.redirect("/", 303);
  return await showPage(c, `Zoom was not connected. ${WORDS[failure?.code ?? ""] ?? "Please try again."}`);
});

// What a bot needs to record a meeting. A real product hands the token to the bot and shows it to nobody.
app.post("/meeting-token", async (c) => {
  const connection = await findConnection(c.get("user"));
  if (!connection) return await showPage(c, "Connect Zoom first.");
  const { meeting } = await c.req.parseBody();
  const { token, expires_at } = await zoom.createLocalRecordingToken({
    id: connection.id,
    ...(/^https:/.test(String(meeting)) ? { meeting_url: String(meeting) } : { meeting_id: String(meeting) }),
  });
  return await showPage(c, `The bot has a token until ${expires_at}: ${token.slice(0, 8)}…`);
});

// The service tells here that a connection stopped working or works again.
app.post("/zoom/webhooks", async (c) => {
  // Read each time, because it can be rotated.
  const { secret } = await zoom.getWebhookSecret();
  const event = await verifyWebhook(await c.req.text(), c.req.raw.headers, secret);
  if (event.trigger === "zoom_oauth_connection.state_change" && !seenWebhooks.has(event.idempotency_key)) {
    seenWebhooks.add(event.idempotency_key);
    const { user = "" } = event.zoom_oauth_connection_metadata;
    const { state, connection_failure_data: failure } = event.data;
    news.set(user, [...(news.get(user) ?? []), failure ? `${state}: ${failure.code}` : state]);
  }
  return c.body(null, 204);
});

app.onError(async (error, c) => {
  if (error instanceof WebhookVerificationError) return c.text(error.message, 400);
  if (error instanceof HTTPException) return error.getResponse();
  if (!(error instanceof ZoomOAuthConnectionsError)) throw error;
  const words = error.code && WORDS[error.code];
  if (words) return await showPage(c, words);
  console.error(error);
  return c.text("Something went wrong. Please try again in a minute.", 503);
});

/** @param {import("hono").Context<{ Variables: { user: string } }>} c */
async function showPage(c, /** @type {string} */ message) {
  const user = c.get("user");
  return c.html(renderPage({ connection: await findConnection(user), message, news: news.get(user) ?? [] }));
}

async function findConnection(/** @type {string} */ user) {
  return (await zoom.listZoomOAuthConnections({ metadata: { user } })).results[0];
}

/** Subscribes once, however often the product starts. */
async function subscribe() {
  for await (const { url } of zoom.listWebhooks()) if (url === WEBHOOK_URL) return;
  await zoom.createWebhook({ url: WEBHOOK_URL, triggers: ["zoom_oauth_connection.state_change"] });
}

await subscribe();
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) }, () =>
  console.log(`Ready: ${PUBLIC_URL}`),
);
