// Zoom's forms of links, and what only looks like one.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMeetingId, parseMeetingUrl } from "../src/zoom/meeting-url.ts";

describe("links with a meeting id", () => {
  it.each([
    "https://us02web.zoom.us/j/1234567890?pwd=AbC.1",
    "https://zoom.us/j/1234567890",
    "http://zoom.us/j/1234567890/",
    "https://zoom.us/s/1234567890?zak=eyJ",
    "https://zoom.us/w/1234567890?tk=abc&pwd=x.2",
    "https://app.zoom.us/wc/join/1234567890",
    "https://app.zoom.us/wc/1234567890/join?pwd=1",
    "https://app.zoom.us/wc/1234567890/start",
    "zoommtg://zoom.us/join?action=join&confno=1234567890&pwd=99999999999",
    "zoommtg://us02web.zoom.us/join?pwd=1&confno=1234567890",
    "zoomus://zoom.us/join?confno=1234567890",
    "zoomus://zoom.us/wc/join/1234567890",
    "https://zoom.us/launch/jc/1234567890",
    "https://company.zoom.us/j/1234567890#success",
    "https://company.zoom.com/j/1234567890",
    "https://agency.zoomgov.com/j/1234567890?pwd=%2F98765432109",
    "HTTPS://ZOOM.US/j/1234567890",
    " <https://zoom.us/j/1234567890> ",
    "https://zoom.us/j/1234567890>",
    "https%3A%2F%2Fzoom.us%2Fj%2F1234567890%3Fpwd%3Dx",
    "https://zoom.us/j/123%20456%207890",
    "https://zoom.us/j/123-456-7890",
  ])("%s", (url) => {
    expect(parseMeetingUrl(url)).toEqual({ kind: "meeting", meetingId: "1234567890" });
  });
});

describe("links of Zoom's without one", () => {
  it.each([
    "https://company.zoom.us/my/jane2doe1234567890",
    "https://zoom.us/meeting/register/tJ1234567890",
    "https://zoom.us/webinar/register/WN_1234567890",
    "https://zoom.us/j/12345678",
    "https://zoom.us/j/123456789012",
    "https://zoom.us/j/abc?confno=1234567890",
    "https://zoom.us/?confno=1234567890",
    "https://zoom.us/1234567890",
    "https://zoom.us/rec/share/1234567890",
  ])("%s", (url) => expect(parseMeetingUrl(url)).toEqual({ kind: "no_meeting_id" }));
});

describe("what only looks like one", () => {
  it.each([
    "https://zoom.us.evil.com/j/1234567890",
    "https://evilzoom.us/j/1234567890",
    "https://zoom.us@evil.com/j/1234567890",
    "https://user:secret@zoom.us/j/1234567890",
    "https://zoom.us:8443/j/1234567890",
    "https://zoom.us./j/1234567890",
    "https://zoom.us\\@evil.com/j/1234567890",
    "https://zооm.us/j/1234567890",
    "https://evil.com/zoom.us/j/1234567890",
    "https://evil.com?https://zoom.us/j/1234567890",
    "zoommtg://evil.com/join?confno=1234567890",
    "zoommtg:join?confno=1234567890",
    "ftp://zoom.us/j/1234567890",
    "javascript://zoom.us/j/1234567890",
    "//zoom.us/j/1234567890",
    "zoom.us/j/1234567890",
    "1234567890",
    "",
  ])("%s", (url) => expect(parseMeetingUrl(url)).toEqual({ kind: "not_a_zoom_url" }));
});

it("never throws, and never gives anything but 9 to 11 digits", () => {
  const link = fc.oneof(
    fc.string(),
    fc.webUrl(),
    fc.string().map((path) => `https://zoom.us/${path}`),
  );
  fc.assert(
    fc.property(link, (text) => {
      const parsed = parseMeetingUrl(text);
      if (parsed.kind === "meeting") expect(parsed.meetingId).toMatch(/^\d{9,11}$/);
    }),
  );
});

it.each([
  ["123 4567 8901", "12345678901"],
  ["123-456-789", "123456789"],
  [1234567890, "1234567890"],
  ["12345678", null],
  ["1234567890x", null],
  ["", null],
])("reads the id %s as %s", (text, id) => expect(parseMeetingId(text)).toBe(id));
