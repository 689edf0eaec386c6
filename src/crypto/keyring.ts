// Seals and opens secrets at rest: AES-256-GCM under a key of each record's own. Knows the envelope's
// form and the master keys; knows nothing of databases or of what the secrets mean.
//
// Envelope: v1.<master key id>.<salt>.<nonce>.<ciphertext and tag>, the last three base64url.

const VERSION = "v1";
const MASTER_KEY_BYTES = 32;
const SALT_BYTES = 32;
/** 96 bits, the length for which GCM is specified without a further hash (NIST SP 800-38D, 5.2.1.1). */
const NONCE_BYTES = 12;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;
/** How many keys of records are remembered, for secrets that are opened again and again. */
const MAX_RECORD_KEYS = 500;
const BASE64URL = { alphabet: "base64url", omitPadding: true } as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Where a ciphertext belongs; part of what is authenticated, so that it opens nowhere else. */
export interface SealedPlace {
  table: string;
  /** What names the row for its whole life: its id, or its unique key where the id is not known yet. */
  row: string;
  column: string;
}

/** A sealed text could not be opened: unknown master key, wrong key, moved or altered ciphertext. */
export class UnsealError extends Error {
  override readonly name = "UnsealError";
}

export interface Keyring {
  /** Encrypts with the first master key. Two calls with the same plaintext share nothing. */
  seal(plaintext: string, place: SealedPlace): Promise<string>;
  /** The id of the key that encrypts, first, and of all others that can still decrypt. */
  keyIds: readonly string[];
  /** Decrypts what any of the master keys sealed. Throws {@link UnsealError}. */
  open(envelope: string, place: SealedPlace): Promise<string>;
}

export interface MasterKey {
  id: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Reads `id:base64(32 bytes)`, comma separated. Throws an Error that says what is wrong and never
 * repeats the text.
 */
export function parseMasterKeys(text: string): MasterKey[] {
  const keys = text.split(",").map((part, index) => {
    const at = `key ${index + 1}`;
    const [id, encoded, ...rest] = part.trim().split(":");
    if (!id || !encoded || rest.length > 0) throw new Error(`${at} is not of the form id:base64(32 bytes)`);
    if (!KEY_ID.test(id)) throw new Error(`${at} has an id that is not 1 to 32 of A-Z a-z 0-9 _ -`);
    return { id, bytes: decodeMasterKey(encoded, at) };
  });
  if (new Set(keys.map((key) => key.id)).size < keys.length) throw new Error("two keys have the same id");
  return keys;
}

function decodeMasterKey(encoded: string, at: string): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(encoded);
  } catch {
    throw new Error(`${at} is not valid base64`);
  }
  if (bytes.length !== MASTER_KEY_BYTES) throw new Error(`${at} is not ${MASTER_KEY_BYTES} bytes long`);
  return bytes;
}

/** A keyring of one or more master keys: the first encrypts, all decrypt. */
export function createKeyring(masterKeys: readonly MasterKey[]): Keyring {
  const imported = new Map(masterKeys.map((key) => [key.id, once(() => importMasterKey(key.bytes))]));
  const current = masterKeys[0];
  if (!current) throw new Error("a keyring needs at least one master key");

  async function deriveKey(keyId: string, salt: Uint8Array<ArrayBuffer>, usage: "encrypt" | "decrypt") {
    const masterKey = imported.get(keyId);
    if (!masterKey) throw new UnsealError(`the master key "${keyId}" is not in CREDENTIAL_ENCRYPTION_KEYS`);
    return await deriveRecordKey(await masterKey(), salt, usage);
  }

  /** By master key and salt, the oldest first. */
  const decryptionKeys = new Map<string, CryptoKey>();

  async function decryptionKey({ keyId, salt }: Envelope): Promise<CryptoKey> {
    const name = `${keyId}.${salt.toBase64(BASE64URL)}`;
    const known = decryptionKeys.get(name);
    if (known) return known;
    const key = await deriveKey(keyId, salt, "decrypt");
    const [oldest] = decryptionKeys.keys();
    if (oldest !== undefined && decryptionKeys.size >= MAX_RECORD_KEYS) decryptionKeys.delete(oldest);
    decryptionKeys.set(name, key);
    return key;
  }

  return {
    keyIds: masterKeys.map(({ id }) => id),

    async seal(plaintext, place) {
      const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const key = await deriveKey(current.id, salt, "encrypt");
      const algorithm = aesGcm(nonce, current.id, place);
      const ciphertext = new Uint8Array(
        await crypto.subtle.encrypt(algorithm, key, encoder.encode(plaintext)),
      );
      const parts = [salt, nonce, ciphertext].map((bytes) => bytes.toBase64(BASE64URL));
      return [VERSION, current.id, ...parts].join(".");
    },

    async open(envelope, place) {
      const parsed = parseEnvelope(envelope);
      const { keyId, nonce, ciphertext } = parsed;
      const key = await decryptionKey(parsed);
      try {
        return decoder.decode(await crypto.subtle.decrypt(aesGcm(nonce, keyId, place), key, ciphertext));
      } catch {
        // The runtime's own error adds nothing, and one message for every cause tells an attacker least.
        throw new UnsealError(`${place.table}.${place.column} does not open with the master key "${keyId}"`);
      }
    },
  };
}

interface Envelope {
  keyId: string;
  salt: Uint8Array<ArrayBuffer>;
  nonce: Uint8Array<ArrayBuffer>;
  ciphertext: Uint8Array<ArrayBuffer>;
}

function parseEnvelope(envelope: string): Envelope {
  const [version, keyId, salt, nonce, ciphertext, ...rest] = envelope.split(".");
  if (version !== VERSION || !keyId || !salt || !nonce || !ciphertext || rest.length > 0) {
    throw new UnsealError("not a sealed text of a version that this release knows");
  }
  try {
    // Strict, so that one ciphertext has one spelling and a flipped padding bit is an error.
    const decode = (text: string) =>
      Uint8Array.fromBase64(text, { alphabet: "base64url", lastChunkHandling: "strict" });
    return { keyId, salt: decode(pad(salt)), nonce: decode(pad(nonce)), ciphertext: decode(pad(ciphertext)) };
  } catch {
    throw new UnsealError("a sealed text is not base64url");
  }
}

function pad(base64: string): string {
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
}

function aesGcm(nonce: Uint8Array<ArrayBuffer>, keyId: string, place: SealedPlace) {
  // JSON keeps the parts apart whatever they hold; a plain join would let "a"+"bc" pass for "ab"+"c".
  const additionalData = encoder.encode(
    JSON.stringify([VERSION, keyId, place.table, place.row, place.column]),
  );
  return { name: "AES-GCM", iv: nonce, additionalData, tagLength: 128 };
}

async function importMasterKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveKey"]);
}

/** HKDF-SHA-256 (RFC 5869) with a random salt per record: nonces can never meet under one key. */
async function deriveRecordKey(
  masterKey: CryptoKey,
  salt: Uint8Array<ArrayBuffer>,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const hkdf = {
    name: "HKDF",
    hash: "SHA-256",
    salt,
    info: encoder.encode("zoom-oauth-connections/record/v1"),
  };
  return await crypto.subtle.deriveKey(hkdf, masterKey, { name: "AES-GCM", length: 256 }, false, [usage]);
}

function once<T>(create: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= create();
    return value;
  };
}
