// The product's one page.
// @ts-check

import { html } from "hono/html";

/**
 * @param {{
 *   connection: import("zoom-oauth-connections-client").ZoomOAuthConnection | undefined,
 *   message: string,
 *   news: string[],
 * }} view
 */
export function renderPage({ connection, message, news }) {
  const isConnected = connection?.state === "connected";
  return html`<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Connect Zoom</title>
  <style>
    :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
    body { max-width: 34rem; margin: 3rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
    button, input { font: inherit; padding: .4rem .8rem; }
  </style>
  <h1>Your Zoom account</h1>
  ${message && html`<p role="status">${message}</p>`}
  <p>${connection ? html`Zoom user ${connection.user_id} is <strong>${connection.state}</strong>.` : "Not connected."}</p>
  ${connection?.connection_failure_data && html`<p>Zoom ended the connection (${connection.connection_failure_data.code}). Please connect it again.</p>`}
  <form method="post" action="/zoom/connect"><button>${connection ? "Connect again" : "Connect Zoom"}</button></form>
  ${
    isConnected &&
    html`<h2>Send the bot</h2>
  <form method="post" action="/meeting-token">
    <label>Meeting ID or link <input name="meeting" required></label>
    <button>Get a token</button>
  </form>`
  }
  ${news.length > 0 && html`<h2>What the service told us</h2><ul>${news.map((text) => html`<li>${text}</li>`)}</ul>`}
</html>`;
}
