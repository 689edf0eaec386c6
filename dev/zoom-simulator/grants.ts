// Grants and their tokens: which work, which are dead. Knows no HTTP, no users and no clients beyond their ids.

import type { AccessToken, Grant } from "./records.ts";
import { tokenText } from "./token-text.ts";

const ACCESS_TOKEN_LIFE_MS = 3_600_000;
/** Zoom's own library says so; each rotation starts it anew. */
const REFRESH_TOKEN_LIFE_MS = 90 * 86_400_000;
/** How long an expired access token is still told from an unknown one after a restart. */
const EXPIRED_KEPT_MS = 86_400_000;

/** A user's side of one client; without a user: the client itself. */
export interface Owner {
  client_id: string;
  user_id: string | null;
}

export interface TokenPair {
  grant: Grant;
  access_token: string;
}

export class Grants {
  #grants = new Map<string, Grant>();
  /** Every refresh token since the start, dead ones too, so that a call with one can be told whose it is. */
  #byRefreshToken = new Map<string, Grant>();
  #accessTokens = new Map<string, AccessToken>();
  /** Those that may have to be ended: the ones that are not revoked. */
  #aliveByOwner = new Map<string, AccessToken[]>();
  readonly #keepSecret: (secret: string) => string;

  constructor(keepSecret: (secret: string) => string) {
    this.#keepSecret = keepSecret;
  }

  /** A new authorization, which ends what the user gave this client before ("OAuth error messages", 4741). */
  authorize(owner: Owner & { user_id: string }, scopes: readonly string[]): TokenPair {
    const key = keyOf(owner);
    const generation = this.#grants.get(key)?.generation ?? 0;
    this.revoke(owner);
    const grant: Grant = {
      client_id: owner.client_id,
      user_id: owner.user_id,
      scopes,
      refresh_token: "",
      refresh_expires_at: 0,
      generation,
      revoked: false,
    };
    this.#grants.set(key, grant);
    this.#renew(grant);
    return { grant, access_token: this.issueAccessToken(owner, scopes) };
  }

  /** A new pair for a grant. The old refresh token is dead from here on. */
  refresh(grant: Grant, isOldAccessTokenDead: boolean): TokenPair {
    if (isOldAccessTokenDead) this.#killAccessTokens(grant);
    this.#renew(grant);
    return { grant, access_token: this.issueAccessToken(grant, grant.scopes) };
  }

  issueAccessToken({ client_id, user_id }: Owner, scopes: readonly string[]): string {
    const subject = { kind: "access", client_id, user_id, life_ms: ACCESS_TOKEN_LIFE_MS } as const;
    const text = this.#keepSecret(tokenText(subject));
    const expires_at = Date.now() + ACCESS_TOKEN_LIFE_MS;
    this.#addAccessToken(text, { client_id, user_id, scopes, expires_at, revoked: false });
    return text;
  }

  /** The grant that the refresh token works for. */
  findLive(refreshToken: string): Grant | undefined {
    const grant = this.#byRefreshToken.get(refreshToken);
    const isLive = grant?.refresh_token === refreshToken && !grant.revoked;
    return isLive && grant.refresh_expires_at > Date.now() ? grant : undefined;
  }

  /** Whose refresh token it is or was. */
  findOwner(refreshToken: string): Grant | undefined {
    return this.#byRefreshToken.get(refreshToken);
  }

  findAccessToken(text: string): AccessToken | undefined {
    return this.#accessTokens.get(text);
  }

  /** Newest last; absent criteria match all. */
  list(criteria: { client_id?: string | undefined; user_id?: string | undefined }): Grant[] {
    return [...this.#grants.values()].filter((grant) => isOf(grant, criteria));
  }

  /** Ends every token that the owner gave. */
  revoke(owner: Owner): void {
    const grant = this.#grants.get(keyOf(owner));
    if (grant) grant.revoked = true;
    this.#killAccessTokens(owner);
  }

  /** Returns how many access tokens are expired now that were not. */
  expireAccessTokens(criteria: { client_id?: string | undefined; user_id?: string | undefined }): number {
    const alive = [...this.#accessTokens.values()].filter(
      (token) => isOf(token, criteria) && !token.revoked && token.expires_at > Date.now(),
    );
    for (const token of alive) token.expires_at = Date.now();
    return alive.length;
  }

  clear(): void {
    for (const map of [this.#grants, this.#byRefreshToken, this.#accessTokens, this.#aliveByOwner]) {
      map.clear();
    }
  }

  toJson(): { grants: Grant[]; access_tokens: Array<[string, AccessToken]> } {
    const oldest = Date.now() - EXPIRED_KEPT_MS;
    const access_tokens = [...this.#accessTokens].filter(([, token]) => token.expires_at > oldest);
    return { grants: this.list({}), access_tokens };
  }

  load({ grants, access_tokens }: ReturnType<Grants["toJson"]>): void {
    this.clear();
    for (const grant of grants) {
      this.#grants.set(keyOf(grant), grant);
      this.#byRefreshToken.set(grant.refresh_token, grant);
    }
    for (const [text, token] of access_tokens) this.#addAccessToken(text, token);
  }

  #renew(grant: Grant): void {
    const { client_id, user_id } = grant;
    const subject = { kind: "refresh", client_id, user_id, life_ms: REFRESH_TOKEN_LIFE_MS } as const;
    grant.refresh_token = this.#keepSecret(tokenText(subject));
    grant.refresh_expires_at = Date.now() + REFRESH_TOKEN_LIFE_MS;
    grant.generation += 1;
    this.#byRefreshToken.set(grant.refresh_token, grant);
  }

  #addAccessToken(text: string, token: AccessToken): void {
    this.#accessTokens.set(text, token);
    if (token.revoked) return;
    const key = keyOf(token);
    const alive = this.#aliveByOwner.get(key);
    if (alive) alive.push(token);
    else this.#aliveByOwner.set(key, [token]);
  }

  #killAccessTokens(owner: Owner): void {
    const key = keyOf(owner);
    for (const token of this.#aliveByOwner.get(key) ?? []) token.revoked = true;
    this.#aliveByOwner.delete(key);
  }
}

function keyOf({ client_id, user_id }: Owner): string {
  return JSON.stringify([client_id, user_id]);
}

function isOf(
  owner: Owner,
  { client_id, user_id }: { client_id?: string | undefined; user_id?: string | undefined },
): boolean {
  return (
    (client_id === undefined || owner.client_id === client_id) &&
    (user_id === undefined || owner.user_id === user_id)
  );
}
