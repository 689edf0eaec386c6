// A program that uses the client package, for every runtime in which it is tested. Copied into a project that has
// the package installed.

import {
  createClient,
  createTestWebhookHeaders,
  verifyWebhook,
  WebhookVerificationError,
  ZoomOAuthConnectionsError,
} from "zoom-oauth-connections-client";

/** @returns what it saw, as plain data */
export async function useClient({ baseUrl, apiKey, authorizationCode, redirectUri }) {
  const zoom = createClient({ baseUrl, apiKey });
  const created = await zoom.createZoomOAuthConnection({
    authorization_code: authorizationCode,
    redirect_uri: redirectUri,
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
  });
  const listed = [];
  for await (const { id } of zoom.listZoomOAuthConnections({ page_size: 1 })) listed.push(id);
  const token = await zoom.createAccessToken({ id: created.id });
  const failure = await zoom.getZoomOAuthConnection({ id: "zoc_nobody" }).catch((error) => error);
  const { secret } = await zoom.getWebhookSecret();
  const body = JSON.stringify({ trigger: "webhook.test", data: {} });
  const headers = await createTestWebhookHeaders(body, secret);
  const event = await verifyWebhook(new TextEncoder().encode(body), new Headers(headers), secret);
  const refusal = await verifyWebhook(`${body} `, headers, secret).catch((error) => error);
  return {
    createdId: created.id,
    listed,
    tokenType: token.token_type,
    failure: [failure instanceof ZoomOAuthConnectionsError, failure.status, failure.code],
    trigger: event.trigger,
    refusal: [refusal instanceof WebhookVerificationError, refusal.reason],
  };
}
