// A grant that Zoom has given and the database does not have yet, as it travels through the queue: sealed.

import * as z from "zod";
import type { Keyring } from "../crypto/keyring.ts";
import type { FinishConnectingMessage } from "../queue.ts";
import { credentialsSchema } from "./credentials.ts";

const pendingGrant = z.object({
  code: z.object({ zoomOAuthAppId: z.string(), codeSha256: z.string(), redirectUriSha256: z.string() }),
  projectId: z.string(),
  /** When the code was claimed, by the database's clock. */
  authorizedAt: z.string(),
  credentials: credentialsSchema,
  /** Null until Zoom has told who the user is. */
  user: z.object({ id: z.string(), accountId: z.string() }).nullable(),
  isLocalRecordingTokenSupported: z.boolean(),
  isOnbehalfTokenSupported: z.boolean(),
  metadata: z.record(z.string(), z.string()).nullable(),
});

/** A grant that Zoom has given and the database does not have yet. */
export type PendingGrant = z.infer<typeof pendingGrant>;

export async function sealGrant(keyring: Keyring, grant: PendingGrant): Promise<FinishConnectingMessage> {
  const message = {
    type: "finish_connecting" as const,
    zoom_oauth_app_id: grant.code.zoomOAuthAppId,
    code_sha256: grant.code.codeSha256,
  };
  return { ...message, grant: await keyring.seal(JSON.stringify(grant), messagePlace(message)) };
}

export async function openGrant(keyring: Keyring, message: FinishConnectingMessage): Promise<PendingGrant> {
  return pendingGrant.parse(JSON.parse(await keyring.open(message.grant, messagePlace(message))));
}

function messagePlace(message: Pick<FinishConnectingMessage, "zoom_oauth_app_id" | "code_sha256">) {
  const row = `${message.zoom_oauth_app_id}/${message.code_sha256}`;
  return { table: "jobs.finish_connecting", row, column: "grant" };
}
