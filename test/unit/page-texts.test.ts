// The texts of the hosted pages: each language has each of them, in its own words.

import { describe, expect, it } from "vitest";
import { CAPABILITIES, CAPABILITY_NAMES } from "../../src/model/capabilities.ts";
import { ATTEMPT_FAILURES } from "../../src/model/connect-session.ts";
import { chooseLanguage } from "../../src/pages/language.ts";
import { LANGUAGES, type Language, TEXTS } from "../../src/pages/texts.ts";

/** Every text of a language by its path, with a product's name where it takes one. */
function textsOf(language: Language): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value === "string") found.set(path, value);
    else if (typeof value === "function") found.set(path, value("Acme"));
    else for (const [name, inner] of Object.entries(value as object)) visit(inner, `${path}/${name}`);
  };
  visit(TEXTS[language], "");
  return found;
}

const english = textsOf("en");
const others = LANGUAGES.filter((language) => language !== "en");

describe.each(LANGUAGES)("%s", (language) => {
  const texts = textsOf(language);

  it("has every text, and none is empty", () => {
    expect([...texts.keys()].toSorted()).toEqual([...english.keys()].toSorted());
    expect([...texts].filter(([, text]) => text.trim() === "")).toEqual([]);
  });

  it("has a page for each failure, and words for each scope", () => {
    for (const code of ATTEMPT_FAILURES) expect(texts.get(`/problems/${code}/text`)).toBeTruthy();
    const scopes = CAPABILITY_NAMES.flatMap((name) => [...CAPABILITIES[name].scopes]);
    for (const scope of scopes) expect(texts.get(`/scopes/${scope}`)).toBeTruthy();
  });

  it("names the product where English does", () => {
    const naming = (map: Map<string, string>) =>
      [...map].filter(([, text]) => text.includes("Acme")).map(([path]) => path);
    expect(naming(texts)).toEqual(naming(english));
  });
});

it.each(others)("%s repeats no English text", (language) => {
  const same = [...textsOf(language)].filter(([path, text]) => english.get(path) === text);
  expect(same).toEqual([]);
});

it.each([
  [undefined, "en"],
  ["", "en"],
  ["de", "de"],
  ["DE-ch", "de"],
  ["en;q=0.1, ja", "ja"],
  ["de;q=0, fr", "fr"],
  ["xx-YY, *", "en"],
  [`${"x".repeat(2_000)}, de`, "en"],
  ["de;q=abc, es;q=0.2", "es"],
])("Accept-Language %s: %s", (header, language) => {
  expect(chooseLanguage(header)).toBe(language);
});
