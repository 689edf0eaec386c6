// What mail gateways, webmail and chat programs put around a link, alone and one inside another.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMeetingUrl } from "../../src/zoom/meeting-url.ts";

const ID = "81234567890";
const LINK = `https://acme.zoom.us/j/${ID}?pwd=a_b-c.1`;
const MEETING = { kind: "meeting", meetingId: ID };
const encode = encodeURIComponent;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const base64Url = (text: string) => Buffer.from(text).toString("base64url");

/** Wrappers with the link in a parameter, by what stands before the link. */
const BY_PARAMETER = [
  // Microsoft.
  "https://nam02.safelinks.protection.outlook.com/?url=",
  "https://eur02.safelinks.protection.outlook.com/ap/t-59584e83/?url=",
  "https://emea01.safelinks.protection.outlook.com/?data=05%7C01&reserved=0&url=",
  "https://can01.safelinks.protection.outlook.com/GetUrlReputation?Url=",
  "https://gcc02.safelinks.protection.outlook.com/?url=",
  "https://usg01.safelinks.protection.office365.us/?url=",
  "https://usg02.safelinks.protection.office365.us/ap/w-59584e83/?url=",
  "https://dod01.safelinks.protection.apps.mil/?url=",
  "https://chn01.safelinks.protection.outlook.cn/?url=",
  "https://chn02.safelinks.protection.partner.outlook.cn/?url=",
  "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url=",
  "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/2/atp-safelinks.html?locale=en-us&url=",
  "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/2/atp-safelinks.html?dest=https%3A%2F%2Fteams.microsoft.com%2Fapi&url=",
  "https://teams.microsoft.com/safelinks/1/atp-safelinks.html?url=",
  "https://nam.safelink.emails.azure.net/redirect/?destination=",
  "https://outlook.office.com/mail/safelink.html?url=",
  "https://outlook.live.com/mail/safelink.html?corid=1&url=",
  "https://mail.acme.example/owa/redir.aspx?C=x&URL=",
  "https://mail.acme.example/owa/auth/redir.aspx?REF=abc&URL=",
  "https://mail.acme.example/exchweb/bin/redir.asp?URL=",
  // Google.
  "https://www.google.com/url?q=",
  "https://www.google.com/url?sa=t&rct=j&url=",
  "https://google.com/url?q=",
  "https://www.google.de/url?q=",
  "https://www.google.co.uk/url?q=",
  "https://www.google.com.br/url?url=",
  "https://www.google.co.jp/url?sa=D&q=",
  "https://www.google.fr/url?sa=j&url=",
  "https://www.google.cat/url?q=",
  "http://www.google.com.au/url?q=",
  "https://meet.google.com/linkredirect?authuser=0&dest=",
  "https://plus.url.google.com/url?q=",
  // Gateways.
  "https://urldefense.proofpoint.com/v1/url?k=abc&u=",
  "https://linkprotect.cudasvc.com/url?a=",
  "https://linkprotect.cudasvc.com/url?c=E,1,x&a=",
  "https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=",
  "https://ca-1234.ctp.trendmicro.com/wis/clicktime/v1/query?umid=x&url=",
  "https://clicktime.symantec.com/3AbC?u=",
  "https://clicktime.symantec.com/15t5ZrEAbc?h=abc&u=",
  "https://clicktime.cloud.postoffice.net/clicktime.php?E=jane%40acme.example&U=",
  "https://scanmail.trustwave.com/?c=1234&d=x&u=",
  "https://scanner.topsec.com/?d=1&r=auto&u=",
  "https://link.edgepilot.com/s/12345678/abcDEF?u=",
  "https://link.zixcentral.com/u/12345678/abc?u=",
  "https://linklock.titanhq.com/analyse?data=x&url=",
  "https://atpscan.global.hornetsecurity.com/index.php?atp_str=x&url=",
  "https://protect2.fireeye.com/v1/url?k=1&q=1&e=1&u=",
  "https://protect.fireeye.com/url?k=1&u=",
  "https://mcas.urlisolation.com/a?url=",
  "https://isolation.zscaler.com/profile/abc/zia-session/?controls_id=1&original_url=",
  "https://eu.vadesecure.com/u/v4/abc?u=",
  "https://fortimail.acme.example/fmlurlsvc/?fewReq=:B:x&url=",
  "https://protect-us.mimecast.com/s/abc?domain=zoom.us&url=",
  // Webmail, chat and social networks.
  "https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl=",
  "https://deref-web-02.de/mail/client/x/dereferrer/?redirectUrl=",
  "https://deref-mail.com/mail/client/x/dereferrer/?redirectUrl=",
  "https://mail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl=",
  "https://l.facebook.com/l.php?h=AT0&u=",
  "https://lm.facebook.com/l.php?u=",
  "https://l.messenger.com/l.php?u=",
  "https://l.instagram.com/?e=AT&u=",
  "https://l.wl.co/l?u=",
  "https://slack-redir.net/link?url=",
  "https://security.larksuite.com/link/safety?scene=im&target=",
  "https://security.feishu.cn/link/safety?target=",
  "https://vk.com/away.php?to=",
  "https://www.linkedin.com/redir/redirect?url=",
  "https://www.linkedin.com/safety/go?trk=x&url=",
  "https://out.reddit.com/t3_x?token=y&url=",
  "https://calendly.com/url?q=",
  "https://www.youtube.com/redirect?event=video_description&q=",
  // Zoom's own pages before a meeting.
  "https://zoom.us/signin?backto=",
];

const RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const proofpoint2 = (link: string) =>
  encode(link).replaceAll("-", "%2D").replaceAll("_", "%5F").replaceAll("%2F", "_").replaceAll("%", "-");

function proofpoint3(link: string): string {
  let replaced = "";
  const kept = link.replaceAll(/[^\w:/?&=.~-]{1,60}/g, (run) => {
    replaced += run;
    return run.length === 1 ? "*" : `**${RUN_LENGTHS[run.length - 2]}`;
  });
  return `https://urldefense.com/v3/__${kept}__;${base64Url(replaced)}!!AbCd!xyz-_1$`;
}

const WRAP: Record<string, (link: string) => string> = {
  ...Object.fromEntries(
    BY_PARAMETER.map((start) => [start, (link: string) => `${start}${encode(link)}&data=x`]),
  ),
  "Google, not encoded": (link) => `https://www.google.com/url?q=${link.replaceAll(/[%&+#]/g, encode)}&sa=D`,
  "Proofpoint 2": (link) => `https://urldefense.proofpoint.com/v2/url?u=${proofpoint2(link)}&d=DwMFaQ&c=x&e=`,
  "Proofpoint 2, United States": (link) => `https://urldefense.us/v2/url?d=x&u=${proofpoint2(link)}`,
  "Proofpoint 3": proofpoint3,
  "Proofpoint 3, United States": (link) => proofpoint3(link).replace("urldefense.com", "urldefense.us"),
  "Cisco, encoded": (link) => `https://secure-web.cisco.com/1aB-c_D/${encode(link)}`,
  "Cisco, plain": (link) => `https://secure-web.cisco.com/1aB-c_D/${link}`,
  Menlo: (link) => `https://safe.menlosecurity.com/${link}`,
  "Menlo, with a mode": (link) => `https://isolate.menlosecurity.com/1/3735928037/${link}`,
  Bitdefender: (link) => `https://linkscan.io/scan/ux/${base64Url(link)}/4C6A1F?c=1&i=1`,
  "Bitdefender, second": (link) =>
    `https://lsems.gravityzone.bitdefender.com/scan/${base64Url(link)}/4C6A1F?c=1&i=1&docs=1`,
  Mandrill: (link) => {
    const url = JSON.stringify({ u: 1, v: 1, url: link, id: "x" }).replaceAll("/", "\\/");
    return `https://mandrillapp.com/track/click/1/zoom.us?p=${base64Url(JSON.stringify({ s: "x", v: 1, p: url }))}`;
  },
  Avanan: (link) =>
    `https://url.avanan.click/v2/___${link.includes("*") ? link : link.replaceAll("%", "*")}___.YXAzOmFjbWU6YTpvOjQ`,
  "Check Point": (link) => `https://protect.checkpoint.com/v2/r01/___${link}___.YzJlOmFjbWU6YzpvOjI`,
  Sophos: (link) => `https://eu-west-1.protection.sophos.com?d=zoom.us&u=${encode(base64(link))}&i=x&t=y`,
  "Sophos, region in the domain": (link) =>
    `https://us-east-2.protection.sophos.com/?d=zoom.us&u=${base64(link).replaceAll("+", "%2B")}&h=x`,
  Yandex: (link) => `https://mail.yandex.ru/re.jsx?uid=1&c=LIZA&cv=1&h=a,x&l=${encode(base64(link))}`,
  "Amazon SES": (link) => `https://abcd.r.us-east-1.awstrack.me/L0/${encode(link)}/1/0100018/x=1`,
  Postmark: (link) => `https://click.pstmrk.it/3s/${encode(link.replace("https://", ""))}/abc/def/ghi`,
};

