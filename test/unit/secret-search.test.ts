// Secrets that stand somewhere in a text are found, each by itself, and nothing else.

import { expect, it } from "vitest";
import { findSecrets } from "../support/secret-search.ts";

const LONG = `eyJhbGciOiJIUzUxMiJ9.${"a".repeat(600)}.signature-of-one`;
const OTHER = `eyJhbGciOiJIUzUxMiJ9.${"a".repeat(600)}.signature-of-two`;

it.each([
  ["at the beginning", [LONG], `${LONG} and more`, [LONG]],
  ["at the end", [LONG], `more and ${LONG}`, [LONG]],
  ["as the whole text", [LONG], LONG, [LONG]],
  ["inside of a word", [LONG], `x${LONG}x`, [LONG]],
  ["one of two that begin alike", [LONG, OTHER], `"${OTHER}"`, [OTHER]],
  ["both of two", [LONG, OTHER], `${OTHER}${LONG}`, [OTHER, LONG]],
  ["a secret that another one ends with", ["signature-of-one", LONG], LONG, ["signature-of-one", LONG]],
  ["a short one", ["short"], "a shorty", ["short"]],
  [
    "one with letters of two bytes",
    ["ein Schlüssel, geheim"],
    "äöü: ein Schlüssel, geheim!",
    ["ein Schlüssel, geheim"],
  ],
  ["its end alone is none", [LONG], ".signature-of-one", []],
  ["nothing in nothing", [LONG], "", []],
  ["no secret", [], LONG, []],
])("%s", (_where, secrets, text, found) => {
  expect(findSecrets(secrets, text).sort()).toEqual([...found].sort());
});

it("takes one pass for 20,000 secrets", () => {
  const secrets = Array.from({ length: 20_000 }, (_, index) => `secret-number-${index}-of-many`);
  const text = `${"some other text ".repeat(100_000)}${secrets[7]}`;
  expect(findSecrets(secrets, text)).toEqual([secrets[7]]);
});
