// What the simulated Zoom remembers: clients, users, meetings, codes, grants and tokens. Knows no HTTP.

import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto";

export const DEFAULT_SCOPES = [
  "user:read:user",
  "user:read:zak",
  "user:read:token",
  "meeting:read:list_meetings",
  "meeting:read:local_recording_token",
  "meeting:read:meeting",
];

const CODE_LIFE_MS = 5 * 60_000;
const ACCESS_TOKEN_LIFE_MS = 3_600_000;
const REFRESH_TOKEN_LIFE_MS = 90 * 86_400_000;

export interface Client {
  client_id: string;
  client_secret: string;
  webhook_secret: string | null;
  /** Where Zoom sends app_deauthorized; null: nowhere. */
  webhook_url: string | null;
  name: string;
  scopes: string[];
  /** Null: any. */
  redirect_uris: string[] | null;
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
  pmi: number;
  vanity_url: string;
  /** Whether the user's account lets local recordings start. */
  local_recording: boolean;
  /** How a user who is not active shows: in the status, or by refused calls. */
  inactive_as: "status" | "unauthorized";
}

export interface Meeting {
  id: number;
  user_id: string;
  topic: string;
  type: number;
  pmi: string | null;
  webinar: boolean;
  created_at: string;
}

export interface Code {
  client_id: string;
  redirect_uri: string;
  user_id: string;
  scopes: string[];
  code_challenge: string | null;
  code_challenge_method: "S256" | "plain";
  expires_at: number;
  used: boolean;
}

/** What a user has given a client: the newest refresh token, and nothing older, works. */
export interface Grant {
  client_id: string;
  user_id: string;
  scopes: string[];
  refresh_token: string;
  refresh_expires_at: number;
  generation: number;
  revoked: boolean;
}

export interface AccessToken {
  client_id: string;
  /** Null: issued to the app itself (client_credentials). */
  user_id: string | null;
  scopes: string[];
  expires_at: number;
  revoked: boolean;
}

export interface Settings {
  rotation: "rotate" | "keep";
  old_access_token_after_refresh: "valid" | "dead";
  second_authorization: "kills" | "keeps";
  bad_client_status: number;
  bad_code: "invalid_grant" | "invalid_request";
  missing_scope_status: number;
  /** Null: left out of the answers; absent: the simulator's own base URL. */
  api_url?: string | null;
  overlap: "invalid_token" | "save_access_token";
}

const DEFAULT_SETTINGS: Settings = {
  rotation: "rotate",
  old_access_token_after_refresh: "valid",
  second_authorization: "kills",
  bad_client_status: 400,
  bad_code: "invalid_grant",
  missing_scope_status: 400,
  overlap: "invalid_token",
};

const FIRST_USER_ID = "zJKyaiAyTNC-MWjiWC18KQ";

export class State {
  clients = new Map<string, Client>();
  users = new Map<string, User>();
  meetings = new Map<number, Meeting>();
  codes = new Map<string, Code>();
  grants = new Map<string, Grant>();
  accessTokens = new Map<string, AccessToken>();
  /** Every secret that was ever issued or told: what a log must not hold. */
  secrets = new Set<string>();
  settings: Settings = { ...DEFAULT_SETTINGS };
  /** Called after each change that is worth keeping. */
  onChange: () => void = () => {};
  readonly #initialClients: readonly ClientInput[];

  constructor(initialClients: readonly ClientInput[]) {
    this.#initialClients = initialClients;
    this.reset();
  }

