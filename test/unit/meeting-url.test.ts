// Zoom's forms of links, and what only looks like one.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMeetingId, parseMeetingUrl } from "../../src/zoom/meeting-url.ts";

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
    "http%3A%2F%2Fzoom.us%2Fj%2F1234567890",
    "https:%2F%2Fzoom.us%2Fj%2F1234567890",
    "https%253A%252F%252Fzoom.us%252Fj%252F1234567890%253Fpwd%253Dx",
    "zoommtg%3A%2F%2Fzoom.us%2Fjoin%3Fconfno%3D1234567890",
    "https://zoom.us/j/1234567890%3E",
    "(https://zoom.us/j/1234567890).",
    "< https://zoom.us/j/1234567890 >\r\n",
    "https://zoom.us/j/1234567890?pwd=%ZZ",
    "https://zoom.us/j/1234567890?pwd=日本",
    "ZOOMMTG://zoom.us/start?confno=123%20456%207890",
    "https://zoom.us/wc/start/1234567890",
    "https://zoom.us/wc/1234567890",
    "https://eur02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F1234567890%3Fpwd%3Dx&data=05%7C01",
    "https://www.google.com/url?q=https://zoom.us/j/1234567890&sa=D",
    "zoom.us/j/1234567890",
    "123 456 7890",
    "123-456-7890",
    " 1234567890\n",
  ])("%s", (url) => {
    expect(parseMeetingUrl(url)).toEqual({ kind: "meeting", meetingId: "1234567890" });
  });
});

describe.each([
  [
    "Zoom's",
    ["zoom.us", "us02web.zoom.us", "us06web.zoom.us", "acme.zoom.us", "acme-org.eu.zoom.us", "app.zoom.us"],
  ],
  ["Zoom's second", ["zoom.com", "www.zoom.com", "acme.zoom.com", "events.zoom.com"]],
  [
    "the United States' government's",
    ["zoomgov.com", "agency.zoomgov.com", "www.zoomgov.com", "army.zoomgov.mil"],
  ],
  ["Deutsche Telekom's", ["zoom-x.de", "uni.zoom-x.de", "eu01web.zoom-x.de", "uni-koeln.zoom-x.de"]],
  ["China's", ["zoom.com.cn", "acme.zoom.com.cn", "zoom.cn", "www.zoom.cn"]],
])("on a domain of %s", (_whose, hosts) => {
  it.each(hosts)("%s", (host) => {
    const meeting = { kind: "meeting", meetingId: "65194487075" };
    for (const spelling of [host, host.toUpperCase()]) {
      expect(parseMeetingUrl(`https://${spelling}/j/65194487075?pwd=abc`)).toEqual(meeting);
      expect(parseMeetingUrl(`${spelling}/j/65194487075`)).toEqual(meeting);
      expect(parseMeetingUrl(`zoommtg://${spelling}/join?confno=65194487075&pwd=x&zc=0`)).toEqual(meeting);
    }
    for (const foreign of [
      `not${host}`,
      `${host}.evil.example`,
      `${host}-evil.example`,
      `${host}.`,
      `${host}:8443`,
      `${host}@evil.example`,
      `evil.example/${host}`,
      `evil.example?${host}`,
      `evil.example\\.${host}`,
      `${host.replace("zoom", "z00m")}`,
      `${host.replace("zoom", "zoοm")}`,
      `${host.replace("zoom", "zoom\u200b")}`,
      `${host.replace(".", "．")}`,
    ]) {
      const { kind } = parseMeetingUrl(`https://${foreign}/j/65194487075`);
      // Below a domain of Zoom's, notacme.zoom.us is one of its hosts.
      expect([foreign, kind]).toEqual([foreign, /^not.+\.zoom/.test(foreign) ? "meeting" : "not_a_zoom_url"]);
    }
  });
});

