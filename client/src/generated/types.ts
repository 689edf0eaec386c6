// Generated from the OpenAPI document by npm run generate:client. Do not edit.

import type { CallOptions } from "../call.ts";

/**
 * One function for each operation of the service.
 *
 * `@throws` lists an operation's own codes. Every call may also fail with: `unauthenticated`,
 * `rate_limited`, `internal_error`, `database_unavailable`, `configuration_error`, `schema_mismatch`,
 * `https_required`, `invalid_json`, `unsupported_media_type`, `payload_too_large`.
 */
export interface Client {
  /**
   * Create a connection.
   *
   * Exchanges the authorization code at Zoom, checks the granted scopes and the user, and stores the
   * connection. If the same Zoom user is already connected to the app, the existing connection keeps its
   * `id` and gets the new tokens, capabilities and metadata. If an answer is lost, send the same request
   * again: for 24 hours the same code and `redirect_uri` lead to the same connection. The API key needs
   * the scope `connections:write`.
   *
   * `POST /api/v1/zoom_oauth_connections`
   *
   * @throws {ZoomOAuthConnectionsError} `authorization_code_rejected`, `missing_scopes`,
   * `user_not_active`, `zoom_oauth_app_not_found`, `zoom_oauth_app_required`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  createZoomOAuthConnection(
    input: NewZoomOAuthConnection,
    options?: CallOptions,
  ): Promise<ZoomOAuthConnection>;

  /**
   * List connections.
   *
   * Newest first. If several filters are given, a connection must match all of them. The API key needs
   * the scope `connections:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/zoom_oauth_connections`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listZoomOAuthConnections(
    input?: ListZoomOAuthConnectionsInput,
    options?: CallOptions,
  ): Promise<ZoomOAuthConnectionPage> & AsyncIterable<ZoomOAuthConnection>;

  /**
   * Import a connection.
   *
   * Takes a grant over from another system: uses its refresh token at Zoom, checks scopes and user, and
   * stores the connection. Stop the other system first, since only one can hold a grant. If Zoom's
   * answer then shows that scopes are missing or that the user is not active, the connection is stored
   * as `disconnected` with that code, and its tokens are kept: a change of its capabilities to what the
   * grant allows connects it. If an answer is lost, send the same request again: for 24 hours the same
   * refresh token leads to the same connection. The API key needs the scope `connections:write`.
   *
   * `POST /api/v1/zoom_oauth_connections/import`
   *
   * @throws {ZoomOAuthConnectionsError} `refresh_token_rejected`, `missing_scopes`, `user_not_active`,
   * `zoom_oauth_app_not_found`, `zoom_oauth_app_required`, `invalid_request`, `insufficient_scope`,
   * `project_suspended`, `zoom_app_credentials_invalid`, `zoom_error`, `request_in_progress`,
   * `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  importZoomOAuthConnection(
    input: ImportedZoomOAuthConnection,
    options?: CallOptions,
  ): Promise<ZoomOAuthConnection>;

  /**
   * Export a connection.
   *
   * Refreshes the connection a last time, disconnects it with the code `exported`, erases its
   * credentials, and returns the newest refresh token. The service never uses the grant again. If the
   * answer is lost, send the request again with the same API key: for 10 minutes it returns the same
   * refresh token. This operation takes no body. The API key needs the scope `connections:export`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/export`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `connection_disconnected`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  exportZoomOAuthConnection(
    input: { id: string },
    options?: CallOptions,
  ): Promise<ExportedZoomOAuthConnection>;

  /**
   * Get a connection.
   *
   * The API key needs the scope `connections:read`.
   *
   * `GET /api/v1/zoom_oauth_connections/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  getZoomOAuthConnection(input: { id: string }, options?: CallOptions): Promise<ZoomOAuthConnection>;

  /**
   * Update a connection.
   *
   * Changes metadata and capabilities. A field that is left out stays as it is. `metadata` is replaced
   * as a whole, and null removes it. A capability can be turned on only while the connection is
   * connected and if the user has granted the scopes that it needs. At least one capability must stay
   * on. An imported connection whose tokens were kept is connected by a change of its capabilities, once
   * the grant and the user allow it. The API key needs the scope `connections:write`.
   *
   * `PATCH /api/v1/zoom_oauth_connections/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `missing_scopes`, `user_not_active`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`, `not_found`, `connection_disconnected`, `conflict`,
   * `zoom_app_credentials_invalid`, `zoom_error`, `zoom_rate_limited`, `zoom_unavailable`,
   * `zoom_timeout`
   */
  updateZoomOAuthConnection(
    input: UpdateZoomOAuthConnectionInput,
    options?: CallOptions,
  ): Promise<ZoomOAuthConnection>;

  /**
   * Delete a connection.
   *
   * Erases the connection with its tokens, metadata and meetings, then revokes the grant at Zoom. The
   * connection is deleted even if Zoom cannot be reached: the user then still sees the app at Zoom, and
   * can remove it there. The events of the connection are kept for 30 more days. Deleting it again
   * answers `not_found`. The API key needs the scope `connections:write`.
   *
   * `DELETE /api/v1/zoom_oauth_connections/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  deleteZoomOAuthConnection(input: DeleteZoomOAuthConnectionInput, options?: CallOptions): Promise<void>;

  /**
   * Sync a connection's meetings.
   *
   * Reads from Zoom which meetings the user hosts, so that `createZoomTokens` finds the connection for a
   * meeting. The sync runs in the background: when it is done, `last_successful_sync_at` changes.
   * Connections that support local recording tokens are also synced after they are created, and then at
   * least once a week. This operation takes no body. The API key needs the scope `connections:write`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/sync`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `connection_disconnected`, `capability_not_supported`
   */
  syncZoomOAuthConnection(input: { id: string }, options?: CallOptions): Promise<ZoomOAuthConnection>;

  /**
   * List a connection's events.
   *
   * What happened to the connection, newest first. `refreshed`, `synced` and `token_issued` events are
   * kept for 30 days, other events as long as the connection. When a connection is deleted, its events
   * can be listed for 30 more days. The API key needs the scope `connections:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/zoom_oauth_connections/{id}/events`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  listZoomOAuthConnectionEvents(
    input: ListZoomOAuthConnectionEventsInput,
    options?: CallOptions,
  ): Promise<ZoomOAuthConnectionEventPage> & AsyncIterable<ZoomOAuthConnectionEvent>;

  /**
   * Create a connect session.
   *
   * Makes a link to send one of your users to. The user sees what your product asks Zoom for, consents
   * at Zoom and returns to `return_url`, connected. Register the path `/oauth/zoom/callback` of this
   * service as a redirect URI of your app on the Zoom Marketplace. Believe the session that you read
   * with your API key, or the signed webhook, and not the query of `return_url`. The API key needs the
   * scope `sessions:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/connect_sessions`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_oauth_app_not_found`, `zoom_oauth_app_required`,
   * `invalid_request`, `insufficient_scope`, `project_suspended`, `not_found`
   */
  createConnectSession(input: NewConnectSession, options?: CallOptions): Promise<CreatedConnectSession>;

  /**
   * List connect sessions.
   *
   * Newest first. A session is kept for 30 days after `expires_at`. The API key needs the scope
   * `sessions:write`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/connect_sessions`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listConnectSessions(
    input?: ListConnectSessionsInput,
    options?: CallOptions,
  ): Promise<ConnectSessionPage> & AsyncIterable<ConnectSession>;

  /**
   * Get a connect session.
   *
   * The API key needs the scope `sessions:write`.
   *
   * `GET /api/v1/connect_sessions/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  getConnectSession(input: { id: string }, options?: CallOptions): Promise<ConnectSession>;

  /**
   * End a connect session.
   *
   * Ends an open session: its link stops working, and its state is `cancelled`. A session that has ended
   * stays as it is. While the service stores what the user has just granted, the answer is `conflict`:
   * read the session a moment later. The API key needs the scope `sessions:write`.
   *
   * `DELETE /api/v1/connect_sessions/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `conflict`
   */
  deleteConnectSession(input: { id: string }, options?: CallOptions): Promise<void>;

  /**
   * Get an access token.
   *
   * Returns the stored access token if it is valid for at least `min_ttl_seconds` more. Otherwise the
   * connection is refreshed at Zoom, and the new token is returned however long it is valid. Many
   * requests at once share one refresh. The API key needs the scope `tokens:access`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/access_token`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `connection_disconnected`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  createAccessToken(input: CreateAccessTokenInput, options?: CallOptions): Promise<AccessToken>;

  /**
   * Get a local recording token.
   *
   * Lets a bot record a meeting without asking the host for permission. The connection's user must be
   * the host of the meeting. Every request asks Zoom for a new token. The API key needs the scope
   * `tokens:meeting`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/local_recording_token`
   *
   * @throws {ZoomOAuthConnectionsError} `meeting_not_available`, `missing_scopes`, `user_not_active`,
   * `invalid_request`, `insufficient_scope`, `project_suspended`, `not_found`,
   * `connection_disconnected`, `capability_not_supported`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  createLocalRecordingToken(
    input: CreateLocalRecordingTokenInput,
    options?: CallOptions,
  ): Promise<IssuedToken>;

  /**
   * Get an onbehalf token.
   *
   * Lets a bot join a meeting on behalf of the connection's user, who must be in the meeting too. Every
   * request asks Zoom for a new token. The API key needs the scope `tokens:meeting`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/onbehalf_token`
   *
   * @throws {ZoomOAuthConnectionsError} `meeting_not_available`, `missing_scopes`, `user_not_active`,
   * `invalid_request`, `insufficient_scope`, `project_suspended`, `not_found`,
   * `connection_disconnected`, `capability_not_supported`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  createOnbehalfToken(input: CreateOnbehalfTokenInput, options?: CallOptions): Promise<IssuedToken>;

  /**
   * Get a ZAK.
   *
   * A ZAK (Zoom access key) lets a bot start or join meetings as the connection's user. Every request
   * asks Zoom for a new one. This operation takes no body. The API key needs the scope `tokens:meeting`.
   *
   * `POST /api/v1/zoom_oauth_connections/{id}/zak_token`
   *
   * @throws {ZoomOAuthConnectionsError} `meeting_not_available`, `missing_scopes`, `user_not_active`,
   * `invalid_request`, `insufficient_scope`, `project_suspended`, `not_found`,
   * `connection_disconnected`, `capability_not_supported`, `zoom_app_credentials_invalid`, `zoom_error`,
   * `request_in_progress`, `zoom_rate_limited`, `zoom_unavailable`, `zoom_timeout`
   */
  createZakToken(input: { id: string }, options?: CallOptions): Promise<IssuedToken>;

  /**
   * Get every token that a bot needs for a meeting.
   *
   * Finds the connection of the meeting's host and those of the named users, and asks Zoom for their
   * tokens side by side. `metadata`, `account_id`, `zoom_oauth_connection_id` and `zoom_oauth_app_id`
   * bound whose tokens may be given.
   *
   * The answer is 200 even if some or all tokens cannot be issued: those are null, and `reasons` says
   * why, with a stable code. A reason with `retry_after_seconds` passes: send the request again after
   * that time. Each token takes at most 8 seconds. The API key needs the scope `tokens:meeting`.
   *
   * `POST /api/v1/zoom_tokens`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_oauth_app_not_found`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`
   */
  createZoomTokens(input: ZoomTokensRequest, options?: CallOptions): Promise<ZoomTokens>;

