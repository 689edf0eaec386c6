// The address of Zoom's consent page, where a user allows the connection.

/** What Zoom's consent page is to be asked. */
export interface AuthorizeUrlOptions {
  /** Client ID of your app on the Zoom Marketplace. */
  clientId: string;
  /** Where Zoom sends the user back to. Registered with the app, and the same in `createZoomOAuthConnection`. */
  redirectUri: string;
  /**
   * A random text that Zoom sends back. Keep it in the user's session and compare: without that, a stranger can make
   * your user connect the stranger's Zoom account.
   */
  state: string;
  /** For PKCE: the SHA-256 of the code verifier, in base64url. Whoever exchanges the code needs the verifier. */
  codeChallenge?: string;
  /** Where the consent page is. Default: `https://zoom.us`. With the local stack: `http://localhost:8788`. */
  baseUrl?: string;
}

/**
 * The URL of Zoom's consent page to send a user to.
 *
 * @see https://developers.zoom.us/docs/integrations/oauth/ "Request user authorization"
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.3 for the code challenge
 */
export function authorizeUrl(options: AuthorizeUrlOptions): string {
  const { clientId, redirectUri, state, codeChallenge, baseUrl = "https://zoom.us" } = options;
  if (!state) throw new TypeError("state is empty. Make a random one for each user who connects.");
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    state,
    ...(codeChallenge ? { code_challenge: codeChallenge, code_challenge_method: "S256" } : {}),
  });
  return `${baseUrl.replace(/\/+$/, "")}/oauth/authorize?${query}`;
}
