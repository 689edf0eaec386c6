// Who asks. A function that works for a project takes a ProjectCaller, so that no authentication is skipped by a null. `acting`
// is the caller as statements carry it that check no key; null: the service.

import type { KeyScope } from "./key-scopes.ts";

/** The service itself: the queue, the cron run, or a request that carries its own proof, such as Zoom's signature. */
export interface ServiceCaller {
  kind: "service";
  acting: null;
}

/** A project, by an API key. The statement that does the work checks the key. */
export interface ProjectCaller {
  kind: "project";
  /** SHA-256 of the key as 64 hex digits. */
  apiKeySha256: string;
  /** What the key needs for the operation. The statement checks it with the key. */
  keyScope: KeyScope;
  /** For statements that check no key: the hash of the API key, whose id only the database knows. */
  acting: `sha256 ${string}`;
  /** Where the request came from, as `originOf` makes it. Null: it changes nothing. */
  origin: string | null;
}

/** A bot vendor, by a token link. The statement that found the link has chosen the connections that it may use. */
export interface TokenLinkCaller {
  kind: "token_link";
  tokenLinkId: string;
  /** As `toActorText` makes it. */
  acting: string;
}

/** The operator of the deployment. */
export interface AdminCaller {
  kind: "admin";
  actor: "admin";
  acting: "admin";
  /** Where the request came from, as `originOf` makes it. */
  origin: string;
}

export type Caller = ServiceCaller | ProjectCaller | TokenLinkCaller | AdminCaller;

export const SERVICE: ServiceCaller = { kind: "service", acting: null };
