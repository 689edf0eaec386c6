// What a source gives, in the order in which it is imported: grants, and what is none.

import type { ImportedZoomOAuthConnection } from "../../client/src/index.ts";

/** Of the connection that a grant becomes, what its source says. What is left out is as the command line says. */
export type GrantFields = Omit<ImportedZoomOAuthConnection, "refresh_token" | "zoom_oauth_app_id">;

export interface Grant {
  kind: "grant";
  /** What the report calls it: `line 12`, or its id at the source. Each one once in a source. */
  ref: string;
  /** Changes where another grant takes the place of `ref`. Null: `ref` is for one grant for ever. */
  fingerprint: string | null;
  fields: GrantFields;
  /** Read as late as possible: another system may renew it until it is stopped. */
  readRefreshToken(): Promise<string>;
}

/** What cannot be imported, with the reason in a sentence that holds no secret. */
export interface NoGrant {
  kind: "invalid" | "skipped";
  ref: string;
  reason: string;
}

/** A place where grants are. */
export interface Source {
  /** Names it in the journal, so that no other source goes on where this one stopped. */
  name: string;
  /** How many it has, for the progress bar. */
  count(): Promise<number>;
  read(): AsyncIterable<Grant | NoGrant>;
  /** The Zoom client ID that its grants are for, where it knows. */
  clientId: string | null;
  /** Whether it may renew a grant when its token is read, which a dry run must not cause. */
  isReadingRenewing: boolean;
  close(): Promise<void>;
}

/** The source says that this grant cannot be had. The message holds no secret. */
export class UnreadableGrant extends Error {}

/** Ends the whole run: it would go wrong for every grant. The message tells what to do. */
export class StopRun extends Error {}
