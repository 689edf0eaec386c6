// The one spelling of JSON that a signature covers, as Python's json module writes it.

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalizeJson } from "../../src/crypto/canonical-json.ts";
import { canonicalJson, type JsonValue } from "../../src/deliveries/signing.ts";

describe("canonicalizeJson", () => {
  it.each([
    // Each expectation is what Python 3 prints for json.dumps(json.loads(text), sort_keys=True, ensure_ascii=False,
    // separators=(",", ":")).
    ['{"b": 1, "a": 2}', '{"a":2,"b":1}'],
    [
      '{"a": 1.0, "b": 1, "c": -0.0, "d": 1e+16, "e": 12345678901234567890}',
      '{"a":1.0,"b":1,"c":-0.0,"d":1e+16,"e":12345678901234567890}',
    ],
    [
      '{"name": "J\\u00f6rg \\ud83d\\ude00", "s": "a/b \\/ \\u2028"}',
      '{"name":"Jörg 😀","s":"a/b / \u2028"}',
    ],
    ['{"\\ud83d\\ude00": 1, "\\uffee": 2, "10": 3, "9": 4}', '{"10":3,"9":4,"\uffee":2,"😀":1}'],
    ['{"t": "\\t\\n\\u0001\\u007f\\"\\\\"}', '{"t":"\\t\\n\\u0001\u007f\\"\\\\"}'],
    ["  [ ] ", "[]"],
    ["{ }", "{}"],
    ['[null, true, false, {"a": [1, {"c": 1, "b": 2}]}]', '[null,true,false,{"a":[1,{"b":2,"c":1}]}]'],
    ['"text"', '"text"'],
    ['{"__proto__": 1, "a": 2}', '{"__proto__":1,"a":2}'],
  ])("%s", (text, canonical) => expect(canonicalizeJson(text)).toBe(canonical));

  it.each([
    "",
    "{",
    "[1,]",
    '{"a":1,}',
    '{"a" 1}',
    "{a:1}",
    "01",
    "1.",
    "NaN",
    "Infinity",
    "'a'",
    '"a\nb"',
    '"\\x"',
    "1 2",
    "[1]]",
    ",",
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    `${"[".repeat(10_000)}${"]".repeat(10_000)}`,
  ])("is null for %s", (text) => expect(canonicalizeJson(text)).toBeNull());

  it("spells every value as the signature of our own webhooks does", async () => {
    await fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(canonicalizeJson(text)).toBe(canonicalJson(JSON.parse(text) as JsonValue));
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes and refuses what JSON.parse does, but for keys that come twice", async () => {
    await fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ 01.e-+truefalsn\t\n'), maxLength: 12 }),
        (text) => {
          let isJson = true;
          try {
            JSON.parse(text);
          } catch {
            isJson = false;
          }
          const isTwice = isJson && /"([^"]*)".*"\1"\s*:/s.test(text);
          if (!isTwice) expect(canonicalizeJson(text) !== null).toBe(isJson);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it("takes linear time for long texts", () => {
    const start = performance.now();
    canonicalizeJson(`{"a": "${'\\\\"'.repeat(20_000)}`);
    canonicalizeJson(`[${"1,".repeat(30_000)}`);
    canonicalizeJson(`{"a": "${"é".repeat(30_000)}"}`);
    expect(performance.now() - start).toBeLessThan(500);
  });
});
