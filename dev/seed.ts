// Puts the fixed local project, API key and Zoom OAuth app into a database. Running it twice changes nothing.

import pg from "pg";
import { sealAppSecrets } from "../src/credentials.ts";
import { sha256Hex } from "../src/crypto/hash.ts";
import { createKeyring, parseMasterKeys } from "../src/crypto/keyring.ts";
import { LOCAL } from "./local-values.ts";

export async function seedLocalValues(databaseUrl: string): Promise<void> {
  const keyring = createKeyring(parseMasterKeys(LOCAL.encryptionKeys));
  const sealed = await sealAppSecrets(keyring, {
    id: LOCAL.zoomOAuthAppId,
    clientSecret: LOCAL.clientSecret,
    webhookSecret: LOCAL.webhookSecret,
  });
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      "insert into projects (id, name) values ($1, 'Local project') on conflict do nothing",
      [LOCAL.projectId],
    );
    await client.query(
      `insert into api_keys (id, project_id, name, key_sha256)
       values ('key_local00000000001', $1, 'Local key', $2) on conflict do nothing`,
      [LOCAL.projectId, await sha256Hex(LOCAL.apiKey)],
    );
    await client.query(
      `insert into zoom_oauth_apps (id, project_id, name, client_id, client_secret, webhook_secret)
       values ($1, $2, 'Local app', $3, $4, $5) on conflict do nothing`,
      [LOCAL.zoomOAuthAppId, LOCAL.projectId, LOCAL.clientId, sealed.client_secret, sealed.webhook_secret],
    );
  } finally {
    await client.end();
  }
}