const LOOKALIKES = [
  `https://zoom.us.evil.example/j/${ID}`,
  `https://evil.example/zoom.us/j/${ID}`,
  `https://notzoom-x.de/j/${ID}`,
  `https://zoom.us@evil.example/j/${ID}`,
  `https://zoom.us:pass@evil.example/j/${ID}`,
  `https://evil.example\\@zoom.us/j/${ID}`,
  `https://evil.example#@zoom.us/j/${ID}`,
  `https://zoom.us%2eevil.example/j/${ID}`,
  `https://zoom.us%2f@evil.example/j/${ID}`,
  `https://zооm.us/j/${ID}`,
  `https://zoom。us.evil.example/j/${ID}`,
  `https://xn--zm-jbba.us/j/${ID}`,
  `https://zoom.us./j/${ID}`,
  `https://zoom.us:8443/j/${ID}`,
  `https://zoom.us\t.evil.example/j/${ID}`,
  `https://zoom.us\n.evil.example/j/${ID}`,
  `https://zoom-us.evil.example/j/${ID}`,
  `https://zoom.us-evil.example/j/${ID}`,
  `https://zoomgov.com.evil.example/j/${ID}`,
  `https://zoom.com.evil.cn/j/${ID}`,
  `https://evil.example/?url=https://zoom.us/j/${ID}`,
  `https://evil.example/?url=${encode(LINK)}`,
  `zoommtg://evil.example/join?confno=${ID}`,
  `javascript:location="//zoom.us/j/${ID}"`,
  `data:text/html,//zoom.us/j/${ID}`,
  `ftp://zoom.us/j/${ID}`,
];

const wrapper = fc.constantFrom(...Object.values(WRAP));
const nesting = fc.array(wrapper, { maxLength: 3 });
const nest = (link: string, wraps: readonly ((link: string) => string)[]) =>
  wraps.reduce((inner, wrap) => wrap(inner), link);

describe.each(Object.entries(WRAP))("%s", (_name, wrap) => {
  it("shows the link inside, whatever its form", () => {
    for (const link of [
      LINK,
      `http://zoom.us/meeting/${ID}`,
      `https://uni.zoom-x.de/s/${ID}#success`,
      `https://app.zoom.us/wc/${ID}/join?a=1&b=2`,
    ]) {
      expect([link, parseMeetingUrl(wrap(link))]).toEqual([link, MEETING]);
    }
    expect(parseMeetingUrl(wrap("https://zoom.us/my/jane"))).toEqual({ kind: "no_meeting_id" });
  });

  it("opens no other host", () => {
    for (const link of LOOKALIKES) {
      expect([link, parseMeetingUrl(wrap(link))]).toEqual([
        link,
        expect.not.objectContaining({ meetingId: ID }),
      ]);
    }
  });
});