describe("paths that name a meeting", () => {
  it.each([
    "https://zoom.us/meeting/123456789",
    "https://zoom.us/webinar/123456789",
    "https://zoom.us/meeting/123456789/edit",
    "https://zoom.us/meeting/123456789/ics?icsToken=x",
    "https://zoom.us/meetings/123456789/invitations",
    "https://zoom.us/j/123456789/",
    "https://zoom.us//j/123456789",
    "https://zoom.us/J/123456789?pwd=1",
    "https://zoom.us/j/123456789&pwd=abc",
    "https://zoom.us/j/123456789?pwd=a#success",
    "https://zoom.us/j/123456789#success",
    "https://zoom.us/j/123456789?",
    "https://zoom.us/s/123456789?zpk=x",
    "https://zoom.us/w/123456789?tk=x",
    "https://zoom.us/start/123456789",
    "https://zoom.us/join/123456789",
    "https://zoom.us/join?confno=123456789",
    "https://zoom.us/start?confno=123456789&zak=x",
    "https://zoom.us/skype/123456789",
    "https://zoom.us/launch/jc/123456789?pwd=x",
    "https://app.zoom.us/wc/123456789/join?fromPWA=1&pwd=x",
    "https://app.zoom.us/wc/123456789/start",
    "https://app.zoom.us/wc/join/123456789",
    "https://app.zoom.us/wc/123456789",
    "zoommtg://zoom.us/start?action=start&confno=123456789&zak=x",
    "zoommtg://us02web.zoom.us/join?action=join&confno=123456789&pwd=1&zc=0&browser=chrome",
    "zoomus://zoom.us/join?confno=123456789&pwd=x",
    "ZoomMtg://zoom.us/join?confno=123-456-789",
    "intent://zoom.us/join?action=join&confno=123456789#Intent;scheme=zoomus;package=us.zoom.videomeetings;end",
    "https://zoom.us/signin?backto=https%3A%2F%2Fzoom.us%2Fj%2F123456789",
    "https://zoom.us/saml/login?from=https%3A%2F%2Facme.zoom.us%2Fs%2F123456789%3Fpwd%3Dx",
    "https://acme.zoom.us/signin?from=x&returnUrl=/j/123456789?pwd=x",
    "https://acme.zoom.us/saml/login?from=%2Fwc%2F123456789%2Fjoin",
    "123456789@zoomcrc.com",
    "sip:123456789.4321@zoomcrc.com",
  ])("%s", (url) => expect(parseMeetingUrl(url)).toEqual({ kind: "meeting", meetingId: "123456789" }));
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
    "https://zoom.us/my/1234567890",
    "https://zoom.us/w/register/1234567890",
    "https://zoom.us/j/-1234567890",
    "https://zoom.us/j/",
    "https://zoom.us",
    "https://zoom.us/j/1234567890/extra",
    "https://zoom.us/j/１２３４５６７８９０",
    "zoommtg://zoom.us/join?action=join&pwd=1234567890",
    "https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fmy%2Fjane",
    "https://uni.zoom-x.de/my/jane",
    "zoom.us/my/jane",
    "https://events.zoom.us/ev/AbCd1234567890",
    "https://zoom.us/rec/play/1234567890",
    "https://zoom.us/u/abcdefghi",
    "https://zoom.us/zoomconference?m=1234567890",
    "https://zoom.us/w_p/1234567890",
    "https://zoom.us/j/1234567890x",
    "https://zoom.us/j/jane.1234567890",
    "https://zoom.us/signin?backto=https%3A%2F%2Fevil.example%2Fj%2F1234567890",
    "https://zoom.us/signin?backto=https%3A%2F%2Fzoom.us.evil.example%2Fj%2F1234567890",
    "https://zoom.us/signin?backto=//evil.example/j/1234567890",
    "https://zoom.us/signin?backto=/rec/1234567890",
    "intent://zoom.us/join?pwd=1234567890#Intent;scheme=zoomus;end",
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
    "https://zoom.us%2eevil.com/j/1234567890",
    "https://%7aoom.us/j/1234567890",
    "https://ｚｏｏｍ.us/j/1234567890",
    "https://zoom。us/j/1234567890",
    "https://@zoom.us/j/1234567890",
    "https://zoom.us:443/j/1234567890",
    "https://evil.com#@zoom.us/j/1234567890",
    "https://xn--zom-5qa.us/j/1234567890",
    "https://zoom.us\n.evil.com/j/1234567890",
    "https:zoom.us/j/1234567890",
    "https:///zoom.us/j/1234567890",
    "https://zoomgov.com.evil.com/j/1234567890",
    "https://zoom.us.:443/j/1234567890",
    "zoommtg://zoom.us@evil.com/join?confno=1234567890",
    "https://evil.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F1234567890",
    "https://safelinks.protection.outlook.com.evil.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F1234567890",
    "https://a.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.com%2Fj%2F1234567890",
    "https://a.safelinks.protection.outlook.com/?data=1234567890",
    `https://zoom.us/j/1234567890?pwd=${"x".repeat(4096)}`,
    "12345678",
    "",
  ])("%s", (url) => expect(parseMeetingUrl(url)).toEqual({ kind: "not_a_zoom_url" }));
});

