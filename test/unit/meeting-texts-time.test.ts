// The time that hostile texts take to read: it grows with their length only.

import { describe, expect, it } from "vitest";
import { parseMeetingUrl } from "../../src/zoom/meeting-url.ts";

const LINK = "https://us02web.zoom.us/j/85746065432?pwd=abc.1";

describe("in little time", () => {
  const LENGTH = 60_000;
  const repeat = (part: string) => part.repeat(Math.ceil(LENGTH / part.length)).slice(0, LENGTH);

  /** The processor's, since the machine may be busy with other tests. */
  function milliseconds(text: string): number {
    const start = process.cpuUsage();
    parseMeetingUrl(text);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  }

  const parts = [
    ...[
      "a",
      "a.",
      "a.b/",
      "1",
      "1 ",
      "1-",
      ".",
      "/",
      "-",
      "=",
      "*",
      "%",
      "\\",
      "<",
      "(",
      "](",
      "; ",
      "\n",
      "漢",
      "😀",
    ],
    ...["&amp;", "&#38;", "\\u0026", "=3D", "=\r\n", "BEGIN:V\r\n ", "<wbr>", "%25", "http%25253a%25252f"],
    ...["https://", "https://zoom.us/j/\n", "zoom.us/j/1 ", "https://zoom.us\n/j/1\n", "zoom.us/j/123 456 "],
    ...["https://a.b/\n1\n2\n3\n", "https://www.google.com/url?q=", "https://urldefense.com/v3/__**A__;"],
    ...["https://secure-web.cisco.com/1/http:", "https://google.com/url?q=https%3A%2F%2Fzoom.us "],
    ...["Meeting ID", "Meeting ID: ", "Meeting ID<", "Meeting ID<>", "Meeting ID: 1 2 3 4 ", "zoom id:*_#:"],
    `https://google.com/url?${"q=a.b/&".repeat(570)}\n`,
    `https://google.com/url?${"q=google.com/url?q%3Da.b/%253Fq&".repeat(120)}\n`,
    `https://zoom.us/x?${"q=/j/&".repeat(600)}\n1\n2\n`,
    ...["+16469313860,,", "12345678.1.1", "123456789@", "123456789@zoomcrc.com ", "microsoft teams."],
  ].map((part) => ({ name: JSON.stringify(part.slice(0, 60)), part }));

  it.each(parts)("$name again and again", ({ part }) => {
    for (const text of [repeat(part), `${LINK}${repeat(part)}`, `Meeting ID: ${repeat(part)}`]) {
      // Again where it took long, since the first times are slow until the code is compiled.
      const isQuick = Array.from({ length: 8 }).some(() => milliseconds(text) < 50);
      expect(isQuick).toBe(true);
    }
  });
});