describe("as gateways have written them", () => {
  it.each([
    `https://www.google.de/url?q=https://acme.zoom.us/j/${ID}`,
    `https://www.google.co.uk/url?q=https://acme.zoom.us/j/${ID}`,
    `https://google.com/url?q=https://acme.zoom.us/j/${ID}`,
    `https://www.google.com/url?sa=t&url=https%3A%2F%2Facme.zoom.us%2Fj%2F${ID}`,
    `https://urldefense.com/v3/__https://acme.zoom.us/j/${ID}?pwd=abc__;!!AbCd!xyz$`,
    // A gateway of Proofpoint's around Microsoft's, with each percent sign replaced.
    `https://urldefense.com/v3/__https://nam02.safelinks.protection.outlook.com/?url=https*3A*2F*2Facme.zoom.us*2Fj*2F${ID}*3Fpwd*3Dx&data=05*7C01__;JSUlJSUlJSU!!AbCd!xyz$`,
    // Servers that drop one of two slashes, and a mail program that cuts the end.
    `https://urldefense.com/v3/__https:/acme.zoom.us/j/${ID}?pwd=abc__;!!AbCd!xyz$`,
    `https://urldefense.com/v3/__https://acme.zoom.us/j/${ID}?pwd=abc`,
    `https://urldefense.com/v3/__http:/*zoom.us/j/${ID}__;Lw!!AbCd!xyz$`,
    `https://urldefense.proofpoint.com/v2/url?u=https-3A__acme.zoom.us_j_${ID}-3Fpwd-3Dabc&d=DwMFAg&c=x&r=y&m=z&s=w&e=`,
    `https://urldefense.proofpoint.com/v2/url?u=http-3A__zoom.us_j_${ID}&d=DwIFaQ`,
    `https://urldefense.proofpoint.com/v1/url?u=https://zoom.us/j/${ID}&k=x%3D%0A`,
    `https://secure-web.cisco.com/1abc/https%3A%2F%2Facme.zoom.us%2Fj%2F${ID}%3Fpwd%3Dx`,
    `https://eu-west-1.protection.sophos.com?d=zoom.us&u=${base64(`https://zoom.us/j/${ID}`)}&p=m&i=x`,
    `https://eur01.safelinks.protection.outlook.com/?url=https%253A%252F%252Fzoom.us%252Fj%252F${ID}`,
    `https%3A%2F%2Fwww.google.com%2Furl%3Fq%3Dhttps%3A%2F%2Fzoom.us%2Fj%2F${ID}%26sa%3DD`,
    `https://www.google.com/url?q=https://zoom.us/j/${ID}&amp;sa=D&amp;source=calendar`,
    `www.google.com/url?q=https://zoom.us/j/${ID}`,
    `https://nam12.safelinks.protection.outlook.com/?url=zoom.us%2Fj%2F${ID}&data=x`,
    `https://www.google.com/url?q=https%3A%2F%2Fnam02.safelinks.protection.outlook.com%2F%3Furl%3Dhttps%253A%252F%252Fzoom.us%252Fj%252F${ID}`,
  ])("%s", (text) => expect(parseMeetingUrl(text)).toEqual(MEETING));
});

