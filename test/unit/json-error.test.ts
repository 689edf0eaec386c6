// Where a text stops being JSON: for each text that the runtime refuses a place, and for no other.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findJsonError } from "../../src/http/json-error.ts";

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe("the place of the error", () => {
  it.each([
    ["", 1, 1],
    ["   ", 1, 4],
    ["{", 1, 2],
    ['{"a":1,}', 1, 8],
    ['{"a" 1}', 1, 6],
    ["{a:1}", 1, 2],
    ["[1,2", 1, 5],
    ["[1,,2]", 1, 4],
    ["[1 2]", 1, 4],
    ["[1}", 1, 3],
    ["{]", 1, 2],
    ["[,1]", 1, 2],
    ["tru", 1, 1],
    ["nul", 1, 1],
    ["truee", 1, 5],
    ["01", 1, 2],
    ["-", 1, 1],
    ["1.", 1, 2],
    ["+1", 1, 1],
    ["'a'", 1, 1],
    ['"a', 1, 3],
    ['"\\x"', 1, 2],
    ['"\\u12g4"', 1, 2],
    ['"a\nb"', 1, 3],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{"a":1}\r\n{', 2, 1],
    ['{"a":1} // no comment', 1, 9],
    ["undefined", 1, 1],
    ["\u00a0{}", 1, 1],
  ])("%j is line %i, column %i", (text, line, column) => {
    expect(findJsonError(text)).toEqual({ line, column });
  });

  it("is found in a deep text without recursion, and in time that grows with its length alone", () => {
    const depth = 60_000;
    expect(findJsonError("[".repeat(depth))).toEqual({ line: 1, column: depth + 1 });
    expect(findJsonError('{"a":'.repeat(10_000))).toEqual({ line: 1, column: 50_001 });
  });
});

it("there is one where the runtime refuses the text, and only there", () => {
  const nearJson = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom("", ",", '"', "\\", "}", "]", "{", "\n", "e", "-", "0"))
    .map(([json, at, inserted]) => {
      const place = at % (json.length + 1);
      return `${json.slice(0, place)}${inserted}${json.slice(place + (at % 2))}`;
    });
  const text = fc.oneof(nearJson, fc.json(), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(text, (given) => {
      expect(findJsonError(given) === null).toBe(isJson(given));
    }),
    { numRuns: 20_000 },
  );
});