  /**
   * Find out which tokens a bot would get.
   *
   * Takes the same body as `POST /api/v1/zoom_tokens`, asks Zoom nothing and issues nothing. Use it to
   * see before a meeting whether its host and users are connected. If Zoom refused a local recording
   * token for the meeting within the last hour because of a setting, that is the reason for
   * `app_privilege_token`. The API key needs the scope `connections:read`.
   *
   * `POST /api/v1/zoom_tokens/preflight`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_oauth_app_not_found`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`
   */
  preflightZoomTokens(input: ZoomTokensRequest, options?: CallOptions): Promise<ZoomTokensPreflight>;

  /**
   * List known meetings.
   *
   * Which connection's user hosts which meeting, as the service knows it from syncs and from Zoom's
   * events; what was mapped last comes first. Send `meeting_id`, `zoom_oauth_connection_id` or both. The
   * API key needs the scope `connections:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/zoom_meetings`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listZoomMeetings(
    input?: ListZoomMeetingsInput,
    options?: CallOptions,
  ): Promise<ZoomMeetingPage> & AsyncIterable<ZoomMeeting>;

  /**
   * Create a token link.
   *
   * Makes a URL to paste into a bot vendor's setting. Whoever has the URL gets the tokens that it gives,
   * so treat it as a secret, and set `verification_secret` where the vendor signs its calls. The URL is
   * shown in this answer only. The meeting of a call is the link's `meeting_id`, else what the call
   * names: `meeting_url` (Attendee), `meeting_number` (MeetStream), or `meeting_id` or `meeting_url` in
   * the query. The API key needs the scope `sessions:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/token_links`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_oauth_app_not_found`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`, `conflict`
   */
  createTokenLink(input: NewTokenLink, options?: CallOptions): Promise<CreatedTokenLink>;

  /**
   * List token links.
   *
   * Newest first. The API key needs the scope `sessions:write`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/token_links`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listTokenLinks(
    input?: ListTokenLinksInput,
    options?: CallOptions,
  ): Promise<TokenLinkPage> & AsyncIterable<TokenLink>;

  /**
   * Get a token link.
   *
   * The API key needs the scope `sessions:write`.
   *
   * `GET /api/v1/token_links/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  getTokenLink(input: { id: string }, options?: CallOptions): Promise<TokenLink>;

  /**
   * Update a token link.
   *
   * Switches the link on or off, names it, or replaces the secret that calls are signed with. A field
   * that is left out stays as it is. Each change counts from the next call on. The API key needs the
   * scope `sessions:write`.
   *
   * `PATCH /api/v1/token_links/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  updateTokenLink(input: UpdateTokenLinkInput, options?: CallOptions): Promise<TokenLink>;

  /**
   * Delete a token link.
   *
   * The next call of its URL gets nothing. The API key needs the scope `sessions:write`.
   *
   * `DELETE /api/v1/token_links/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  deleteTokenLink(input: { id: string }, options?: CallOptions): Promise<void>;

  /**
   * Create a webhook.
   *
   * Subscribes a URL to events. A project has at most 20 webhooks (`conflict`). The same request again
   * creates another webhook. The API key needs the scope `webhooks:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/webhooks`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `conflict`
   */
  createWebhook(input: NewWebhook, options?: CallOptions): Promise<Webhook>;

  /**
   * List webhooks.
   *
   * Newest first. The API key needs the scope `webhooks:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/webhooks`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listWebhooks(
    input?: ListWebhooksInput,
    options?: CallOptions,
  ): Promise<WebhookPage> & AsyncIterable<Webhook>;

  /**
   * Get a webhook.
   *
   * The API key needs the scope `webhooks:read`.
   *
   * `GET /api/v1/webhooks/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  getWebhook(input: { id: string }, options?: CallOptions): Promise<Webhook>;

  /**
   * Update a webhook.
   *
   * A field that is left out stays as it is. Setting `is_active` to true resumes a paused webhook and
   * sends the deliveries that were waiting. The API key needs the scope `webhooks:write`.
   *
   * `PATCH /api/v1/webhooks/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  updateWebhook(input: UpdateWebhookInput, options?: CallOptions): Promise<Webhook>;

  /**
   * Delete a webhook.
   *
   * Deletes the webhook with its deliveries; those that were waiting are not sent. Deleting it again
   * answers `not_found`. The API key needs the scope `webhooks:write`.
   *
   * `DELETE /api/v1/webhooks/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  deleteWebhook(input: { id: string }, options?: CallOptions): Promise<void>;

  /**
   * Send a test event.
   *
   * Sends an event with the trigger `webhook.test`, whatever the triggers of the webhook are. It is
   * signed and retried like any other event. Every request sends a new event. A webhook that is not
   * active gets none (`conflict`). This operation takes no body. The API key needs the scope
   * `webhooks:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/webhooks/{id}/test`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `conflict`
   */
  testWebhook(input: { id: string }, options?: CallOptions): Promise<WebhookDelivery>;

  /**
   * List a webhook's deliveries.
   *
   * Newest first, with their attempts. A delivery is kept for 30 days. The API key needs the scope
   * `webhooks:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/webhooks/{id}/deliveries`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  listWebhookDeliveries(
    input: ListWebhookDeliveriesInput,
    options?: CallOptions,
  ): Promise<WebhookDeliveryPage> & AsyncIterable<WebhookDelivery>;

  /**
   * Resend a delivery.
   *
   * Resends immediately and restarts the retry schedule. The body and the idempotency key stay the same.
   * A webhook that is not active gets nothing (`conflict`). This operation takes no body. The API key
   * needs the scope `webhooks:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/webhooks/{id}/deliveries/{whd_id}/redeliver`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `conflict`
   */
  redeliverWebhookDelivery(
    input: { id: string; whd_id: string },
    options?: CallOptions,
  ): Promise<WebhookDelivery>;

  /**
   * Get the webhook signing secret.
   *
   * The secret that signs the events of every webhook of the project. Use it to check that an event
   * comes from this service. The API key needs the scope `webhooks:write`.
   *
   * `GET /api/v1/webhook_secret`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  getWebhookSecret(input?: Record<string, never>, options?: CallOptions): Promise<WebhookSecret>;

  /**
   * Rotate the webhook signing secret.
   *
   * Replaces the secret with a new one. For 24 hours the header `webhook-signature` has a signature made
   * with each of the two, so that receivers have time to change; rotations within these hours add
   * theirs, up to four. The header `X-Webhook-Signature` changes at once. Every request makes a new
   * secret. The API key needs the scope `webhooks:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/webhook_secret/rotate`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `conflict`
   */
  rotateWebhookSecret(input?: WebhookSecretRotation, options?: CallOptions): Promise<WebhookSecret>;

  /**
   * Register an app.
   *
   * Stores an app that you have created on the Zoom Marketplace, so that Zoom users can connect through
   * it. The client ID and secret are checked at Zoom first. A project can register a client ID only once
   * (`conflict`). The API key needs the scope `apps:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/zoom_oauth_apps`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_app_credentials_invalid`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`, `conflict`, `zoom_error`, `zoom_rate_limited`,
   * `zoom_unavailable`, `zoom_timeout`
   */
  createZoomOAuthApp(input: NewZoomOAuthApp, options?: CallOptions): Promise<ZoomOAuthApp>;

  /**
   * List apps.
   *
   * Newest first. The API key needs the scope `apps:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/zoom_oauth_apps`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listZoomOAuthApps(
    input?: ListZoomOAuthAppsInput,
    options?: CallOptions,
  ): Promise<ZoomOAuthAppPage> & AsyncIterable<ZoomOAuthApp>;

  /**
   * Get an app.
   *
   * The API key needs the scope `apps:read`.
   *
   * `GET /api/v1/zoom_oauth_apps/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  getZoomOAuthApp(input: { id: string }, options?: CallOptions): Promise<ZoomOAuthApp>;

  /**
   * Update an app.
   *
   * Changes the secrets, the name and the allowed return origins. A field that is left out stays as it
   * is; null removes the Zoom webhook secret token, the name or the list of origins. A new client secret
   * is checked at Zoom first. If Zoom refused the old one, the app's connections then work again. The
   * API key needs the scope `apps:write`.
   *
   * `PATCH /api/v1/zoom_oauth_apps/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `zoom_app_credentials_invalid`, `invalid_request`,
   * `insufficient_scope`, `project_suspended`, `not_found`, `zoom_error`, `zoom_rate_limited`,
   * `zoom_unavailable`, `zoom_timeout`
   */
  updateZoomOAuthApp(input: UpdateZoomOAuthAppInput, options?: CallOptions): Promise<ZoomOAuthApp>;

  /**
   * Delete an app.
   *
   * Deletes an app that has no connections, connected or disconnected (`conflict` if it has). The app on
   * the Zoom Marketplace stays as it is. Deleting it again answers `not_found`. The API key needs the
   * scope `apps:write`.
   *
   * `DELETE /api/v1/zoom_oauth_apps/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `conflict`
   */
  deleteZoomOAuthApp(input: { id: string }, options?: CallOptions): Promise<void>;

  /**
   * Diagnose an app.
   *
   * A checklist of what the app needs at Zoom and here. Asks Zoom whether it accepts the client
   * credentials, and looks at the scopes of the app's newest connections. The API key needs the scope
   * `apps:read`.
   *
   * `GET /api/v1/zoom_oauth_apps/{id}/diagnosis`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`
   */
  diagnoseZoomOAuthApp(input: { id: string }, options?: CallOptions): Promise<ZoomOAuthAppDiagnosis>;

  /**
   * Create an API key.
   *
   * Makes another API key of the project. It may do no more, and lives no longer, than the one that
   * makes it, and it is disabled together with it. The same request again creates another API key. The
   * API key needs the scope `keys:write`.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/api_keys`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `conflict`
   */
  createOwnApiKey(input?: NewOwnApiKey, options?: CallOptions): Promise<CreatedApiKey>;

  /**
   * List API keys.
   *
   * All API keys of the project, newest first, disabled ones too. The keys themselves are not shown. The
   * API key needs the scope `keys:write`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/api_keys`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listOwnApiKeys(
    input?: ListOwnApiKeysInput,
    options?: CallOptions,
  ): Promise<OwnApiKeyPage> & AsyncIterable<ApiKey>;

  /**
   * Disable an API key.
   *
   * The API key, and every API key that it made, stops working at once and cannot be enabled again. An
   * API key may disable itself. It stays in the list. Disabling it again changes nothing more. The API
   * key needs the scope `keys:write`.
   *
   * `DELETE /api/v1/api_keys/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`,
   * `not_found`, `request_in_progress`
   */
  disableOwnApiKey(input: DisableOwnApiKeyInput, options?: CallOptions): Promise<ApiKey>;

