// What each control does, in words, and a body to start from.

import type { ControlName } from "./control.ts";
import type { State } from "./state.ts";

export interface ControlText {
  does: string;
  /** Of a GET. */
  query?: string;
  body?: (names: ReturnType<typeof nameRecords>) => Record<string, unknown>;
}

/** Headings, in the order in which a person needs them. */
export const CONTROL_GROUPS: Record<string, readonly ControlName[]> = {
  "Connect a user": [
    "POST authorization_codes",
    "POST grants",
    "POST users",
    "POST meetings",
    "POST clients",
  ],
  "Let something happen at Zoom": ["POST webhooks", "POST grants/revoke", "POST access_tokens/expire"],
  "Let Zoom fail": ["POST faults", "GET faults", "DELETE faults", "POST settings"],
  "See what was asked": ["GET requests", "DELETE requests", "GET grants", "GET secrets"],
  "Start again": ["DELETE state"],
};

export const CONTROL_TEXTS: Record<ControlName, ControlText> = {
  "POST authorization_codes": {
    does: "Gives an authorization code, as if the user had allowed the app on the consent page. It works once, for 5 minutes.",
    body: ({ client, user }) => ({
      client_id: client.client_id,
      redirect_uri: "http://localhost:3000/callback",
      user_id: user.id,
    }),
  },
  "POST grants": {
    does: "Gives the refresh token of a new grant, as another system would have it. With “count”, makes so many users, each with a grant.",
    body: ({ client, user }) => ({ client_id: client.client_id, user_id: user.id }),
  },
  "POST users": {
    does: "Adds a user, or changes the one with this id. Every field may be left out.",
    body: () => ({ first_name: "Ada", last_name: "Example", email: "ada@example.com" }),
  },
  "POST meetings": {
    does: "Adds a meeting, or changes the one with this id. With “count”, adds so many.",
    body: ({ user }) => ({ user_id: user.id, topic: "Planning" }),
  },
  "POST clients": {
    does: "Adds an app of the Zoom Marketplace, or changes the one with this client id. “client_secret” is always sent; “scopes” (what the app may ask for) and “redirect_uris” may be.",
    body: () => ({
      client_id: "second-client-id",
      client_secret: "second-client-secret",
      webhook_secret: "second-webhook-secret",
      name: "Second app",
    }),
  },
  "POST webhooks": {
    does: "Sends an event to a URL, signed with the app’s webhook secret. Answers what the receiver answered.",
    body: ({ client, user }) => ({
      url: client.webhook_url ?? "http://localhost:3000/zoom-events",
      client_id: client.client_id,
      event: "app_deauthorized",
      payload: {
        account_id: user.account_id,
        user_id: user.id,
        client_id: client.client_id,
        deauthorization_time: new Date().toISOString(),
      },
    }),
  },
  "POST grants/revoke": {
    does: "The user removes the app: their tokens end, and Zoom sends app_deauthorized to the app’s webhook URL.",
    body: ({ user }) => ({ user_id: user.id }),
  },
  "POST access_tokens/expire": {
    does: "Ends access tokens before their hour is over. The refresh tokens still work.",
    body: ({ user }) => ({ user_id: user.id }),
  },
  "POST faults": {
    does: "Lets the next calls fail. Kinds: delay, status, drop_before, drop_after, malformed, rate_limit.",
    body: () => ({ operation: "token.refresh_token", kind: "drop_after", times: 1 }),
  },
  "GET faults": { does: "Lists the faults that are still to come." },
  "DELETE faults": { does: "Drops them, or those of a “client_id” or a “user_id”." },
  "POST settings": {
    does: "Changes how Zoom behaves from now on. Answers all settings.",
    body: () => ({ delay_ms: 200, old_access_token_after_refresh: "valid" }),
  },
  "GET requests": {
    does: "Lists the calls that Zoom got, in order, without their secrets. “operation” and “since” may be left out.",
    query: "?operation=token.authorization_code&since=0",
  },
  "DELETE requests": { does: "Empties that list." },
  "GET grants": { does: "Lists what users have granted to apps, with a hash of each refresh token." },
  "GET secrets": {
    does: "Lists every secret that the simulator ever gave out: what must not stand in a log.",
  },
  "DELETE state": {
    does: "Forgets everything: users, meetings, grants, faults and requests are as at the first start.",
  },
};

/** What the bodies name: the first app, and its first user. */
export function nameRecords(state: State) {
  const client = [...state.clients.values()][0] ?? { client_id: "client-id", webhook_url: null };
  const user = [...state.users.values()][0] ?? { id: "user-id", account_id: "account-id" };
  return { client, user };
}