describe("whatever the text", () => {
  const host = fc.constantFrom(
    "zoom.us",
    "us02web.zoom.us",
    "zoom.com",
    "a.zoomgov.com",
    "zoom-x.de",
    "b.zoom.com.cn",
  );
  const prefix = fc.constantFrom(
    "j/",
    "s/",
    "w/",
    "wc/join/",
    "wc/",
    "my/",
    "launch/jc/",
    "join?confno=",
    "",
  );
  const link = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.webUrl(),
    fc.tuple(host, prefix, fc.string()).map(([name, path, rest]) => `https://${name}/${path}${rest}`),
    fc.tuple(prefix, fc.nat(), fc.string()).map(([path, id, rest]) => `https://zoom.us/${path}${id}${rest}`),
    fc.tuple(host, fc.string(), fc.nat()).map(([name, between, id]) => `https://${name}${between}/j/${id}`),
    fc.webUrl().map((url) => `https://a.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}`),
  );

  it("never throws, and gives nothing but 9 to 11 digits", () => {
    fc.assert(
      fc.property(link, (text) => {
        const parsed = parseMeetingUrl(text);
        if (parsed.kind === "meeting") expect(parsed.meetingId).toMatch(/^\d{9,11}$/);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes no host but Zoom's", () => {
    fc.assert(
      fc.property(fc.domain(), host, (domain, name) => {
        for (const foreign of [domain, `${name}.${domain}`, `${domain}-${name}`]) {
          const isZooms =
            /(?:^|\.)(?:zoom\.us|zoom\.com(?:\.cn)?|zoom\.cn|zoom-x\.de|zoomgov\.(?:com|mil))$/.test(foreign);
          const { kind } = parseMeetingUrl(`https://${foreign}/j/1234567890`);
          expect(kind).toBe(isZooms ? "meeting" : "not_a_zoom_url");
        }
      }),
    );
  });

  it("takes time that grows with its length only", () => {
    for (const text of ["1 ".repeat(2048), `https://zoom.us/j/${"> ".repeat(2000)}x`, "%3E".repeat(1365)]) {
      expect(parseMeetingUrl(text).kind).not.toBe("meeting");
    }
  });
});

it.each([
  ["123 4567 8901", "12345678901"],
  ["123-456-789", "123456789"],
  ["123\u2011456\u2013789", "123456789"],
  ["123\u00a0456\u00a0789", "123456789"],
  ["123 - 456 - 789", "123456789"],
  [" 123456789 ", "123456789"],
  [1234567890, "1234567890"],
  [-1234567890, null],
  [1234567890.5, null],
  [1e21, null],
  [Number.NaN, null],
  ["-1234567890", null],
  ["1234567890-", null],
  ["12345678", null],
  ["123456789012", null],
  ["1234567890x", null],
  ["１２３４５６７８９０", null],
  ["", null],
])("reads the id %j as %s", (text, id) => expect(parseMeetingId(text)).toBe(id));