  /**
   * List audit events.
   *
   * Who changed what in the project, newest first: apps, webhooks, secrets, API keys, token links,
   * connect sessions and connections. Kept for 90 days. Tokens that were handed out are events of their
   * connection. The API key needs the scope `audit:read`.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/audit_events`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  listAuditEvents(
    input?: ListAuditEventsInput,
    options?: CallOptions,
  ): Promise<AuditEventPage> & AsyncIterable<AuditEvent>;

  /**
   * Get what happened by day.
   *
   * How many connections there are now, and what happened on each of the last 30 days in UTC, today
   * among them. What happened just now is counted at once. The API key needs the scope
   * `connections:read`.
   *
   * `GET /api/v1/statistics`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `insufficient_scope`, `project_suspended`
   */
  getStatistics(input?: Record<string, never>, options?: CallOptions): Promise<Statistics>;

  /**
   * Create a project.
   *
   * Projects are kept apart: none sees the apps, connections or webhooks of another. The same request
   * again creates another project.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/projects`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  createProject(input: NewProject, options?: CallOptions): Promise<Project>;

  /**
   * List projects.
   *
   * Newest first.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/projects`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  listProjects(
    input?: ListProjectsInput,
    options?: CallOptions,
  ): Promise<ProjectPage> & AsyncIterable<Project>;

  /**
   * Get a project.
   *
   *
   *
   * `GET /api/v1/projects/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  getProject(input: { id: string }, options?: CallOptions): Promise<Project>;

  /**
   * Change or suspend a project.
   *
   * A suspended project stops within a second: its API keys get `project_suspended`, its token links and
   * hosted pages are closed, and no refresh, sync or delivery of it begins. Events of Zoom's are taken
   * and held. When the suspension is lifted everything goes on, with nothing lost.
   *
   * `PATCH /api/v1/projects/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  updateProject(input: UpdateProjectInput, options?: CallOptions): Promise<Project>;

  /**
   * Delete a project.
   *
   * Erases the project with everything in it: keys, apps, connections, webhooks, links, sessions, events
   * and audit. Grants stay alive at Zoom; to end them, revoke all of them first. A very large project is
   * closed at once and takes several requests: repeat it until the answer is 200.
   *
   * `DELETE /api/v1/projects/{id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`, `request_in_progress`
   */
  deleteProject(input: { id: string }, options?: CallOptions): Promise<void>;

  /**
   * Revoke all grants of a project.
   *
   * Revokes every grant that the project has now at Zoom, in the background, and erases its credentials.
   * Works for a suspended project, too. `GET` of the project shows in `revocation` how many remain. The
   * same request again also revokes the grants that came since. This operation takes no body.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/projects/{id}/revoke_all`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  revokeAllGrants(input: { id: string }, options?: CallOptions): Promise<Project>;

  /**
   * Create an API key for a project.
   *
   * The same request again creates another API key.
   *
   * Not retried after a lost answer: a repeat could do it twice.
   *
   * `POST /api/v1/projects/{id}/api_keys`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  createApiKey(input: CreateApiKeyInput, options?: CallOptions): Promise<CreatedApiKey>;

  /**
   * List a project's API keys.
   *
   * Newest first, disabled ones too. The keys themselves are not shown.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/projects/{id}/api_keys`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  listApiKeys(input: ListApiKeysInput, options?: CallOptions): Promise<ApiKeyPage> & AsyncIterable<ApiKey>;

  /**
   * Disable an API key of a project.
   *
   * The API key, and every API key that it made, stops working at once and cannot be enabled again. It
   * stays in the list. Disabling it again changes nothing more.
   *
   * `DELETE /api/v1/projects/{id}/api_keys/{key_id}`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`, `request_in_progress`
   */
  disableApiKey(input: DisableApiKeyInput, options?: CallOptions): Promise<ApiKey>;

  /**
   * List a project's audit events.
   *
   * Who changed what in the project, newest first, for 90 days.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/projects/{id}/audit_events`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  listProjectAuditEvents(
    input: ListProjectAuditEventsInput,
    options?: CallOptions,
  ): Promise<ProjectAuditEventPage> & AsyncIterable<AuditEvent>;

  /**
   * List a project's webhooks.
   *
   * Newest first.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/projects/{id}/webhooks`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  listProjectWebhooks(
    input: ListProjectWebhooksInput,
    options?: CallOptions,
  ): Promise<ProjectWebhookPage> & AsyncIterable<Webhook>;

  /**
   * List dead letters.
   *
   * Messages that a queue gave up, newest first. One that this release can read is tried again by
   * itself; one that it cannot read waits until it is resent.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `GET /api/v1/dead_letters`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  listDeadLetters(
    input?: ListDeadLettersInput,
    options?: CallOptions,
  ): Promise<DeadLetterPage> & AsyncIterable<DeadLetter>;

  /**
   * Resend a dead letter.
   *
   * Puts the message on its queue again, as it was. Work that was done already is not done twice. This
   * operation takes no body.
   *
   * `POST /api/v1/dead_letters/{id}/resend`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  resendDeadLetter(input: { id: string }, options?: CallOptions): Promise<DeadLetter>;

  /**
   * Count the secrets that each master key encrypts.
   *
   * Shows how far a rotation of the master key is. Secrets under an old master key are encrypted again
   * with the current one, some of them every minute. Once an old master key has no rows, remove it from
   * `CREDENTIAL_ENCRYPTION_KEYS`.
   *
   * `GET /api/v1/encryption`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  getEncryption(input?: Record<string, never>, options?: CallOptions): Promise<Encryption>;

  /**
   * Recover connections from the token journal.
   *
   * For a database that was restored to an earlier moment. Each request does one page: first connections
   * that were removed after that moment are removed again, then the others get back what they had. `npm
   * run recover` sends the requests. A page may be sent again. 404 where no token journal is bound.
   *
   * Await it for one page, or go through every object with `for await`.
   *
   * `POST /api/v1/recovery`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`, `not_found`
   */
  recoverConnections(
    input?: RecoveryRequest,
    options?: CallOptions,
  ): Promise<RecoveryPage> & AsyncIterable<unknown>;

  /**
   * Check that the service runs.
   *
   * Answers without asking the database.
   *
   * `GET /healthz`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`
   */
  getLiveness(input?: Record<string, never>, options?: CallOptions): Promise<Health>;

  /**
   * Check that the service and its database are available.
   *
   * Asks the database, and checks that it has the schema that this release needs. The result is kept for
   * a second.
   *
   * `GET /readyz`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`
   */
  getReadiness(input?: Record<string, never>, options?: CallOptions): Promise<Readiness>;

  /**
   * Get this OpenAPI document.
   *
   *
   *
   * `GET /openapi.json`
   *
   * @throws {ZoomOAuthConnectionsError} `invalid_request`
   */
  getOpenApiDocument(input?: Record<string, never>, options?: CallOptions): Promise<Record<string, unknown>>;
}

/** What `listZoomOAuthConnections` takes. */
export interface ListZoomOAuthConnectionsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
  /** Only connections in this state. */
  state?: "connected" | "disconnected";
  /** Only connections of this Zoom user ID. */
  user_id?: string;
  /** Only connections that are disconnected for this reason. */
  failure_code?:
    | "grant_revoked"
    | "refresh_answer_lost"
    | "app_deauthorized"
    | "user_deactivated"
    | "user_deleted"
    | "user_disassociated"
    | "disabled_by_admin"
    | "superseded"
    | "missing_scopes"
    | "user_not_active"
    | "exported";
  /** Only connections of this Zoom account ID. */
  account_id?: string;
  /** Only connections of this Zoom OAuth app. */
  zoom_oauth_app_id?: string;
  /**
   * Only connections with this value in their metadata: `metadata[tenant_id]=1234567890`. If several are
   * given, all of them must match.
   */
  metadata?: Record<string, string>;
}

/** What `updateZoomOAuthConnection` takes. */
export interface UpdateZoomOAuthConnectionInput extends ZoomOAuthConnectionChanges {
  /** ID of the connection. */
  id: string;
}

/** What `deleteZoomOAuthConnection` takes. */
export interface DeleteZoomOAuthConnectionInput {
  /** ID of the connection. */
  id: string;
  /**
   * `false` deletes the connection without revoking the grant at Zoom.
   * @default true
   */
  revoke?: boolean;
}

/** What `listZoomOAuthConnectionEvents` takes. */
export interface ListZoomOAuthConnectionEventsInput {
  /** ID of the connection. */
  id: string;
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `listConnectSessions` takes. */
export interface ListConnectSessionsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `createAccessToken` takes. */
export interface CreateAccessTokenInput extends AccessTokenRequest {
  /** ID of the connection. */
  id: string;
}

/** What `createLocalRecordingToken` takes. */
export interface CreateLocalRecordingTokenInput extends LocalRecordingTokenRequest {
  /** ID of the connection. */
  id: string;
}

/** What `createOnbehalfToken` takes. */
export interface CreateOnbehalfTokenInput extends OnbehalfTokenRequest {
  /** ID of the connection. */
  id: string;
}

/** What `listZoomMeetings` takes. */
export interface ListZoomMeetingsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
  /** Only this Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored. */
  meeting_id?: string;
  /** Only meetings of this connection. */
  zoom_oauth_connection_id?: string;
}

/** What `listTokenLinks` takes. */
export interface ListTokenLinksInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `updateTokenLink` takes. */
export interface UpdateTokenLinkInput extends TokenLinkChanges {
  /** ID of the token link. */
  id: string;
}

/** What `listWebhooks` takes. */
export interface ListWebhooksInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `updateWebhook` takes. */
export interface UpdateWebhookInput extends WebhookChanges {
  /** ID of the webhook. */
  id: string;
}

/** What `listWebhookDeliveries` takes. */
export interface ListWebhookDeliveriesInput {
  /** ID of the webhook. */
  id: string;
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `listZoomOAuthApps` takes. */
export interface ListZoomOAuthAppsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `updateZoomOAuthApp` takes. */
export interface UpdateZoomOAuthAppInput extends ZoomOAuthAppChanges {
  /** ID of the app. */
  id: string;
}

/** What `listOwnApiKeys` takes. */
export interface ListOwnApiKeysInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `disableOwnApiKey` takes. */
export interface DisableOwnApiKeyInput {
  /** ID of the API key. */
  id: string;
  /**
   * `true` also deletes the webhooks and token links, and ends the open connect sessions, that the API
   * key made, and those of the API keys that it made. Default: `false`.
   * @default false
   */
  revoke_created?: boolean;
}

/** What `listAuditEvents` takes. */
export interface ListAuditEventsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
  /** Only what this kind of actor did. */
  actor_type?: "api_key" | "admin" | "token_link" | "connect_session" | "zoom" | "service";
  /** Only what this actor did, such as an API key by its ID. */
  actor_id?: string;
  /** Only changes of this kind of object. */
  object_type?:
    | "project"
    | "api_key"
    | "zoom_oauth_app"
    | "zoom_oauth_connection"
    | "webhook"
    | "webhook_secret"
    | "token_link"
    | "connect_session";
  /** Only changes of this object. */
  object_id?: string;
  /** Only this action. */
  action?:
    | "project.created"
    | "project.updated"
    | "project.suspended"
    | "project.resumed"
    | "project.revocation_requested"
    | "api_key.created"
    | "api_key.disabled"
    | "zoom_oauth_app.created"
    | "zoom_oauth_app.updated"
    | "zoom_oauth_app.credentials_refused"
    | "zoom_oauth_app.credentials_accepted"
    | "zoom_oauth_app.deleted"
    | "zoom_oauth_connection.created"
    | "zoom_oauth_connection.reconnected"
    | "zoom_oauth_connection.updated"
    | "zoom_oauth_connection.disconnected"
    | "zoom_oauth_connection.exported"
    | "zoom_oauth_connection.deleted"
    | "webhook.created"
    | "webhook.updated"
    | "webhook.paused"
    | "webhook.deleted"
    | "webhook_secret.created"
    | "webhook_secret.rotated"
    | "token_link.created"
    | "token_link.updated"
    | "token_link.deleted"
    | "connect_session.created"
    | "connect_session.completed"
    | "connect_session.failed"
    | "connect_session.cancelled"
    | "connect_session.expired";
}

