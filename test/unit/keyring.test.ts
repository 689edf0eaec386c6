// The sealing of secrets: known answers from an independent implementation, and every way of tampering.

import { createCipheriv, hkdfSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyring, parseMasterKeys, UnsealError } from "../../src/crypto/keyring.ts";

const OLD = `old:${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `new:${Buffer.alloc(32, 2).toString("base64")}`;
const PLACE = { table: "zoom_oauth_connections", row: "zoa_1/user", column: "credentials" };
const keyringOf = (...keys: string[]) => createKeyring(parseMasterKeys(keys.join(",")));

describe("known answers", () => {
  // Made once with Node's own HKDF and AES; a change of the envelope's form would lose every stored secret.
  const ENVELOPE =
    "v1.old.BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ.BQUFBQUFBQUFBQUF.kYcDMsPGCUFN3WWZT_EBjYc3zcQQuKAYr44gHJ1BFkvRNpAxF6TxXAM";

  it("opens an envelope that is written down here", async () => {
    expect(await keyringOf(OLD).open(ENVELOPE, PLACE)).toBe('{"refresh_token":"known"}');
  });

  it("opens what Node's crypto module seals by the same recipe", async () => {
    const envelope = sealWithNode("grüße 🔐", { keyId: "old", masterKey: Buffer.alloc(32, 1) });
    expect(await keyringOf(OLD).open(envelope, PLACE)).toBe("grüße 🔐");
  });
});

describe("round trips", () => {
  it("opens what it sealed, whatever it is", async () => {
    const keyring = keyringOf(NEW, OLD);
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary" }),
        fc.string({ unit: "binary" }),
        async (plaintext, row) => {
          const place = { ...PLACE, row };
          expect(await keyring.open(await keyring.seal(plaintext, place), place)).toBe(
            plaintext.toWellFormed(),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("shares nothing between two envelopes of the same plaintext", async () => {
    const keyring = keyringOf(NEW);
    const [first, second] = await Promise.all([keyring.seal("secret", PLACE), keyring.seal("secret", PLACE)]);
    const parts = (envelope: string) => envelope.split(".").slice(2);
    expect(parts(first)).toHaveLength(3);
    for (const part of parts(first)) expect(parts(second)).not.toContain(part);
    expect(Buffer.from(parts(first)[2] ?? "", "base64url").includes("secret")).toBe(false);
  });

  it("encrypts with the first key and decrypts with all", async () => {
    const sealed = await keyringOf(OLD).seal("secret", PLACE);
    expect(await keyringOf(NEW, OLD).open(sealed, PLACE)).toBe("secret");
    expect(await keyringOf(NEW, OLD).seal("secret", PLACE)).toMatch(/^v1\.new\./);
  });
});

describe("tampering", () => {
  const keyring = keyringOf(NEW, OLD);

  it("refuses an envelope with any one byte of salt, nonce, ciphertext or tag changed", async () => {
    const parts = (await keyring.seal("a secret of some length", PLACE)).split(".");
    let flips = 0;
    for (const part of [2, 3, 4]) {
      const bytes = Buffer.from(parts[part] ?? "", "base64url");
      for (let index = 0; index < bytes.length; index++) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(index) ^ (1 << (index % 8)), index);
        const envelope = parts.with(part, changed.toString("base64url")).join(".");
        await expect(keyring.open(envelope, PLACE)).rejects.toThrow(UnsealError);
        flips++;
      }
    }
    expect(flips).toBe(32 + 12 + "a secret of some length".length + 16);
  });

  it("refuses an envelope with any one character changed", async () => {
    const envelope = await keyring.seal("secret", PLACE);
    for (let index = 0; index < envelope.length; index++) {
      const other = envelope[index] === "A" ? "B" : "A";
      const changed = envelope.slice(0, index) + other + envelope.slice(index + 1);
      await expect(keyring.open(changed, PLACE)).rejects.toThrow(UnsealError);
    }
  });

  it.each([
    ["row", { ...PLACE, row: "zoa_1/other" }],
    ["column", { ...PLACE, column: "other" }],
    ["table", { ...PLACE, table: "zoom_oauth_apps" }],
    ["border between row and column", { ...PLACE, row: "zoa_1/userc", column: "redentials" }],
  ])("refuses an envelope that was moved to another %s", async (_what, place) => {
    const envelope = await keyring.seal("secret", PLACE);
    await expect(keyring.open(envelope, place)).rejects.toThrow(UnsealError);
  });

  it("refuses an envelope of an unknown key, and names the key", async () => {
    const envelope = await keyringOf(OLD).seal("secret", PLACE);
    await expect(keyringOf(NEW).open(envelope, PLACE)).rejects.toThrow(/"old" is not in/);
  });

  it("refuses an envelope under the right key id with the wrong key", async () => {
    const envelope = await keyringOf(OLD).seal("secret", PLACE);
    const wrong = keyringOf(`old:${Buffer.alloc(32, 9).toString("base64")}`);
    await expect(wrong.open(envelope, PLACE)).rejects.toThrow(UnsealError);
  });

  it("refuses an envelope that claims another key of the ring", async () => {
    const envelope = await keyring.seal("secret", PLACE);
    await expect(keyring.open(envelope.replace("v1.new.", "v1.old."), PLACE)).rejects.toThrow(UnsealError);
  });

  it.each([
    "",
    "v1",
    "v2.new.AAAA.AAAA.AAAA",
    "v1.new.AAAA.AAAA",
    "v1.new.*.AAAA.AAAA",
    "v1.new.AAAA.AAAA.AAAA.AAAA",
  ])("refuses %j", async (envelope) => {
    await expect(keyring.open(envelope, PLACE)).rejects.toThrow(UnsealError);
  });
});

describe("CREDENTIAL_ENCRYPTION_KEYS", () => {
  it.each([
    ["", "not of the form"],
    ["onlyid", "not of the form"],
    [":AAAA", "not of the form"],
    ["id:", "not of the form"],
    [`a b:${Buffer.alloc(32).toString("base64")}`, "has an id"],
    ["id:not*base64", "not valid base64"],
    [`id:${Buffer.alloc(31).toString("base64")}`, "not 32 bytes"],
    [`id:${Buffer.alloc(33).toString("base64")}`, "not 32 bytes"],
    [`${OLD},${OLD}`, "same id"],
    [`${OLD},`, "key 2"],
  ])("refuses %j", (text, message) => {
    expect(() => parseMasterKeys(text)).toThrow(message);
  });

  it("never repeats a key in its message", () => {
    const secret = "c2VjcmV0c2VjcmV0";
    for (const text of [`id:${secret}`, secret, `id:${secret}:${secret}`, `${secret}*:x`]) {
      expect(() => parseMasterKeys(text)).toThrow(expect.not.stringContaining(secret));
    }
  });
});

/** The recipe of the envelope, written a second time against another library. */
function sealWithNode(plaintext: string, { keyId, masterKey }: { keyId: string; masterKey: Buffer }): string {
  const salt = Buffer.alloc(32, 4);
  const nonce = Buffer.alloc(12, 5);
  const key = hkdfSync("sha256", masterKey, salt, "zoom-oauth-connections/record/v1", 32);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(key), nonce);
  cipher.setAAD(Buffer.from(JSON.stringify(["v1", keyId, PLACE.table, PLACE.row, PLACE.column])));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return ["v1", keyId, ...[salt, nonce, ciphertext].map((bytes) => bytes.toString("base64url"))].join(".");
}
