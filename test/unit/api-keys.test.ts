// The form of API keys, which tells a mistyped key without the database.

import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/crypto/hash.ts";
import { createApiKey, isMistypedApiKey } from "../../src/crypto/ids.ts";

describe("CRC-32", () => {
  it.each([
    ["", 0],
    ["a", 0xe8b7be43],
    ["abc", 0x352441c2],
    ["123456789", 0xcbf43926],
    ["The quick brown fox jumps over the lazy dog", 0x414fa339],
  ])("of %j", (text, checksum) => {
    expect(crc32(text)).toBe(checksum);
  });
});

describe("a key", () => {
  it("is zock_ with 46 characters, and never the same", () => {
    const keys = Array.from({ length: 1_000 }, () => createApiKey());
    for (const key of keys) expect(key).toMatch(/^zock_[A-Za-z0-9]{46}$/);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.filter((key) => isMistypedApiKey(key))).toEqual([]);
  });

  it.each([
    // Computed apart: the CRC-32 of the first 45 characters in base 62 with the digits A-Z a-z 0-9.
    `zock_${"A".repeat(40)}BeF11L`,
    `zock_${"0123456789".repeat(4)}EDs0ZG`,
  ])("%s has the right checksum", (key) => {
    expect(isMistypedApiKey(key)).toBe(false);
  });

  it("with any one character changed, or two neighbours exchanged, is mistyped", () => {
    const key = createApiKey();
    for (let place = "zock_".length; place < key.length; place++) {
      const changed = key[place] === "x" ? "y" : "x";
      expect(isMistypedApiKey(`${key.slice(0, place)}${changed}${key.slice(place + 1)}`)).toBe(true);
      const [left, right] = [key[place], key[place + 1]];
      if (right === undefined || left === right) continue;
      expect(isMistypedApiKey(`${key.slice(0, place)}${right}${left}${key.slice(place + 2)}`)).toBe(true);
    }
  });

  it.each([
    ["of the older form", `zock_${"x".repeat(40)}`],
    ["of the local stack", "local-api-key"],
    ["that an operator chose", "zock_our own key of some length, which is not the service's"],
    ["of another prefix", `zack_${"x".repeat(46)}`],
  ])("%s is not judged by its form", (_which, key) => {
    expect(isMistypedApiKey(key)).toBe(false);
  });
});
