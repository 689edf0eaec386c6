// Finds the links in what people paste: a link alone, with words around it, or the whole description of a calendar
// event, as text, HTML, Markdown or iCalendar. Takes time that grows with the length of the text only.

/** What a program escapes in JSON, in iCalendar or in Markdown; never a dot, since that would make a host. */
const BACKSLASH_ESCAPE = /\\(?:([nrt])|u00([2-7][0-9a-f])|([/,;_&=?*]))/gi;
const ENTITY = /&(?:(amp|lt|gt|quot|apos|nbsp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi;
const NAMED_ENTITIES: Record<string, string> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};
/** Lines of an iCalendar file, which are folded wherever they are long: RFC 5545, section 3.1. */
const ICALENDAR = /^(?:BEGIN:V|(?:DESCRIPTION|LOCATION|URL|X-ALT-DESC)[:;])/m;
/** Words, without what stands around a link in HTML, in mail and in Markdown. */
const WORD = /[^\s\p{Cc}<>"]+/gu;
/** Each link has one of them. */
const IN_LINKS = /[/%?#]/;
const BETWEEN_LINKS = /\]\(|[,;|](?=https?:\/\/)/i;
/** A link's scheme, percent-encoded or not. */
const SCHEME = /(?:https?|zoommtg|zoomus|intent)(?::|%(?:25)*3a)(?:\/|%(?:25)*2f){2}/i;
/** What belongs to an address that is not over: a link after it is a part of that address. */
const INSIDE_ADDRESS = /[/?&#@\\%]/;
/** What may stand before a host without a scheme: nothing that could be a part of the host or a scheme. */
const BEFORE_HOST = /(?:^[^\p{L}\p{N}\p{M}._\p{Pd}]*|[([{*:;,'=：；，、（【「『《〈“‘→])$/u;
const HOST_INSIDE = /\w\.[a-z]/i;
const SCHEME_WITHOUT_SLASHES =
  /(?:https?|ftp|wss?|file|data|blob|javascript|mailto|zoommtg|zoomus|intent):$/i;
const MAX_LINES = 4;
/** More than the description of any event has; each link takes time. */
const MAX_LINKS = 1000;

export interface FoundLink {
  text: string;
  /** The words at the beginning of the next lines: where a program has wrapped the link, they are its rest. */
  nextLines: string[];
}

/** The text as its reader sees it, but for the tags of HTML: entities, escapes and folded lines are resolved. */
export function toPlainText(text: string): string {
  let plain = text;
  // Quoted-printable, which mail is sent in.
  if (plain.includes("=3D")) plain = plain.replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");
  if (ICALENDAR.test(plain)) plain = plain.replaceAll(/\r?\n[ \t]/g, "");
  plain = plain.replaceAll(BACKSLASH_ESCAPE, (_, space, code, character) =>
    space ? "\n" : (character ?? String.fromCharCode(Number.parseInt(code, 16))),
  );
  // Once more for what passed through two programs.
  for (let round = 0; round < 2 && plain.includes("&"); round++) plain = decodeEntities(plain);
  return plain.replaceAll(/<wbr ?\/?>/gi, "");
}

function decodeEntities(text: string): string {
  return text.replaceAll(ENTITY, (entity, name, decimal, hexadecimal) => {
    if (name) return NAMED_ENTITIES[name.toLowerCase()] ?? entity;
    const codePoint = decimal ? Number(decimal) : Number.parseInt(hexadecimal, 16);
    return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : entity;
  });
}

/** What may be a link in the plain text, in its order. A host without a scheme counts where a path follows. */
export function* findLinks(text: string): Generator<FoundLink> {
  const words: Word[] = [...text.matchAll(WORD)].map(({ 0: word, index }) => ({ word, start: index }));
  let isAfterLink = false;
  let count = 0;
  for (const [index, { word }] of words.entries()) {
    const chunks = IN_LINKS.test(word) ? word.split(BETWEEN_LINKS) : [];
    const links = chunks.map(
      (chunk) => findLinkWithScheme(chunk) ?? (isAfterLink ? null : findBareLink(chunk)),
    );
    isAfterLink = chunks.some((chunk) => SCHEME.test(chunk));
    const last = links.pop();
    for (const link of links) if (link && count++ < MAX_LINKS) yield { text: link, nextLines: [] };
    if (count >= MAX_LINKS) return;
    if (!last) continue;
    const next = words.slice(index + 1, index + MAX_LINES);
    const isHostAlone = /\/\/[^/?#]+$/.test(last);
    // A host that goes on after a space is not the one that it seems to be.
    if (isHostAlone && /^[.@:\\-]/.test(next[0]?.word ?? "")) continue;
    const digits = takeTypedDigits(last, next);
    const mayGoOn = digits === "" && (!isHostAlone || /^[/?#]/.test(next[0]?.word ?? ""));
    count++;
    yield { text: last + digits, nextLines: mayGoOn ? takeNextLines(text, words, index) : [] };
  }
}

interface Word {
  word: string;
  start: number;
}

/** The chunk from the scheme of its link on, or null. */
function findLinkWithScheme(chunk: string): string | null {
  const scheme = SCHEME.exec(chunk);
  const isLink = scheme !== null && !INSIDE_ADDRESS.test(chunk.slice(0, scheme.index));
  return isLink ? cutAtText(chunk.slice(scheme.index)) : null;
}

/** The chunk from a host without a scheme on, or null. */
function findBareLink(chunk: string): string | null {
  const end = chunk.search(/[/?#]/);
  if (end < 0) return null;
  // Backwards by hand, since a pattern that is anchored at the end only takes quadratic time.
  let start = end;
  while (start > 0 && /[a-z0-9.-]/i.test(chunk.charAt(start - 1))) start--;
  const before = chunk.slice(0, start);
  const isPart =
    INSIDE_ADDRESS.test(before) || HOST_INSIDE.test(before) || SCHEME_WITHOUT_SLASHES.test(before);
  return isPart || start === end || !BEFORE_HOST.test(before)
    ? null
    : cutAtText(`https://${chunk.slice(start)}`);
}

/** The link without text of another script that follows its path, as in languages that set no spaces. */
function cutAtText(link: string): string {
  const [ascii] = /^[^/]*\/\/[^/?#]*[/?#][!-~]*/.exec(link) ?? [];
  return ascii ?? link;
}

/** The groups of digits after a link that ends in one, as ids are typed: `/j/123 4567 8901`. */
function takeTypedDigits(link: string, next: readonly Word[]): string {
  if (!/\/\d{2,4}$/.test(link)) return "";
  let digits = "";
  for (const { word } of next) {
    if (!/^\d{2,4}(?!\d)/.test(word)) break;
    digits += ` ${word}`;
  }
  return digits;
}

function takeNextLines(text: string, words: readonly Word[], index: number): string[] {
  const lines: string[] = [];
  for (let at = index; lines.length < MAX_LINES - 1; at++) {
    const [word, next] = [words[at], words[at + 1]];
    if (!word || !next || !/[\r\n]/.test(text.slice(word.start + word.word.length, next.start))) break;
    lines.push(next.word);
  }
  return lines;
}
