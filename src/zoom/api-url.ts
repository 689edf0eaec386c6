// Where API calls for a user go. A token is sent there, so Zoom's own hint is followed only to Zoom.

/**
 * The base URL for API calls: the `api_url` of a token answer where it is https under zoom.us, or of the
 * configured base's origin; else the configured base. Never ends with a slash.
 * Source: Zoom's changelog, "api_url in the access token response".
 */
export function apiBaseUrl(apiUrl: string | null, configuredBaseUrl: string): string {
  // The usual case, which needs no look at what the URL consists of.
  if (apiUrl === null || configuredBaseUrl.startsWith(`${apiUrl}/`)) return configuredBaseUrl;
  if (!URL.canParse(apiUrl)) return configuredBaseUrl;
  const url = new URL(apiUrl);
  if (url.origin === new URL(configuredBaseUrl).origin) return configuredBaseUrl;
  const isZoom = url.hostname === "zoom.us" || url.hostname.endsWith(".zoom.us");
  const isPlain = url.protocol === "https:" && url.port === "" && url.username === "" && url.password === "";
  return isZoom && isPlain ? `${url.origin}/v2` : configuredBaseUrl;
}