/** What `listProjects` takes. */
export interface ListProjectsInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `updateProject` takes. */
export interface UpdateProjectInput extends ProjectChanges {
  /** ID of the project. */
  id: string;
}

/** What `createApiKey` takes. */
export interface CreateApiKeyInput extends NewApiKey {
  /** ID of the project. */
  id: string;
}

/** What `listApiKeys` takes. */
export interface ListApiKeysInput {
  /** ID of the project. */
  id: string;
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `disableApiKey` takes. */
export interface DisableApiKeyInput {
  /** ID of the project. */
  id: string;
  /** ID of the API key. */
  key_id: string;
  /**
   * `true` also deletes the webhooks and token links, and ends the open connect sessions, that the API
   * key made, and those of the API keys that it made. Default: `false`.
   * @default false
   */
  revoke_created?: boolean;
}

/** What `listProjectAuditEvents` takes. */
export interface ListProjectAuditEventsInput {
  /** ID of the project. */
  id: string;
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
  /** Only what this kind of actor did. */
  actor_type?: "api_key" | "admin" | "token_link" | "connect_session" | "zoom" | "service";
  /** Only what this actor did, such as an API key by its ID. */
  actor_id?: string;
  /** Only changes of this kind of object. */
  object_type?:
    | "project"
    | "api_key"
    | "zoom_oauth_app"
    | "zoom_oauth_connection"
    | "webhook"
    | "webhook_secret"
    | "token_link"
    | "connect_session";
  /** Only changes of this object. */
  object_id?: string;
  /** Only this action. */
  action?:
    | "project.created"
    | "project.updated"
    | "project.suspended"
    | "project.resumed"
    | "project.revocation_requested"
    | "api_key.created"
    | "api_key.disabled"
    | "zoom_oauth_app.created"
    | "zoom_oauth_app.updated"
    | "zoom_oauth_app.credentials_refused"
    | "zoom_oauth_app.credentials_accepted"
    | "zoom_oauth_app.deleted"
    | "zoom_oauth_connection.created"
    | "zoom_oauth_connection.reconnected"
    | "zoom_oauth_connection.updated"
    | "zoom_oauth_connection.disconnected"
    | "zoom_oauth_connection.exported"
    | "zoom_oauth_connection.deleted"
    | "webhook.created"
    | "webhook.updated"
    | "webhook.paused"
    | "webhook.deleted"
    | "webhook_secret.created"
    | "webhook_secret.rotated"
    | "token_link.created"
    | "token_link.updated"
    | "token_link.deleted"
    | "connect_session.created"
    | "connect_session.completed"
    | "connect_session.failed"
    | "connect_session.cancelled"
    | "connect_session.expired";
}

/** What `listProjectWebhooks` takes. */
export interface ListProjectWebhooksInput {
  /** ID of the project. */
  id: string;
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** What `listDeadLetters` takes. */
export interface ListDeadLettersInput {
  /** How many objects a page has at most, 1 to 100. Default: 25. */
  page_size?: number;
  /** Where the page begins. Do not make one: follow the `next` and `previous` URLs of a page. */
  cursor?: string;
}

/** Why a connection is disconnected. */
export interface ConnectionFailure {
  /** What happened and what to do: a sentence for a person. */
  error: string;
  /**
   * - `grant_revoked`: Zoom no longer accepts the grant: the user or an administrator removed the app,
   * the user connected elsewhere with the same app, or the grant was revoked or expired. Send the user
   * through Zoom's consent page again.
   * - `refresh_answer_lost`: Zoom's answer to a refresh was lost on its way, and Zoom no longer accepts
   * the token from before. Send the user through Zoom's consent page again.
   * - `app_deauthorized`: The user or an administrator removed the app at Zoom. Send the user through
   * Zoom's consent page again.
   * - `user_deactivated`: The user was deactivated at Zoom. Once an administrator has activated the user
   * again, send the user through Zoom's consent page.
   * - `user_deleted`: The user was deleted at Zoom.
   * - `user_disassociated`: The user was removed from the Zoom account. Send the user through Zoom's
   * consent page again.
   * - `disabled_by_admin`: An administrator of the Zoom account has switched the app off. Ask the
   * administrator to allow it, then send the user through Zoom's consent page again.
   * - `superseded`: Another authorization of the same Zoom user replaced this one, for example in
   * another environment that uses the same Zoom app. Send the user through Zoom's consent page again.
   * - `missing_scopes`: The imported grant lacks scopes that the capabilities need. Its tokens are kept:
   * change the capabilities to what the grant allows, or send the user through Zoom's consent page
   * again.
   * - `user_not_active`: The Zoom user of the imported grant was not active. The tokens are kept: once
   * an administrator has activated the user, send the capabilities again.
   * - `exported`: The grant was exported: another system has its tokens now. To take it back, import it,
   * or send the user through Zoom's consent page again.
   */
  code:
    | "grant_revoked"
    | "refresh_answer_lost"
    | "app_deauthorized"
    | "user_deactivated"
    | "user_deleted"
    | "user_disassociated"
    | "disabled_by_admin"
    | "superseded"
    | "missing_scopes"
    | "user_not_active"
    | "exported";
  /**
   * - `reconnect`: Send the user through Zoom's consent page again.
   * - `ask_admin`: An administrator of the Zoom account must change something first. Then reconnect.
   * - `fix_app`: Mend the app on the Zoom Marketplace first. Then reconnect.
   * - `none`: There is nothing to do at Zoom. Remove the connection, or do what `error` says.
   */
  recommended_action: "reconnect" | "ask_admin" | "fix_app" | "none";
  /** When the connection was disconnected. */
  timestamp: string;
}

/** Why the last attempt of a connect session failed. */
export interface ConnectSessionFailure {
  /**
   * - `access_denied`: The user declined on Zoom's consent page.
   * - `missing_scopes`: The grant lacks scopes that the asked capabilities need. The message lists them.
   * - `user_not_active`: The Zoom user is not active.
   * - `wrong_zoom_user`: Another Zoom user came back than the one that the connection belongs to.
   * - `authorization_code_rejected`: Zoom rejected the authorization code.
   * - `zoom_app_credentials_invalid`: Zoom refuses the client secret of the Zoom OAuth app.
   * - `zoom_error`: Zoom gave an unexpected answer.
   * - `zoom_rate_limited`: Zoom was limiting requests.
   * - `zoom_unavailable`: Zoom could not be reached.
   * - `zoom_timeout`: Zoom did not answer in time.
   * - `database_unavailable`: The service's database could not be reached.
   * - `internal_error`: A defect of the service.
   * - `never_came_back`: The user went to Zoom and never came back. The message lists the likely causes.
   */
  code:
    | "access_denied"
    | "missing_scopes"
    | "user_not_active"
    | "wrong_zoom_user"
    | "authorization_code_rejected"
    | "zoom_app_credentials_invalid"
    | "zoom_error"
    | "zoom_rate_limited"
    | "zoom_unavailable"
    | "zoom_timeout"
    | "database_unavailable"
    | "internal_error"
    | "never_came_back";
  /** What happened and what to do: a sentence for a person. */
  message: string;
}

/**
 * Sent when a connection is disconnected and when a disconnected one is connected again. A new
 * connection sends no event. Events can arrive late or out of order: where the order matters, read the
 * connection.
 */
export interface ZoomOAuthConnectionStateChange {
  /**
   * Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the
   * same key, so that a receiver can recognise an event that it already has.
   */
  idempotency_key: string;
  trigger: "zoom_oauth_connection.state_change";
  /** The connection whose state changed. */
  zoom_oauth_connection_id: string;
  /** The connection's metadata. An empty object if it has none. */
  zoom_oauth_connection_metadata: Record<string, string>;
  /** Zoom user ID. */
  user_id: string;
  /** Zoom account ID. */
  account_id: string;
  data: {
    /** The state after the change. */
    state: "connected" | "disconnected";
    /** Why the connection is disconnected. Null if it is connected. */
    connection_failure_data: ConnectionFailure | null;
    /** When the user's meetings were last read from Zoom. Null if never. */
    last_successful_sync_at: string | null;
    /** When the service last tried to read them. Null if never. */
    last_attempted_sync_at: string | null;
  };
}

/**
 * Sent once when Zoom starts to refuse the client ID and client secret of an app. Its connections stay
 * connected, and work again as soon as the app has a valid client secret.
 */
export interface ZoomOAuthAppCredentialsInvalid {
  /**
   * Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the
   * same key, so that a receiver can recognise an event that it already has.
   */
  idempotency_key: string;
  trigger: "zoom_oauth_app.credentials_invalid";
  /** The app whose credentials Zoom refuses. */
  zoom_oauth_app_id: string;
  data: {
    /** Client ID of the app on the Zoom Marketplace. */
    client_id: string;
    /** When Zoom first refused the credentials. */
    credentials_invalid_at: string;
  };
}

/** Sent once, when the user of a connect session is connected. */
export interface ConnectSessionCompleted {
  /**
   * Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the
   * same key, so that a receiver can recognise an event that it already has.
   */
  idempotency_key: string;
  /** The connect session that ended. */
  connect_session_id: string;
  /** The session's metadata. An empty object if it has none. */
  connect_session_metadata: Record<string, string>;
  /** The Zoom OAuth app of the session. */
  zoom_oauth_app_id: string;
  trigger: "connect_session.completed";
  /** The connection of the user who was connected. */
  zoom_oauth_connection_id: string;
  data: {
    state: "completed";
    failure: null;
  };
}

/**
 * Sent once, when a connect session ends as `failed`, `cancelled` or `expired`. A failed attempt alone
 * sends no event: the user can try again.
 */
export interface ConnectSessionFailed {
  /**
   * Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the
   * same key, so that a receiver can recognise an event that it already has.
   */
  idempotency_key: string;
  /** The connect session that ended. */
  connect_session_id: string;
  /** The session's metadata. An empty object if it has none. */
  connect_session_metadata: Record<string, string>;
  /** The Zoom OAuth app of the session. */
  zoom_oauth_app_id: string;
  trigger: "connect_session.failed";
  /** The connection that the session should have reconnected. Null if none. */
  zoom_oauth_connection_id: string | null;
  data: {
    /** How the session ended. */
    state: "failed" | "cancelled" | "expired";
    /** Why the last attempt failed. Null if none has failed. */
    failure: ConnectSessionFailure | null;
  };
}

/**
 * Sent by the operation `testWebhook`, whatever the webhook's triggers are. Signed and retried like
 * any other event.
 */
export interface WebhookTest {
  /**
   * Identifies the delivery, as the header `webhook-id` does. Every attempt and every resend has the
   * same key, so that a receiver can recognise an event that it already has.
   */
  idempotency_key: string;
  trigger: "webhook.test";
  /** The webhook that the test was sent to. */
  webhook_id: string;
  /** Always empty. */
  data: Record<string, never>;
}

/** Why a token is not issued. */
export interface TokenReason {
  /**
   * - `meeting_unknown`: No connection is known to host this meeting. It is found by the host's next
   * sync, by POST …/{id}/sync, or by Zoom's event about the meeting.
   * - `host_not_connected`: The meeting's host has no connection among those that the request allows.
   * Connect the host, or correct metadata, account_id or zoom_oauth_connection_id.
   * - `user_not_connected`: This Zoom user has no connection among those that the request allows.
   * Connect the user, or correct the user ID.
   * - `capability_not_supported`: The connection does not have the capability or the scope that this
   * token needs. Turn the capability on with PATCH, or send the user through Zoom's consent page again.
   * - `disconnected`: The connection is disconnected. Send the user through Zoom's consent page again to
   * reconnect it.
   * - `not_requested`: The request does not ask for this token.
   * - `meeting_not_available`: Zoom does not issue a token for this meeting.
   * - `zoom_unavailable`: Zoom cannot give this token right now. Try again.
   * - `zoom_rate_limited`: Zoom is limiting requests right now. Try again later.
   */
  code:
    | "meeting_unknown"
    | "host_not_connected"
    | "user_not_connected"
    | "capability_not_supported"
    | "disconnected"
    | "not_requested"
    | "meeting_not_available"
    | "zoom_unavailable"
    | "zoom_rate_limited";
  /** A sentence for a person. */
  message: string;
  /** Try again after this many seconds. Null if the same request will fail again. */
  retry_after_seconds: number | null;
}

/** Who did it. */
export interface Actor {
  /**
   * - `api_key`, `token_link`, `connect_session`: the one with this `id`.
   * - `admin`: the operator of the service, with the admin key.
   * - `zoom`: an event of Zoom's.
   * - `service`: the service by itself.
   */
  type: "api_key" | "admin" | "token_link" | "connect_session" | "zoom" | "service";
  /** Null where there is only one such actor. */
  id: string | null;
}

export interface ApiKey {
  /** Unique identifier of the API key. */
  id: string;
  /** The project that the API key belongs to. */
  project_id: string;
  /** A name for people. */
  name: string | null;
  /**
   * What the API key may do.
   *
   * - `connections:read`: List and read connections, their events and meetings, statistics, and
   * preflight.
   * - `connections:write`: Create, import, change, sync and delete connections.
   * - `connections:export`: Take connections out, with their refresh tokens.
   * - `tokens:access`: Get access tokens.
   * - `tokens:meeting`: Get local recording tokens, onbehalf tokens and ZAKs.
   * - `apps:read`: List and read Zoom OAuth apps, and their diagnosis.
   * - `apps:write`: Create, change and delete Zoom OAuth apps.
   * - `webhooks:read`: List and read webhooks and their deliveries.
   * - `webhooks:write`: Create, change, delete and test webhooks, resend deliveries, read and rotate the
   * signing secret.
   * - `sessions:write`: Create, list, read, change and end connect sessions and token links.
   * - `keys:write`: Create, list and disable API keys of the project.
   * - `audit:read`: Read the project's audit events.
   */
  scopes: Array<
    | "connections:read"
    | "connections:write"
    | "connections:export"
    | "tokens:access"
    | "tokens:meeting"
    | "apps:read"
    | "apps:write"
    | "webhooks:read"
    | "webhooks:write"
    | "sessions:write"
    | "keys:write"
    | "audit:read"
  >;
  /** When the API key stops working. Null if it does not. */
  expires_at: string | null;
  /** The API key that made this one. Null if the operator of the service did. */
  created_by_key_id: string | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** When the API key was disabled. Null if it is enabled. */
  disabled_at: string | null;
  /** When the API key was last used, accurate to a minute. Null if it was never used. */
  last_used_at: string | null;
}

export interface CreatedApiKey {
  /** Unique identifier of the API key. */
  id: string;
  /** The project that the API key belongs to. */
  project_id: string;
  /** A name for people. */
  name: string | null;
  /**
   * What the API key may do.
   *
   * - `connections:read`: List and read connections, their events and meetings, statistics, and
   * preflight.
   * - `connections:write`: Create, import, change, sync and delete connections.
   * - `connections:export`: Take connections out, with their refresh tokens.
   * - `tokens:access`: Get access tokens.
   * - `tokens:meeting`: Get local recording tokens, onbehalf tokens and ZAKs.
   * - `apps:read`: List and read Zoom OAuth apps, and their diagnosis.
   * - `apps:write`: Create, change and delete Zoom OAuth apps.
   * - `webhooks:read`: List and read webhooks and their deliveries.
   * - `webhooks:write`: Create, change, delete and test webhooks, resend deliveries, read and rotate the
   * signing secret.
   * - `sessions:write`: Create, list, read, change and end connect sessions and token links.
   * - `keys:write`: Create, list and disable API keys of the project.
   * - `audit:read`: Read the project's audit events.
   */
  scopes: Array<
    | "connections:read"
    | "connections:write"
    | "connections:export"
    | "tokens:access"
    | "tokens:meeting"
    | "apps:read"
    | "apps:write"
    | "webhooks:read"
    | "webhooks:write"
    | "sessions:write"
    | "keys:write"
    | "audit:read"
  >;
  /** When the API key stops working. Null if it does not. */
  expires_at: string | null;
  /** The API key that made this one. Null if the operator of the service did. */
  created_by_key_id: string | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** When the API key was disabled. Null if it is enabled. */
  disabled_at: string | null;
  /** When the API key was last used, accurate to a minute. Null if it was never used. */
  last_used_at: string | null;
  /** The API key itself. Store it now: only its hash is kept, and no other answer shows it. */
  key: string;
}

export interface NewOwnApiKey {
  /** A name for people, up to 200 characters. */
  name?: string | null;
  /**
   * What the new API key may do: no more than the one that makes it. Default: the same, but for
   * `connections:export`.
   */
  scopes?: Array<
    | "connections:read"
    | "connections:write"
    | "connections:export"
    | "tokens:access"
    | "tokens:meeting"
    | "apps:read"
    | "apps:write"
    | "webhooks:read"
    | "webhooks:write"
    | "sessions:write"
    | "keys:write"
    | "audit:read"
  >;
  /**
   * When the new API key stops working: no later than the one that makes it. Default: when that one
   * does.
   */
  expires_at?: string | null;
}

export interface OwnApiKeyPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ApiKey[];
}

export interface AuditEvent {
  /** Unique identifier of the audit event. */
  id: string;
  actor: Actor;
  /** What was done to which kind of object. */
  action:
    | "project.created"
    | "project.updated"
    | "project.suspended"
    | "project.resumed"
    | "project.revocation_requested"
    | "api_key.created"
    | "api_key.disabled"
    | "zoom_oauth_app.created"
    | "zoom_oauth_app.updated"
    | "zoom_oauth_app.credentials_refused"
    | "zoom_oauth_app.credentials_accepted"
    | "zoom_oauth_app.deleted"
    | "zoom_oauth_connection.created"
    | "zoom_oauth_connection.reconnected"
    | "zoom_oauth_connection.updated"
    | "zoom_oauth_connection.disconnected"
    | "zoom_oauth_connection.exported"
    | "zoom_oauth_connection.deleted"
    | "webhook.created"
    | "webhook.updated"
    | "webhook.paused"
    | "webhook.deleted"
    | "webhook_secret.created"
    | "webhook_secret.rotated"
    | "token_link.created"
    | "token_link.updated"
    | "token_link.deleted"
    | "connect_session.created"
    | "connect_session.completed"
    | "connect_session.failed"
    | "connect_session.cancelled"
    | "connect_session.expired";
  /** What was changed. */
  object: {
    type:
      | "project"
      | "api_key"
      | "zoom_oauth_app"
      | "zoom_oauth_connection"
      | "webhook"
      | "webhook_secret"
      | "token_link"
      | "connect_session";
    /** Of a webhook secret: the ID of its project. */
    id: string;
  };
  /** From where the request came. Null where there was none, as for a cron run. */
  ip_address: string | null;
  /** The `X-Request-Id` of the request that made the change. Null where there was none. */
  request_id: string | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
}

export interface AuditEventPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: AuditEvent[];
}

