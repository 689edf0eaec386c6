// The shapes of what the simulated Zoom remembers, and the settings of its behaviour. No logic.

export const DEFAULT_SCOPES = [
  "user:read:user",
  "user:read:zak",
  "user:read:token",
  "meeting:read:list_meetings",
  "meeting:read:local_recording_token",
  "meeting:read:meeting",
];

export interface Client {
  client_id: string;
  client_secret: string;
  webhook_secret: string | null;
  /** Where Zoom sends app_deauthorized; null: nowhere. */
  webhook_url: string | null;
  name: string;
  /** The app's fixed scopes: what every user is asked for. */
  scopes: readonly string[];
  /** Null: any. */
  redirect_uris: readonly string[] | null;
}

export type ClientInput = Pick<Client, "client_id" | "client_secret"> & Partial<Client>;

export interface User {
  id: string;
  account_id: string;
  email: string;
  first_name: string;
  last_name: string;
  display_name: string;
  status: string;
  type: number;
  pmi: number | null;
  vanity_url: string | null;
  /** Whether the user's settings let local recordings start. */
  local_recording: boolean;
}

export interface Meeting {
  id: number;
  uuid: string;
  user_id: string;
  topic: string;
  type: number;
  /** Present where it was scheduled on the personal meeting id. */
  pmi: string | null;
  webinar: boolean;
  created_at: string;
}

export interface Code {
  client_id: string;
  redirect_uri: string;
  user_id: string;
  scopes: readonly string[];
  code_challenge: string | null;
  code_challenge_method: "S256" | "plain";
  expires_at: number;
  used: boolean;
}

/** What a user has given a client: the newest refresh token, and nothing older, works. */
export interface Grant {
  client_id: string;
  user_id: string;
  scopes: readonly string[];
  refresh_token: string;
  refresh_expires_at: number;
  /** Grows with each token set that this user gave this client. */
  generation: number;
  revoked: boolean;
}

export interface AccessToken {
  client_id: string;
  /** Null: issued to the app itself (client_credentials). */
  user_id: string | null;
  scopes: readonly string[];
  expires_at: number;
  revoked: boolean;
}

/** What Zoom's documents leave in doubt, or contradict each other in. */
export interface Settings {
  old_access_token_after_refresh: "valid" | "dead";
  bad_client_status: 400 | 401;
  bad_code: "invalid_grant" | "invalid_request";
  missing_scope_status: 400 | 401 | 403;
  expired_access_token_status: 400 | 401;
  /** Null: left out of the answers; absent: the simulator's own base URL. */
  api_url?: string | null;
  /** What the later of two token calls for one user gets while the earlier is under way. */
  overlap: "invalid_token" | "save_access_token";
  /** Where `event_ts` of app_deauthorized stands, or that the event never comes. */
  deauthorization: "payload" | "top_level" | "never";
  last_page_token: "empty" | "missing";
}

export const DEFAULT_SETTINGS: Settings = {
  old_access_token_after_refresh: "valid",
  bad_client_status: 400,
  bad_code: "invalid_grant",
  missing_scope_status: 400,
  expired_access_token_status: 401,
  overlap: "invalid_token",
  deauthorization: "payload",
  last_page_token: "empty",
};