describe("a link that does not show where it leads", () => {
  it.each([
    [
      "https://protect-eu.mimecast.com/s/AbCdEfGh1234567890?domain=us02web.zoom.us",
      "protect-eu.mimecast.com",
    ],
    ["https://url.uk.m.mimecastprotect.com/s/AbC1234567890?domain=zoom.us", "url.uk.m.mimecastprotect.com"],
    ["https://bit.ly/3AbCdEf", "bit.ly"],
    ["https://t.co/AbC1234567", "t.co"],
    ["https://lnkd.in/gAbC1234", "lnkd.in"],
    ["https://tinyurl.com/1234567890", "tinyurl.com"],
    ["https://aka.ms/JoinZoom", "aka.ms"],
    ["https://u123456.ct.sendgrid.net/ls/click?upn=abc", "u123456.ct.sendgrid.net"],
    ["https://shared.outlook.inky.com/link?domain=zoom.us&t=h.eJx", "shared.outlook.inky.com"],
    ["https://app.reclaim.ai/z/abc", "app.reclaim.ai"],
    [`https://www.google.com/url?q=${encode("https://bit.ly/3AbCdEf")}`, "bit.ly"],
  ])("%s", (text, host) => expect(parseMeetingUrl(text)).toEqual({ kind: "hidden_link", host }));

  it("does not matter beside one that does", () => {
    expect(parseMeetingUrl(`https://bit.ly/3AbCdEf or ${LINK}`)).toEqual(MEETING);
  });
});

describe("a look-alike of a wrapper", () => {
  it.each([
    `https://safelinks.protection.outlook.com.evil.example/?url=${encode(LINK)}`,
    `https://evilsafelinks.protection.outlook.com/?url=${encode(LINK)}`,
    `https://google.com.evil.example/url?q=${LINK}`,
    `https://notgoogle.com/url?q=${LINK}`,
    `https://google.example/url?q=${LINK}`,
    `https://www.google.com/search?q=${LINK}`,
    `https://www.google.com@evil.example/url?q=${LINK}`,
    `https://urldefense.com.evil.example/v3/__${LINK}__;!!A!x$`,
    `https://evil.example/v3/__${LINK}__;!!A!x$`,
    `https://evil.example/v2/url?u=https-3A__acme.zoom.us_j_${ID}`,
    `https://secure-web.cisco.com.evil.example/1/${encode(LINK)}`,
    `https://evilsophos.com?u=${base64(LINK)}`,
    `https://l.facebook.com.evil.example/l.php?u=${encode(LINK)}`,
    `https://notlinkedin.com/redir/redirect?url=${encode(LINK)}`,
    `https://evil.example/l.php?u=${encode(LINK)}`,
  ])("%s", (text) => expect(parseMeetingUrl(text)).toEqual({ kind: "not_a_zoom_url" }));
});

describe("whatever the nesting", () => {
  it("gives the id of the link inside", () => {
    const id = fc.stringMatching(/^[1-9]\d{8,10}$/);
    fc.assert(
      fc.property(id, fc.constantFrom("us02web.zoom.us", "uni.zoom-x.de"), nesting, (digits, host, wraps) => {
        const text = nest(`https://${host}/j/${digits}?pwd=a_b-c.1`, wraps);
        expect(parseMeetingUrl(text)).toEqual({ kind: "meeting", meetingId: digits });
      }),
      { numRuns: 3000 },
    );
  });

  it("never takes a look-alike", () => {
    const foreign = fc.oneof(
      fc.constantFrom(...LOOKALIKES),
      fc.domain().map((domain) => `https://zoom.us.${domain}/j/${ID}`),
      fc.domain().map((domain) => `https://${domain}/zoom.us/j/${ID}`),
      fc.webUrl().map((url) => `${url}/j/${ID}`),
      fc
        .tuple(fc.string({ minLength: 1 }), fc.domain())
        .map(([text, domain]) => `https://zoom.us${text}.${domain}/j/${ID}`),
    );
    const isZooms = (text: string) => /^https:\/\/(?:[\w.-]+\.)?zoom\.us(?:[/?#]|$)/i.test(text);
    fc.assert(
      fc.property(foreign, nesting, (link, wraps) => {
        fc.pre(!isZooms(link));
        expect(parseMeetingUrl(nest(link, wraps)).kind).not.toMatch(/meetings?$/);
      }),
      { numRuns: 3000 },
    );
  });
});