export interface ConnectSession {
  /** Unique identifier of the connect session. */
  id: string;
  /**
   * - `open`: the link works. An attempt may have failed, as `failure` says: the user can try again.
   * - `completed`: the user is connected, as `zoom_oauth_connection_id`.
   * - `failed`: the session ended after a failed attempt.
   * - `cancelled`: the user declined and went back, or you ended the session.
   * - `expired`: `expires_at` passed without a failed attempt. Where the user went to Zoom and did not
   * return, `failure` is `never_came_back`.
   */
  state: "open" | "completed" | "failed" | "cancelled" | "expired";
  /**
   * The connection: of a session that reconnects one, from the start; of any other, once it is
   * completed. Null before, and if the connection was deleted.
   */
  zoom_oauth_connection_id: string | null;
  /** Why the last attempt failed. Null if none has failed. */
  failure: ConnectSessionFailure | null;
  /** Where the user returns to. */
  return_url: string;
  /** The metadata for the connection. Null if none was given. */
  metadata: Record<string, string> | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** When the link stops working. */
  expires_at: string;
  /** When the user was connected. Null if not. */
  completed_at: string | null;
}

export interface CreatedConnectSession {
  /** Unique identifier of the connect session. */
  id: string;
  /** The link for your user. It is shown in this answer and never again: whoever has it can use it. */
  url: string;
  /**
   * - `open`: the link works. An attempt may have failed, as `failure` says: the user can try again.
   * - `completed`: the user is connected, as `zoom_oauth_connection_id`.
   * - `failed`: the session ended after a failed attempt.
   * - `cancelled`: the user declined and went back, or you ended the session.
   * - `expired`: `expires_at` passed without a failed attempt. Where the user went to Zoom and did not
   * return, `failure` is `never_came_back`.
   */
  state: "open" | "completed" | "failed" | "cancelled" | "expired";
  /**
   * The connection: of a session that reconnects one, from the start; of any other, once it is
   * completed. Null before, and if the connection was deleted.
   */
  zoom_oauth_connection_id: string | null;
  /** Why the last attempt failed. Null if none has failed. */
  failure: ConnectSessionFailure | null;
  /** Where the user returns to. */
  return_url: string;
  /** The metadata for the connection. Null if none was given. */
  metadata: Record<string, string> | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** When the link stops working. */
  expires_at: string;
  /** When the user was connected. Null if not. */
  completed_at: string | null;
}

