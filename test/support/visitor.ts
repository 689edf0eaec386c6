// A browser reduced to what the hosted pages need: cookies, forms and redirects, each step by hand.

import { ONCE } from "./service.ts";
import type { Stack, Tenant } from "./stack.ts";

export const SESSIONS = "/api/v1/connect_sessions";

export interface Page {
  status: number;
  location: string | null;
  headers: Headers;
  text: string;
}

export interface Visitor {
  get(url: string, headers?: Record<string, string>): Promise<Page>;
  head(url: string): Promise<Page>;
  post(url: string, headers?: Record<string, string>): Promise<Page>;
  /** Presses the button of a link. Returns the address of Zoom's consent page. */
  press(url: string): Promise<string>;
  /** Presses the button and answers at Zoom. Returns the address that Zoom sends the browser to. */
  consent(url: string, answer?: { decision?: "allow" | "decline"; userId?: string }): Promise<string>;
  /** Follows redirects within the service. Returns the last answer, or the redirect that leads away from it. */
  follow(url: string): Promise<Page>;
  cookies: Map<string, string>;
}

export function createVisitor(stack: Stack): Visitor {
  const cookies = new Map<string, string>();

  async function send(url: string, method: string, headers: Record<string, string> = {}): Promise<Page> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, {
      method,
      headers: { ...ONCE, ...(cookie ? { Cookie: cookie } : {}), ...headers },
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const location = response.headers.get("Location");
    return {
      status: response.status,
      location: location && new URL(location, url).href,
      headers: response.headers,
      text: await response.text(),
    };
  }

  const visitor: Visitor = {
    cookies,
    get: async (url, headers) => await send(url, "GET", headers),
    head: async (url) => await send(url, "HEAD"),
    post: async (url, headers) => await send(url, "POST", headers),
    press: async (url) => {
      const { status, location, text } = await send(url, "POST");
      if (status !== 303 || !location) throw new Error(`the button answered ${status}: ${text}`);
      return location;
    },
    consent: async (url, { decision = "allow", userId } = {}) => {
      const consentUrl = await visitor.press(url);
      const user_id = userId ?? (await stack.control("users", {})).id;
      const response = await fetch(consentUrl, {
        method: "POST",
        body: new URLSearchParams({ decision, user_id }),
        redirect: "manual",
      });
      const location = response.headers.get("Location");
      if (!location) throw new Error(`Zoom answered ${response.status}: ${await response.text()}`);
      return location;
    },
    follow: async (url) => {
      let page = await send(url, "GET");
      while (page.location?.startsWith(stack.url.origin)) page = await send(page.location, "GET");
      return page;
    },
  };
  return visitor;
}

/** A new session of the tenant's. */
export async function createSession(
  stack: Stack,
  { apiKey, appId }: Pick<Tenant, "apiKey" | "appId">,
  changes: Record<string, unknown> = {},
) {
  const body = {
    return_url: "https://app.example.com/connected?tab=1",
    zoom_oauth_app_id: appId,
    // These ask for no sync, so that none runs beside what a test looks at.
    is_local_recording_token_supported: false,
    is_onbehalf_token_supported: true,
    ...changes,
  };
  return await stack.request(SESSIONS, { method: "POST", apiKey, body });
}
