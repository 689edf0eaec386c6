// What a vendor signs its calls with, as the link's row keeps it: sealed. An isolate remembers those that it has opened, so
// that a signature is checked before the statement that counts the use.

import type { Keyring } from "../../crypto/keyring.ts";
import type { KnownLinkSecret } from "../../model/token-link.ts";
import type { VendorName } from "../../model/vendors.ts";
import type { Services } from "../../scope.ts";

/** As many as an isolate remembers, the oldest of which make room. */
const MAX_KNOWN = 500;

export async function sealLinkSecret(keyring: Keyring, linkId: string, secret: string): Promise<string> {
  return await keyring.seal(secret, place(linkId));
}

/** Opens the row's secret and remembers it. Throws `UnsealError`. */
export async function openLinkSecret(
  { keyring, linkSecrets }: Pick<Services, "keyring" | "linkSecrets">,
  link: { id: string; secretSha256: string; sealed: string; vendor: VendorName },
): Promise<KnownLinkSecret> {
  const secret = await keyring.open(link.sealed, place(link.id));
  const known = { sealed: link.sealed, secret, vendor: link.vendor };
  rememberLinkSecret({ linkSecrets }, link.secretSha256, known);
  return known;
}

export function rememberLinkSecret(
  { linkSecrets }: Pick<Services, "linkSecrets">,
  secretSha256: string,
  known: KnownLinkSecret,
): void {
  linkSecrets.delete(secretSha256);
  const [oldest] = linkSecrets.keys();
  if (oldest !== undefined && linkSecrets.size >= MAX_KNOWN) linkSecrets.delete(oldest);
  linkSecrets.set(secretSha256, known);
}

function place(linkId: string) {
  return { table: "token_links", row: linkId, column: "verification_secret" };
}