export interface NewConnectSession {
  /**
   * Where the user returns to in the end: an https URL, or an http URL of the developer's own machine.
   * The service adds `connect_session_id` and `status` to its query, and `code` where the session
   * failed. Its origin must be one of the app's `allowed_return_origins`, where those are set.
   */
  return_url: string;
  /** The Zoom OAuth app that the user connects to. Required if the project has more than one app. */
  zoom_oauth_app_id?: string;
  /** Whether the connection supports generating local recording tokens. */
  is_local_recording_token_supported?: boolean;
  /** Whether the connection supports generating onbehalf tokens. */
  is_onbehalf_token_supported?: boolean;
  /** A JSON object of strings to store with the connection, at most 4096 characters long as JSON. */
  metadata?: Record<string, string> | null;
  /**
   * A connection to reconnect. Only its own Zoom user can do it. Capabilities and metadata that are left
   * out stay as they are.
   */
  zoom_oauth_connection_id?: string;
  /**
   * How long the link works.
   * @default 3600
   */
  expires_in_seconds?: number;
}

export interface ConnectSessionPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ConnectSession[];
}

export interface DeadLetter {
  /** Unique identifier of the dead letter. */
  id: string;
  /** What the message asks for. Null where this release cannot read that. */
  type: string | null;
  /** The connection that it is about, if any. */
  zoom_oauth_connection_id: string | null;
  /** The app that it is about, if any. */
  zoom_oauth_app_id: string | null;
  /** The delivery that it is about, if any. */
  webhook_delivery_id: string | null;
  /** How large the message is, in bytes. */
  size: number;
  /** When the queue gave the message up. */
  created_at: string;
  /** When it went to a queue again, by itself or by the operator. Null if it waits for the operator. */
  resent_at: string | null;
}

export interface DeadLetterPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: DeadLetter[];
}

export interface Encryption {
  /** The master key that new secrets are encrypted with. */
  current_key_id: string;
  keys: Array<{
    /** The ID that `CREDENTIAL_ENCRYPTION_KEYS` gives the master key. */
    id: string;
    /** Whether new secrets are encrypted with it. */
    is_current: boolean;
    /**
     * Whether `CREDENTIAL_ENCRYPTION_KEYS` has it. If not, what is encrypted with it cannot be read: add
     * it again.
     */
    is_configured: boolean;
    /**
     * How many secrets in the database, dead letters among them, and how many kept messages are encrypted
     * with it. Of an older master key: with the entries of the token journal that may still be.
     */
    rows: number;
  }>;
}

export interface Health {
  status: "ok";
}

export interface Readiness {
  status: "ok";
  /**
   * Present if the database's schema is newer than this release of the service, as after a rollback. The
   * service continues to work.
   */
  schema?: "newer";
}

export interface Project {
  /** Unique identifier of the project. */
  id: string;
  /** A name for people. */
  name: string;
  /**
   * Whether the project is suspended: its API keys, token links, hosted pages, refreshes, syncs and
   * deliveries stop, and events of Zoom's are held. Nothing is lost.
   */
  is_suspended: boolean;
  /** Since when. Null if it is not. */
  suspended_at: string | null;
  /** The revocation of every grant that the project had. Null if nobody asked for it. */
  revocation: {
    /** When the operator asked for it. */
    requested_at: string;
    /** How many grants are not revoked yet. */
    remaining: number;
  } | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
}

export interface NewProject {
  /** A name for people, up to 200 characters. It need not be unique. */
  name: string;
}

export interface NewApiKey {
  /** A name for people, up to 200 characters. */
  name?: string | null;
  /** What the API key may do. Default: everything but `connections:export`. */
  scopes?: Array<
    | "connections:read"
    | "connections:write"
    | "connections:export"
    | "tokens:access"
    | "tokens:meeting"
    | "apps:read"
    | "apps:write"
    | "webhooks:read"
    | "webhooks:write"
    | "sessions:write"
    | "keys:write"
    | "audit:read"
  >;
  /** When the API key stops working. Default: it does not. */
  expires_at?: string | null;
}

export interface ProjectPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: Project[];
}

export interface ApiKeyPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ApiKey[];
}

export interface ProjectAuditEventPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: AuditEvent[];
}

export interface Webhook {
  /** Unique identifier of the webhook. */
  id: string;
  /** Where events are sent. */
  url: string;
  /** Which events are sent. */
  triggers: Array<
    | "zoom_oauth_connection.state_change"
    | "zoom_oauth_app.credentials_invalid"
    | "connect_session.completed"
    | "connect_session.failed"
  >;
  /** Whether events are sent. */
  is_active: boolean;
  /**
   * When the service paused the webhook because deliveries failed. Set `is_active` to true to resume.
   * Null if it is not paused.
   */
  paused_at: string | null;
  /**
   * `gone`: the receiver answered 410. `failing`: for 5 days every attempt failed. Null if the webhook
   * is not paused.
   */
  pause_reason: "gone" | "failing" | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** ISO 8601, UTC, six fractional digits. */
  updated_at: string;
}

export interface ProjectWebhookPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: Webhook[];
}

export interface ProjectChanges {
  /** A name for people, up to 200 characters. */
  name?: string;
  /** True suspends the project, false lifts that. */
  is_suspended?: boolean;
}

export interface RecoveryPage {
  /** Send it with the next request. Null: the walk has come to its end. */
  cursor: string | null;
  /** How many connections the database did not know. */
  made: number;
  /** How many had an older token set, or older facts. */
  updated: number;
  /** How many were as new as the journal, or newer. */
  unchanged: number;
  /** How many were removed again. */
  removed: number;
  /** How many lost their credentials again, because the user removed the app or they were exported. */
  erased: number;
  /** Entries of which no row could be made. */
  refused: Array<{
    zoom_oauth_connection_id: string;
    /** Null where the entry cannot be read. */
    zoom_oauth_app_id: string | null;
    /** Null where the entry cannot be read. */
    project_id: string | null;
    /**
     * - `app_missing`: The database has no such Zoom OAuth app in this project. Make it again with the
     * same IDs first.
     * - `unreadable`: The entry does not open with any master key in `CREDENTIAL_ENCRYPTION_KEYS`.
     */
    reason: "app_missing" | "unreadable";
  }>;
}

export interface RecoveryRequest {
  /**
   * From the last answer. Null, or left out: from the start.
   * @default null
   */
  cursor?: string | null;
}

export interface ZoomOAuthApp {
  /** Unique identifier of the app. */
  id: string;
  /** A name for people. */
  name: string | null;
  /** Client ID of the app on the Zoom Marketplace. */
  client_id: string;
  /** Whether a Zoom webhook secret token is stored. Without it, Zoom's events are refused. */
  has_webhook_secret: boolean;
  /**
   * Where Zoom must send the app's events. Enter it as the event notification endpoint URL on the Zoom
   * Marketplace.
   */
  webhook_url: string;
  /** The origins that connect sessions may return to. Null if they may return anywhere. */
  allowed_return_origins: string[] | null;
  /** When the last event with a valid signature arrived, to within five minutes. Null if none has. */
  last_verified_webhook_received_at: string | null;
  /**
   * When the last event with a missing or wrong signature arrived, which was refused, to within five
   * minutes. Null if none has.
   */
  last_unverified_webhook_received_at: string | null;
  /**
   * Since when Zoom refuses the client secret. Set a valid one: the app's connections then work again.
   * Null if Zoom accepts it.
   */
  credentials_invalid_at: string | null;
  /** How many connections the app has, by their state. */
  connection_counts: {
    connected: number;
    disconnected: number;
  };
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** ISO 8601, UTC, six fractional digits. */
  updated_at: string;
}

export interface DayStatistics {
  /** The day in UTC. */
  date: string;
  /** How many connections were created or reconnected. */
  connected: number;
  /** How many connected ones were disconnected, or removed by the project. */
  disconnected: number;
  /** The same by `connection_failure_data.code`; `removed`: the project removed them. */
  disconnected_by_reason: Record<string, number>;
  /** How many times Zoom gave a new token set. */
  refreshes: number;
  /** How many refreshes led to nothing. */
  failed_refreshes: number;
  /**
   * The same by the code of the error, such as `zoom_unavailable`, or by the
   * `connection_failure_data.code` of the connection that it ended.
   */
  failed_refreshes_by_reason: Record<string, number>;
  /** How many tokens of any kind were handed out. */
  tokens_issued: number;
  /** How many webhook deliveries arrived. */
  deliveries: number;
  /** How many webhook deliveries were given up: no attempts are left. */
  failed_deliveries: number;
}

export interface Statistics {
  /** How many connections the project has, by state. */
  connection_counts: {
    connected: number;
    disconnected: number;
  };
  /** The last 30 days, the oldest first, each of them. */
  days: DayStatistics[];
}

export interface TokenLink {
  /** Unique identifier of the token link. */
  id: string;
  /** A name for people. Null if there is none. */
  name: string | null;
  /**
   * Who calls the link, which decides the form of answers and of signatures. `plain` is for software of
   * your own.
   */
  vendor: "attendee" | "recall" | "meeting_baas" | "meetstream" | "plain";
  /**
   * Which token it gives. `all` gives a local recording token and onbehalf tokens. By vendor:
   * `attendee`: onbehalf, zak, local_recording, all; `recall`: onbehalf, zak, local_recording, access;
   * `meeting_baas`: onbehalf, zak, local_recording; `meetstream`: onbehalf, zak, local_recording;
   * `plain`: onbehalf, zak, local_recording, access.
   */
  token: "onbehalf" | "zak" | "local_recording" | "access" | "all";
  /** Whose tokens it gives. */
  connection:
    | {
        zoom_oauth_connection_id: string;
      }
    | {
        user_id: string;
      }
    | {
        user_ids: string[];
      }
    | {
        metadata: Record<string, string>;
      }
    | {
        from_request: string;
      }
    | {
        meeting_host: true;
      };
  /** Only connections of this Zoom OAuth app give tokens. Null if those of every app do. */
  zoom_oauth_app_id: string | null;
  /** The meeting that it is for, in digits. Null if each call names its own. */
  meeting_id: string | null;
  /** Whether calls must be signed. */
  has_verification_secret: boolean;
  /** Whether the link answers. */
  is_active: boolean;
  /** When it ends. Null if it does not. */
  expires_at: string | null;
  /** How many calls get a token. Null if any number does. */
  max_uses: number | null;
  /** How many calls got a token. */
  use_count: number;
  /** When the last one did. Null if none has. */
  last_used_at: string | null;
  /** Why the last call that got no token was refused. Null if none was. */
  last_refusal: {
    /**
     * A code of `TokenReason`, or: `link_inactive`: This link is switched off. `link_expired`: This link
     * has expired. `link_used_up`: This link has been used as often as it may be. `signature_invalid`: The
     * signature is missing, wrong or too old. `user_not_named`: The call does not name the Zoom user where
     * this link looks for it. `connection_ambiguous`: Several connections fit this link. Narrow it down.
     */
    code:
      | "link_inactive"
      | "link_expired"
      | "link_used_up"
      | "signature_invalid"
      | "user_not_named"
      | "connection_ambiguous"
      | "meeting_unknown"
      | "host_not_connected"
      | "user_not_connected"
      | "capability_not_supported"
      | "disconnected"
      | "not_requested"
      | "meeting_not_available"
      | "zoom_unavailable"
      | "zoom_rate_limited";
    /** ISO 8601, UTC, six fractional digits. */
    at: string;
  } | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** ISO 8601, UTC, six fractional digits. */
  updated_at: string;
}