  /** Back to the start: the initial clients, and one user with two meetings. */
  reset(): void {
    for (const map of [this.clients, this.users, this.meetings, this.codes, this.grants, this.accessTokens]) {
      map.clear();
    }
    this.secrets.clear();
    this.settings = { ...DEFAULT_SETTINGS };
    for (const client of this.#initialClients) this.putClient(client);
    const names = { email: "jchill@example.com", first_name: "Jill", last_name: "Chill" };
    this.putUser({ id: FIRST_USER_ID, account_id: "q6gBJVO5TzexKYTb_I2rpg", pmi: 3542471135, ...names });
    this.putMeeting({ user_id: FIRST_USER_ID, id: 97763643886, topic: "Weekly" });
    this.putMeeting({ user_id: FIRST_USER_ID, id: 89211347567, topic: "Personal", pmi: "3542471135" });
  }

  putClient(input: ClientInput): Client {
    const known = this.clients.get(input.client_id);
    const client: Client = {
      webhook_secret: null,
      webhook_url: null,
      name: input.client_id,
      scopes: DEFAULT_SCOPES,
      redirect_uris: null,
      ...known,
      ...input,
    };
    this.clients.set(client.client_id, client);
    this.keepSecret(client.client_secret);
    if (client.webhook_secret) this.keepSecret(client.webhook_secret);
    this.onChange();
    return client;
  }

  putUser(input: Partial<User>): User {
    const id = input.id ?? randomBytes(16).toString("base64url");
    const known = this.users.get(id);
    const user: User = {
      account_id: randomBytes(16).toString("base64url"),
      email: `${id.toLowerCase()}@example.com`,
      first_name: "Sam",
      last_name: "Sample",
      display_name: [input.first_name ?? "Sam", input.last_name ?? "Sample"].join(" "),
      status: "active",
      type: 2,
      pmi: randomInt(1_000_000_000, 9_999_999_999),
      vanity_url: `https://example.zoom.us/my/${id.toLowerCase()}`,
      local_recording: true,
      inactive_as: "status",
      ...known,
      ...input,
      id,
    };
    this.users.set(id, user);
    this.onChange();
    return user;
  }

  putMeeting(input: Partial<Meeting> & { user_id: string }): Meeting {
    const id = input.id ?? randomInt(80_000_000_000, 99_999_999_999);
    const created_at = new Date().toISOString();
    const meeting: Meeting = {
      topic: "My Meeting",
      type: 2,
      pmi: null,
      webinar: false,
      created_at,
      ...input,
      id,
    };
    this.meetings.set(id, meeting);
    this.onChange();
    return meeting;
  }

  issueCode(input: Pick<Code, "client_id" | "redirect_uri" | "user_id" | "scopes"> & Partial<Code>): string {
    const code = this.keepSecret(`${randomText(10)}_${randomText(22)}`);
    const challenge = { code_challenge: null, code_challenge_method: "plain" as const };
    this.codes.set(code, { ...challenge, ...input, expires_at: Date.now() + CODE_LIFE_MS, used: false });
    this.onChange();
    return code;
  }

  /** A new authorization: by default it ends what the user gave this client before. */
  authorize(clientId: string, userId: string, scopes: string[]): { grant: Grant; accessToken: string } {
    const key = grantKey(clientId, userId);
    if (this.settings.second_authorization === "kills") this.killAccessTokens(clientId, userId);
    const grant: Grant = {
      client_id: clientId,
      user_id: userId,
      scopes,
      refresh_token: this.keepSecret(tokenText()),
      refresh_expires_at: Date.now() + REFRESH_TOKEN_LIFE_MS,
      generation: (this.grants.get(key)?.generation ?? 0) + 1,
      revoked: false,
    };
    this.grants.set(key, grant);
    return { grant, accessToken: this.issueAccessToken(clientId, userId, scopes) };
  }

  /** A new token pair for a grant; the old refresh token is dead from here on. */
  rotate(grant: Grant): string {
    if (this.settings.old_access_token_after_refresh === "dead") {
      this.killAccessTokens(grant.client_id, grant.user_id);
    }
    if (this.settings.rotation === "rotate") grant.refresh_token = this.keepSecret(tokenText());
    grant.refresh_expires_at = Date.now() + REFRESH_TOKEN_LIFE_MS;
    grant.generation += 1;
    return this.issueAccessToken(grant.client_id, grant.user_id, grant.scopes);
  }

  issueAccessToken(clientId: string, userId: string | null, scopes: string[]): string {
    const token = this.keepSecret(tokenText());
    const expires_at = Date.now() + ACCESS_TOKEN_LIFE_MS;
    this.accessTokens.set(token, {
      client_id: clientId,
      user_id: userId,
      scopes,
      expires_at,
      revoked: false,
    });
    this.onChange();
    return token;
  }

  findGrant(refreshToken: string): Grant | undefined {
    return [...this.grants.values()].find((grant) => grant.refresh_token === refreshToken);
  }

  revoke(clientId: string, userId: string): void {
    const grant = this.grants.get(grantKey(clientId, userId));
    if (grant) grant.revoked = true;
    this.killAccessTokens(clientId, userId);
    this.onChange();
  }

  killAccessTokens(clientId: string, userId: string): void {
    for (const token of this.accessTokens.values()) {
      if (token.client_id === clientId && token.user_id === userId) token.revoked = true;
    }
  }

  /** A short-lived token of another kind (ZAK, onbehalf, local recording). */
  issueOther(): string {
    return this.keepSecret(randomText(48));
  }

  keepSecret(secret: string): string {
    this.secrets.add(secret);
    return secret;
  }

  toJson(): unknown {
    const entries = <K, V>(map: Map<K, V>) => [...map];
    return {
      clients: entries(this.clients),
      users: entries(this.users),
      meetings: entries(this.meetings),
      codes: entries(this.codes),
      grants: entries(this.grants),
      accessTokens: entries(this.accessTokens),
      secrets: [...this.secrets],
    };
  }

  load(json: ReturnType<typeof JSON.parse>): void {
    this.clients = new Map(json.clients);
    this.users = new Map(json.users);
    this.meetings = new Map(json.meetings);
    this.codes = new Map(json.codes);
    this.grants = new Map(json.grants);
    this.accessTokens = new Map(json.accessTokens);
    this.secrets = new Set(json.secrets);
    // The caller's clients stand above what an older run kept of them.
    for (const client of this.#initialClients) this.putClient(client);
  }
}

export function grantKey(clientId: string, userId: string): string {
  return `${clientId}/${userId}`;
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function requestId(): string {
  return randomUUID().replaceAll("-", "_");
}

function randomText(length: number): string {
  return randomBytes(length).toString("base64url").replaceAll(/[-_]/g, "x").slice(0, length);
}

/** Looks like Zoom's tokens: three dotted parts, over 500 characters. Nothing in it means anything. */
function tokenText(): string {
  return `eyJ${randomText(60)}.${randomText(400)}.${randomText(86)}`;
}
