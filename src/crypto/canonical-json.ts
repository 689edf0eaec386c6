// JSON in the one spelling that a signature covers: keys in the order of their code points, no spaces, and text as it is.
// Read from the text itself, because JSON.parse forgets how a number was spelled.

/** Deeper than any message of a vendor's, and far from the end of the stack. */
const MAX_DEPTH = 64;
/** One token (RFC 8259, 2), after the white space before it. */
const TOKEN =
  /[\t\n\r ]*(?:(?<mark>[{}[\]:,])|(?<text>"(?:[^"\\]|\\.)*")|(?<word>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/**
 * The text as Python's `json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))` writes the same
 * value, where Python wrote the numbers too: they keep their spelling, so that 1.0 and 1 stay apart. Null for what is not
 * JSON, names a key twice in one object, or is nested too deeply.
 */
export function canonicalizeJson(text: string): string | null {
  try {
    return new Canonicalizer(text).read();
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

type Token = { kind: "mark" | "text" | "word"; spelling: string };

class Canonicalizer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): string {
    const value = this.#value(this.#next(), 0);
    if (/[^\t\n\r ]/.test(this.#text.slice(this.#at))) throw new SyntaxError("something follows the value");
    return value;
  }

  #next(): Token {
    TOKEN.lastIndex = this.#at;
    const groups = TOKEN.exec(this.#text)?.groups;
    if (!groups) throw new SyntaxError("no token");
    this.#at = TOKEN.lastIndex;
    const kind = (["mark", "text", "word"] as const).find((name) => groups[name] !== undefined);
    return { kind: kind as Token["kind"], spelling: groups[kind as string] as string };
  }

  #value({ kind, spelling }: Token, depth: number): string {
    if (kind === "word") return spelling;
    if (kind === "text") return respell(spelling);
    if (depth >= MAX_DEPTH) throw new SyntaxError("too deep");
    if (spelling === "[") return `[${this.#items("]", (first) => this.#value(first, depth + 1)).join(",")}]`;
    if (spelling === "{") return this.#object(depth);
    throw new SyntaxError("no value");
  }

  #object(depth: number): string {
    const members = this.#items("}", (first): [string, string] => {
      if (first.kind !== "text" || this.#next().spelling !== ":") throw new SyntaxError("no member");
      return [JSON.parse(first.spelling) as string, this.#value(this.#next(), depth + 1)];
    });
    if (new Set(members.map(([key]) => key)).size < members.length) throw new SyntaxError("a key twice");
    const sorted = members.sort(([left], [right]) => compareCodePoints(left, right));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`;
  }

  /** What stands between the opening mark and this one, separated by commas. */
  #items<T>(end: string, read: (first: Token) => T): T[] {
    const items: T[] = [];
    for (let token = this.#next(); ; token = this.#next()) {
      if (token.spelling === end && token.kind === "mark" && items.length === 0) return items;
      items.push(read(token));
      const after = this.#next();
      if (after.kind !== "mark" || (after.spelling !== "," && after.spelling !== end)) {
        throw new SyntaxError("no comma");
      }
      if (after.spelling === end) return items;
    }
  }
}

/** A text with no more escapes than it needs. */
function respell(spelling: string): string {
  return JSON.stringify(JSON.parse(spelling));
}

/** Unlike `<`, which compares UTF-16 units and so puts U+1F600 before U+FFEE. */
export function compareCodePoints(left: string, right: string): number {
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = (left.codePointAt(index) ?? 0) - (right.codePointAt(index) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