export interface NewTokenLink {
  /**
   * Who calls the link, which decides the form of answers and of signatures. `plain` is for software of
   * your own.
   */
  vendor: "attendee" | "recall" | "meeting_baas" | "meetstream" | "plain";
  /**
   * Which token it gives. `all` gives a local recording token and onbehalf tokens. By vendor:
   * `attendee`: onbehalf, zak, local_recording, all; `recall`: onbehalf, zak, local_recording, access;
   * `meeting_baas`: onbehalf, zak, local_recording; `meetstream`: onbehalf, zak, local_recording;
   * `plain`: onbehalf, zak, local_recording, access.
   */
  token: "onbehalf" | "zak" | "local_recording" | "access" | "all";
  /**
   * Whose tokens it gives: one form. `{ "metadata" }` must fit exactly one connected connection. `{
   * "from_request" }` is a path to one Zoom user ID or a list of them: `bot_metadata.x` for Attendee,
   * `query.x` for every call, `extra.x` for Meeting BaaS. `{ "meeting_host": true }` is the connection
   * of the host of the meeting.
   */
  connection:
    | {
        zoom_oauth_connection_id: string;
      }
    | {
        user_id: string;
      }
    | {
        user_ids: string[];
      }
    | {
        /** A JSON object of strings to store with the connection, at most 4096 characters long as JSON. */
        metadata: Record<string, string>;
      }
    | {
        from_request: string;
      }
    | {
        meeting_host: true;
      };
  /**
   * A name for people. Null if there is none.
   * @default null
   */
  name?: string | null;
  /**
   * What the vendor signs its calls with; calls without a good signature are then refused. Attendee: the
   * base64 secret of the project's webhooks. Recall.ai: `whsec_…`. MeetStream and `plain`: the value of
   * `X-Webhook-Secret`. Meeting BaaS signs nothing. It is never shown again.
   * @default null
   */
  verification_secret?: string | null;
  /** Only use connections of this Zoom OAuth app. Default: any. */
  zoom_oauth_app_id?: string;
  /** The Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored. */
  meeting_id?: string | number;
  /** When the link ends. Default: it does not. */
  expires_at?: string | null;
  /**
   * How many calls get a token. Default: any number.
   * @default null
   */
  max_uses?: number | null;
}

export interface CreatedTokenLink {
  /** Unique identifier of the token link. */
  id: string;
  /** A name for people. Null if there is none. */
  name: string | null;
  /**
   * Who calls the link, which decides the form of answers and of signatures. `plain` is for software of
   * your own.
   */
  vendor: "attendee" | "recall" | "meeting_baas" | "meetstream" | "plain";
  /**
   * Which token it gives. `all` gives a local recording token and onbehalf tokens. By vendor:
   * `attendee`: onbehalf, zak, local_recording, all; `recall`: onbehalf, zak, local_recording, access;
   * `meeting_baas`: onbehalf, zak, local_recording; `meetstream`: onbehalf, zak, local_recording;
   * `plain`: onbehalf, zak, local_recording, access.
   */
  token: "onbehalf" | "zak" | "local_recording" | "access" | "all";
  /** Whose tokens it gives. */
  connection:
    | {
        zoom_oauth_connection_id: string;
      }
    | {
        user_id: string;
      }
    | {
        user_ids: string[];
      }
    | {
        metadata: Record<string, string>;
      }
    | {
        from_request: string;
      }
    | {
        meeting_host: true;
      };
  /** Only connections of this Zoom OAuth app give tokens. Null if those of every app do. */
  zoom_oauth_app_id: string | null;
  /** The meeting that it is for, in digits. Null if each call names its own. */
  meeting_id: string | null;
  /** Whether calls must be signed. */
  has_verification_secret: boolean;
  /** Whether the link answers. */
  is_active: boolean;
  /** When it ends. Null if it does not. */
  expires_at: string | null;
  /** How many calls get a token. Null if any number does. */
  max_uses: number | null;
  /** How many calls got a token. */
  use_count: number;
  /** When the last one did. Null if none has. */
  last_used_at: string | null;
  /** Why the last call that got no token was refused. Null if none was. */
  last_refusal: {
    /**
     * A code of `TokenReason`, or: `link_inactive`: This link is switched off. `link_expired`: This link
     * has expired. `link_used_up`: This link has been used as often as it may be. `signature_invalid`: The
     * signature is missing, wrong or too old. `user_not_named`: The call does not name the Zoom user where
     * this link looks for it. `connection_ambiguous`: Several connections fit this link. Narrow it down.
     */
    code:
      | "link_inactive"
      | "link_expired"
      | "link_used_up"
      | "signature_invalid"
      | "user_not_named"
      | "connection_ambiguous"
      | "meeting_unknown"
      | "host_not_connected"
      | "user_not_connected"
      | "capability_not_supported"
      | "disconnected"
      | "not_requested"
      | "meeting_not_available"
      | "zoom_unavailable"
      | "zoom_rate_limited";
    /** ISO 8601, UTC, six fractional digits. */
    at: string;
  } | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** ISO 8601, UTC, six fractional digits. */
  updated_at: string;
  /** The URL to paste. Shown in this answer and never again. */
  url: string;
}

export interface TokenLinkPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: TokenLink[];
}

export interface TokenLinkChanges {
  /** Whether the link answers. */
  is_active?: boolean;
  /** A name for people. Null if there is none. */
  name?: string | null;
  /**
   * What the vendor signs its calls with; calls without a good signature are then refused. Attendee: the
   * base64 secret of the project's webhooks. Recall.ai: `whsec_…`. MeetStream and `plain`: the value of
   * `X-Webhook-Secret`. Meeting BaaS signs nothing. It is never shown again.
   */
  verification_secret?: string | null;
}

export interface WebhookSecret {
  /** The webhook signing secret, in base64. Decode it to get the HMAC key of both signatures. */
  secret: string;
  /**
   * Until when events also carry signatures made with the secrets from before the last rotations. Null
   * if they do not.
   */
  previous_secret_expires_at: string | null;
}

export interface WebhookSecretRotation {
  /**
   * Ends all earlier secrets at once, as after a leak: no event is signed with them any more. Default:
   * false.
   * @default false
   */
  immediate?: boolean;
}

export interface NewWebhook {
  /**
   * Where events are sent: an https URL with a public host name and the standard port. Redirects are not
   * followed.
   */
  url: string;
  /** Which events are sent. */
  triggers: Array<
    | "zoom_oauth_connection.state_change"
    | "zoom_oauth_app.credentials_invalid"
    | "connect_session.completed"
    | "connect_session.failed"
  >;
  /**
   * Whether events are sent.
   * @default true
   */
  is_active?: boolean;
}

export interface WebhookPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: Webhook[];
}

export interface WebhookDelivery {
  /** Unique identifier of the delivery. */
  id: string;
  /** The webhook that it belongs to. */
  webhook_id: string;
  /** The kind of event. */
  trigger: string;
  /**
   * Identifies the event to its receiver: it is sent in the body and in the header `webhook-id`, and is
   * the same in every attempt.
   */
  idempotency_key: string;
  /** The connection that the event is about. Null if it is about none. */
  zoom_oauth_connection_id: string | null;
  /** `pending`: another attempt is due. `failed`: no attempts are left. */
  state: "pending" | "succeeded" | "failed";
  /** How many attempts were made, counted from the last resend. */
  attempt_count: number;
  /** When the next attempt is due. Null if there is none. */
  next_attempt_at: string | null;
  /** Every attempt, the oldest first. */
  attempts: Array<{
    /** ISO 8601, UTC, six fractional digits. */
    attempted_at: string;
    /** The HTTP status of the receiver's answer. Null if there was none. */
    status_code: number | null;
    /** How long the attempt took, in milliseconds. */
    duration_ms: number;
    /** The first 500 characters of the receiver's answer. Null if there was none. */
    response_body: string | null;
    /** Why there was no answer. Null if there was one. */
    error: string | null;
  }>;
  /** The JSON body that is sent. */
  payload: Record<string, unknown>;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
}

export interface WebhookDeliveryPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: WebhookDelivery[];
}

export interface WebhookChanges {
  /**
   * Where events are sent: an https URL with a public host name and the standard port. Redirects are not
   * followed.
   */
  url?: string;
  /** Which events are sent. */
  triggers?: Array<
    | "zoom_oauth_connection.state_change"
    | "zoom_oauth_app.credentials_invalid"
    | "connect_session.completed"
    | "connect_session.failed"
  >;
  /** Whether events are sent. */
  is_active?: boolean;
}

export interface ZoomMeeting {
  /** The Zoom meeting ID in digits. */
  meeting_id: string;
  /** The connection of the meeting's host. */
  zoom_oauth_connection_id: string;
  /** How the meeting came to this connection: a `sync` read it, or an `event` of Zoom's named it. */
  source: "sync" | "event";
  /** When the meeting came to this connection. */
  mapped_at: string;
}

export interface ZoomMeetingPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ZoomMeeting[];
}

export interface NewZoomOAuthApp {
  /** Client ID of the app on the Zoom Marketplace. */
  client_id: string;
  /**
   * Client secret of the app on the Zoom Marketplace. It is checked at Zoom, stored encrypted and never
   * shown.
   */
  client_secret: string;
  /**
   * Zoom webhook secret token: the Secret Token of the app on the Zoom Marketplace, with which Zoom
   * signs the events that it sends to `webhook_url`. It is stored encrypted and never shown.
   */
  webhook_secret?: string | null;
  /**
   * Where connect sessions of the app may return to: origins such as `https://app.example.com`, without
   * a path. Null: anywhere. Checked when a session is created.
   */
  allowed_return_origins?: string[] | null;
  /** A name for people, up to 200 characters. */
  name?: string | null;
}

export interface ZoomOAuthAppCheck {
  /** What was looked at. */
  check:
    | "client_credentials"
    | "redirect_uri"
    | "webhook_secret"
    | "verified_webhook"
    | "refused_webhook"
    | "event_types"
    | "scopes";
  /** `unknown`: it cannot be told from here, or not yet. */
  status: "ok" | "warning" | "failed" | "unknown";
  /** What was found: a sentence for a person. */
  message: string;
  /** What to do. Null if nothing needs to be done. */
  action: string | null;
}

export interface ZoomOAuthAppDiagnosis {
  /** Always each check, in this order. */
  checks: ZoomOAuthAppCheck[];
}

export interface ZoomOAuthAppPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ZoomOAuthApp[];
}

export interface ZoomOAuthAppChanges {
  /**
   * Client secret of the app on the Zoom Marketplace. It is checked at Zoom, stored encrypted and never
   * shown.
   */
  client_secret?: string;
  /**
   * Zoom webhook secret token: the Secret Token of the app on the Zoom Marketplace, with which Zoom
   * signs the events that it sends to `webhook_url`. It is stored encrypted and never shown.
   */
  webhook_secret?: string | null;
  /**
   * Where connect sessions of the app may return to: origins such as `https://app.example.com`, without
   * a path. Null: anywhere. Checked when a session is created.
   */
  allowed_return_origins?: string[] | null;
  /** A name for people, up to 200 characters. */
  name?: string | null;
}

export interface IssuedToken {
  /** The token to pass to Zoom's Meeting SDK. */
  token: string;
  /** When the token expires. ISO 8601, UTC. */
  expires_at: string;
}

