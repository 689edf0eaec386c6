// The language of a page, by what the browser prefers.

import { LANGUAGES, type Language } from "./texts.ts";

const DEFAULT_LANGUAGE: Language = "en";
/** Longer headers are cut: no browser sends more. */
const MAX_HEADER_LENGTH = 1_000;

/** The first language of ours in `Accept-Language` (RFC 9110, 12.5.4); English where there is none. */
export function chooseLanguage(acceptLanguage = ""): Language {
  const ranges = acceptLanguage
    .slice(0, MAX_HEADER_LENGTH)
    .split(",")
    .map((range) => {
      const [tag = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
      return { language: tag.split("-")[0], quality: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const { language } of ranges) {
    const known = LANGUAGES.find((ours) => ours === language);
    if (known) return known;
  }
  return DEFAULT_LANGUAGE;
}
