// Where a text stops being JSON (RFC 8259). The runtime's own message repeats parts of the text, which may be secret, and
// tells the place only sometimes.

const WHITESPACE = " \t\n\r";
const LITERALS = ["true", "false", "null"];
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const FIRST_PRINTABLE = 0x20;

/** What may come next: a value, a name or the end of an object, a name, a colon, or a comma or the end of what is open. */
type Expected = "value" | "value_or_end" | "name" | "name_or_end" | "colon" | "comma_or_end";

export interface JsonPlace {
  /** The first is 1. */
  line: number;
  /** In UTF-16 code units; the first is 1. */
  column: number;
}

/** Where the first character stands that no JSON text has there, the end of the text included; null: it is JSON. */
export function findJsonError(text: string): JsonPlace | null {
  const index = findErrorIndex(text);
  if (index === null) return null;
  const before = text.slice(0, index);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: index - lastBreak };
}

function findErrorIndex(text: string): number | null {
  /** The ends of what is open, the innermost last. */
  const open: ("}" | "]")[] = [];
  let expected: Expected = "value";
  let index = 0;
  for (;;) {
    while (index < text.length && WHITESPACE.includes(text.charAt(index))) index++;
    const character = text.charAt(index);
    if (expected === "comma_or_end" && open.length === 0) return character === "" ? null : index;
    if (character === "") return index;
    const end = open.at(-1);
    if (expected !== "value" && expected !== "name" && expected !== "colon" && character === end) {
      open.pop();
      expected = "comma_or_end";
      index++;
    } else if (expected === "comma_or_end" || expected === "colon") {
      if (character !== (expected === "colon" ? ":" : ",")) return index;
      expected = expected === "comma_or_end" && end === "}" ? "name" : "value";
      index++;
    } else if (expected === "name" || expected === "name_or_end") {
      if (character !== '"') return index;
      const string = readString(text, index);
      if (!string.isWhole) return string.end;
      index = string.end;
      expected = "colon";
    } else if (character === "{" || character === "[") {
      open.push(character === "{" ? "}" : "]");
      expected = character === "{" ? "name_or_end" : "value_or_end";
      index++;
    } else {
      const scalar = character === '"' ? readString(text, index) : readWord(text, index);
      if (!scalar.isWhole) return scalar.end;
      index = scalar.end;
      expected = "comma_or_end";
    }
  }
}

/** Where it ends, or where the character stands that does not belong there. */
interface Scalar {
  end: number;
  isWhole: boolean;
}

function readString(text: string, start: number): Scalar {
  let index = start + 1;
  for (;;) {
    const character = text.charAt(index);
    if (character === '"') return { end: index + 1, isWhole: true };
    if (character === "" || character.charCodeAt(0) < FIRST_PRINTABLE) return { end: index, isWhole: false };
    if (character !== "\\") index++;
    else {
      ESCAPE.lastIndex = index;
      if (!ESCAPE.test(text)) return { end: index, isWhole: false };
      index = ESCAPE.lastIndex;
    }
  }
}

function readWord(text: string, start: number): Scalar {
  const literal = LITERALS.find((word) => text.startsWith(word, start));
  if (literal !== undefined) return { end: start + literal.length, isWhole: true };
  NUMBER.lastIndex = start;
  return NUMBER.test(text) ? { end: NUMBER.lastIndex, isWhole: true } : { end: start, isWhole: false };
}