export interface AccessToken {
  /** Zoom's bearer token for calls to Zoom's API. */
  access_token: string;
  token_type: "bearer";
  /** When the token expires. ISO 8601, UTC. */
  expires_at: string;
  /** The scopes that the user granted. */
  scopes: string[];
  /** Where to send this user's calls to Zoom's API, as Zoom itself answered. */
  api_url: string;
}

export interface AccessTokenRequest {
  /**
   * For how many seconds the token must still be valid, 0 to 3000. Default: 300.
   * @default 300
   */
  min_ttl_seconds?: number;
}

export interface ZoomOAuthConnection {
  /** Unique identifier of the connection. */
  id: string;
  /** ID of the Zoom OAuth app that the connection belongs to. */
  zoom_oauth_app_id: string;
  /** Zoom user ID. */
  user_id: string;
  /** Zoom account ID. */
  account_id: string;
  /**
   * `connected`: tokens can be issued. `disconnected`: they cannot, and `connection_failure_data` says
   * why.
   */
  state: "connected" | "disconnected";
  /** The JSON object stored with the connection. Null if there is none. */
  metadata: Record<string, string> | null;
  /** Whether the connection supports generating local recording tokens. */
  is_local_recording_token_supported: boolean;
  /** Whether the connection supports generating onbehalf tokens. */
  is_onbehalf_token_supported: boolean;
  /** Why the connection is disconnected. Null if it is connected. */
  connection_failure_data: ConnectionFailure | null;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
  /** ISO 8601, UTC, six fractional digits. */
  updated_at: string;
  /** When the user's meetings were last read from Zoom. Null if never. */
  last_successful_sync_at: string | null;
  /** When the service last tried to read them. Null if never. */
  last_attempted_sync_at: string | null;
}

export interface NewZoomOAuthConnection {
  /** The authorization code received from Zoom during the OAuth flow. It works once. */
  authorization_code: string;
  /**
   * The redirect URI used to obtain the authorization code. It is sent to Zoom exactly as it is given
   * here.
   */
  redirect_uri: string;
  /** The Zoom OAuth app that the connection is for. Required if the project has more than one app. */
  zoom_oauth_app_id?: string;
  /**
   * The PKCE code verifier (RFC 7636), if the consent page got a `code_challenge`. It is sent to Zoom
   * with the code.
   */
  code_verifier?: string;
  /**
   * Whether the connection supports generating local recording tokens.
   * @default true
   */
  is_local_recording_token_supported?: boolean;
  /**
   * Whether the connection supports generating onbehalf tokens.
   * @default false
   */
  is_onbehalf_token_supported?: boolean;
  /**
   * A JSON object of strings to store with the connection, at most 4096 characters long as JSON.
   * @default null
   */
  metadata?: Record<string, string> | null;
}

export interface ExportedZoomOAuthConnection {
  /** ID of the connection. */
  zoom_oauth_connection_id: string;
  /** The Zoom OAuth app that the grant is for. */
  zoom_oauth_app_id: string;
  /** Zoom user ID. */
  user_id: string;
  /** Zoom account ID. */
  account_id: string;
  /** The newest refresh token. Whoever uses it next gets the grant; the service does not any more. */
  refresh_token: string;
  /** The scopes that the user granted. */
  scopes: string[];
}

export interface ImportedZoomOAuthConnection {
  /** The newest refresh token of the grant. It is used once, at once, and is dead from then on. */
  refresh_token: string;
  /** The Zoom OAuth app that the connection is for. Required if the project has more than one app. */
  zoom_oauth_app_id?: string;
  /**
   * Whether the connection supports generating local recording tokens.
   * @default true
   */
  is_local_recording_token_supported?: boolean;
  /**
   * Whether the connection supports generating onbehalf tokens.
   * @default false
   */
  is_onbehalf_token_supported?: boolean;
  /**
   * A JSON object of strings to store with the connection, at most 4096 characters long as JSON.
   * @default null
   */
  metadata?: Record<string, string> | null;
}

export interface ZoomOAuthConnectionPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ZoomOAuthConnection[];
}

export interface ZoomOAuthConnectionEvent {
  /** Unique identifier of the event. */
  id: string;
  /** What happened. */
  type:
    | "created"
    | "reconnected"
    | "refreshed"
    | "synced"
    | "disconnected"
    | "revoked"
    | "deauthorized"
    | "token_issued"
    | "imported"
    | "exported";
  /**
   * `{ code }` says why a connection was disconnected, and `{ token }` which kind of token was issued.
   * Access tokens that one actor asked for within a minute are one event with a `count`. Null for other
   * events.
   */
  data: Record<string, unknown> | null;
  /** Who did it, or whom the token was given to. */
  actor: Actor;
  /** ISO 8601, UTC, six fractional digits. */
  created_at: string;
}

export interface ZoomOAuthConnectionEventPage {
  /** The URL of the next page, which has older objects. Null if there is none. */
  next: string | null;
  /** The URL of the previous page, which has newer objects. Null if there is none. */
  previous: string | null;
  /** The objects of this page. */
  results: ZoomOAuthConnectionEvent[];
}

export interface LocalRecordingTokenRequest {
  /** The Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored. */
  meeting_id?: string | number;
  /**
   * A link to the meeting, or a text with one in it, such as the description of a calendar event; in
   * place of `meeting_id`. Links may be wrapped as mail gateways do.
   */
  meeting_url?: string;
  /**
   * Whether the bot skips the waiting room.
   * @default true
   */
  bypass_waiting_room?: boolean;
}

export interface OnbehalfTokenRequest {
  /** The Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored. */
  meeting_id?: string | number;
  /**
   * A link to the meeting, or a text with one in it, such as the description of a calendar event; in
   * place of `meeting_id`. Links may be wrapped as mail gateways do.
   */
  meeting_url?: string;
}

export interface ZoomOAuthConnectionChanges {
  /** Whether the connection supports generating local recording tokens. */
  is_local_recording_token_supported?: boolean;
  /** Whether the connection supports generating onbehalf tokens. */
  is_onbehalf_token_supported?: boolean;
  /** A JSON object of strings to store with the connection, at most 4096 characters long as JSON. */
  metadata?: Record<string, string> | null;
}

export interface ZoomTokensRequest {
  /** The Zoom meeting ID, 9 to 11 digits. Spaces and hyphens are ignored. */
  meeting_id?: string | number;
  /**
   * A link to the meeting, or a text with one in it, such as the description of a calendar event; in
   * place of `meeting_id`. Links may be wrapped as mail gateways do.
   */
  meeting_url?: string;
  /** Zoom user ID of the user on whose behalf the bot joins. In place of `onbehalf_user_ids`. */
  onbehalf_user_id?: string;
  /**
   * Zoom user IDs of up to 10 users on whose behalf the bot may join. A token is fetched for each of
   * them.
   */
  onbehalf_user_ids?: string[];
  /**
   * Whether to issue a ZAK, with which the bot joins as the host. Not together with users to join on
   * behalf of.
   * @default false
   */
  include_zak?: boolean;
  /** Only use connections of this Zoom OAuth app. Default: those of every app. */
  zoom_oauth_app_id?: string;
  /** Only use this connection. */
  zoom_oauth_connection_id?: string;
  /** Only use connections of this Zoom account ID. */
  account_id?: string;
  /**
   * Only use connections whose metadata has all of these values. Send what names your customer, so that
   * a link to another customer's meeting gives no token.
   */
  metadata?: Record<string, string>;
}

export interface ZoomTokens {
  /**
   * The connection of the meeting's host, whose tokens `zak_token` and `app_privilege_token` are. Null
   * if there is none that the request allows.
   */
  zoom_oauth_connection_id: string | null;
  /** Starts or joins the meeting as its host. Only with `include_zak`. */
  zak_token: string | null;
  /** Always null: Zoom no longer has this kind of token for meeting bots. */
  join_token: string | null;
  /** The local recording token, which lets the bot record and skip the waiting room. */
  app_privilege_token: string | null;
  /** Joins the meeting on behalf of a user: the first of `onbehalf_tokens` that could be issued. */
  onbehalf_token: string | null;
  /**
   * One for each user to join on behalf of, in the order of the request. When one user leaves the
   * meeting, the bot can rejoin with the token of another.
   */
  onbehalf_tokens: Array<{
    /** Zoom user ID, as it was asked for. */
    user_id: string;
    /** ID of the user's connection. Null if there is none. */
    zoom_oauth_connection_id: string | null;
    token: string | null;
    /** Why `token` is null. */
    reason: TokenReason | null;
  }>;
  /** For each of the four tokens that is null, by its name: why. */
  reasons: {
    zak_token?: TokenReason;
    join_token?: TokenReason;
    app_privilege_token?: TokenReason;
    onbehalf_token?: TokenReason;
  };
}

export interface ZoomTokensPreflight {
  /** The connection of the meeting's host. Null if there is none that the request allows. */
  zoom_oauth_connection_id: string | null;
  /** How the service knows the meeting. Null if it does not. */
  meeting: {
    /** The Zoom meeting ID in digits. */
    meeting_id: string;
    /** How the meeting came to this connection: a `sync` read it, or an `event` of Zoom's named it. */
    source: "sync" | "event";
    /** When the meeting came to this connection. */
    mapped_at: string;
  } | null;
  /** For each token, by its name. */
  tokens: {
    zak_token: {
      /** Whether the service knows of nothing that stands against it. */
      would_issue: boolean;
      /** Why it would not be issued. Null if it would. */
      reason: TokenReason | null;
    };
    join_token: {
      /** Whether the service knows of nothing that stands against it. */
      would_issue: boolean;
      /** Why it would not be issued. Null if it would. */
      reason: TokenReason | null;
    };
    app_privilege_token: {
      /** Whether the service knows of nothing that stands against it. */
      would_issue: boolean;
      /** Why it would not be issued. Null if it would. */
      reason: TokenReason | null;
    };
    onbehalf_token: {
      /** Whether the service knows of nothing that stands against it. */
      would_issue: boolean;
      /** Why it would not be issued. Null if it would. */
      reason: TokenReason | null;
    };
  };
}

/** What the service sends to a webhook. `trigger` tells which event it is. */
export type WebhookEvent =
  | ZoomOAuthConnectionStateChange
  | ZoomOAuthAppCredentialsInvalid
  | ConnectSessionCompleted
  | ConnectSessionFailed
  | WebhookTest;

/** What an error means, for programs. */
export type ErrorCode =
  | "invalid_json"
  | "invalid_request"
  | "authorization_code_rejected"
  | "refresh_token_rejected"
  | "missing_scopes"
  | "user_not_active"
  | "zoom_oauth_app_not_found"
  | "zoom_oauth_app_required"
  | "meeting_not_available"
  | "unauthenticated"
  | "insufficient_scope"
  | "project_suspended"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "connection_disconnected"
  | "capability_not_supported"
  | "payload_too_large"
  | "unsupported_media_type"
  | "rate_limited"
  | "https_required"
  | "internal_error"
  | "configuration_error"
  | "zoom_error"
  | "zoom_app_credentials_invalid"
  | "database_unavailable"
  | "event_rate_limited"
  | "request_in_progress"
  | "schema_mismatch"
  | "zoom_rate_limited"
  | "zoom_unavailable"
  | "zoom_timeout";
