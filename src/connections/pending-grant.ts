// A grant that Zoom has given and the database does not have yet, as it travels through the queue: sealed.

import * as z from "zod";
import type { Keyring } from "../crypto/keyring.ts";
import { chosenFields } from "../model/connection.ts";
import { KEPT_FAILURES } from "../model/connection-failure.ts";
import { credentialsSchema } from "../model/credentials.ts";
import type { FinishConnectingMessage } from "../queue.ts";

const pendingGrant = z.object({
  /** 2 where a release that does not know `onlyUserId` or `isImport` must not finish it. */
  version: z.literal([1, 2]),
  code: z.object({ zoomOAuthAppId: z.string(), codeSha256: z.string(), redirectUriSha256: z.string() }),
  projectId: z.string(),
  /** When Zoom gave the grant, by the database's clock. */
  authorizedAt: z.string(),
  credentials: credentialsSchema,
  /** Null until Zoom has told who the user is. */
  user: z.object({ id: z.string(), accountId: z.string() }).nullable(),
  /** What the caller decided about the connection. */
  chosen: z.object(chosenFields),
  /** The only Zoom user whose grant it may be; null: anybody's. */
  onlyUserId: z.string().nullable().default(null),
  /** Who connects the user, as `acting` of a caller says, and from where. */
  acting: z.string().nullable().default(null),
  origin: z.string().nullable().default(null),
  /** It came as a refresh token: what Zoom says against it keeps its tokens, and does not refuse it. */
  isImport: z.boolean().default(false),
  /** Why its connection cannot be used as it is. */
  keptFor: z.enum(KEPT_FAILURES).nullable().default(null),
});

/** A grant that Zoom has given and the database does not have yet. */
export type PendingGrant = Omit<z.output<typeof pendingGrant>, "version">;

export async function sealGrant(
  keyring: Keyring,
  grant: PendingGrant,
): Promise<Omit<FinishConnectingMessage, "version">> {
  const message = {
    type: "finish_connecting" as const,
    zoom_oauth_app_id: grant.code.zoomOAuthAppId,
    code_sha256: grant.code.codeSha256,
  };
  return {
    ...message,
    grant: await keyring.seal(
      JSON.stringify({ version: grant.onlyUserId === null && !grant.isImport ? 1 : 2, ...grant }),
      messagePlace(message),
    ),
  };
}

export async function openGrant(keyring: Keyring, message: FinishConnectingMessage): Promise<PendingGrant> {
  return pendingGrant.parse(JSON.parse(await keyring.open(message.grant, messagePlace(message))));
}

function messagePlace(message: Pick<FinishConnectingMessage, "zoom_oauth_app_id" | "code_sha256">) {
  const row = `${message.zoom_oauth_app_id}/${message.code_sha256}`;
  return { table: "jobs.finish_connecting", row, column: "grant" };
}
