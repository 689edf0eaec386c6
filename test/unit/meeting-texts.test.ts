// A meeting in what people paste: a link with words around it, an invitation, the description of a calendar event.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseMeetingUrl } from "../../src/zoom/meeting-url.ts";

const ID = "85746065432";
const MEETING = { kind: "meeting", meetingId: ID };
const LINK = `https://us02web.zoom.us/j/${ID}?pwd=abc.1`;
const SAFE_LINK = `https://nam02.safelinks.protection.outlook.com/?url=${encodeURIComponent(LINK)}&data=05%7C01`;

const INVITATION = `Jane Doe is inviting you to a scheduled Zoom meeting.

Topic: Weekly 1234567890
Time: Jan 20, 2026 10:00 AM Berlin

Join Zoom Meeting
${LINK}

Meeting ID: 857 4606 5432
Passcode: 123456789

---

One tap mobile
+16469313860,,${ID}#,,,,*123456# US
+13017158592,,${ID}#,,,,*123456# US (Washington DC)

Dial by your location
• +1 646 931 3860 US
• +49 695 050 2596 Germany

Find your local number: https://us02web.zoom.us/u/kbXYZ12345

Join by SIP
• ${ID}@zoomcrc.com

Join by H.323
• 144.195.19.161 (US West)
`;

/** The text, folded as RFC 5545 has it. */
const fold = (line: string) => line.replaceAll(/(.{60})/g, "$1\r\n ");
const toQuotedPrintable = (text: string) => text.replaceAll("=", "=3D").replaceAll(/(.{70})/g, "$1=\r\n");

describe("a text with one meeting in it", () => {
  it.each<[string, string]>([
    // Without a scheme.
    ["no scheme", `zoom.us/j/${ID}`],
    ["no scheme, www", `www.zoom.us/j/${ID}`],
    ["no scheme, passcode", `us02web.zoom.us/j/${ID}?pwd=abc.1`],
    ["no scheme, in a sentence", `Join at acme.zoom.us/j/${ID}, please.`],
    ["no scheme, in parentheses", `Zoom (zoom.us/my-team is gone; zoom.us/j/${ID})`],
    ["no scheme, after a colon", `Zoom:us02web.zoom.us/j/${ID}`],
    ["no scheme, capitals", `Us02web.Zoom.us/j/${ID}`],
    ["no scheme, a wrapper", `www.google.com/url?q=${encodeURIComponent(LINK)}`],
    ["no scheme, after Chinese", `会议链接：zoom.us/j/${ID}`],
    ["typed id in the link", "https://zoom.us/j/857 4606 5432"],
    ["typed id in the link, with words after", "https://zoom.us/j/857 4606 5432 at 10:00"],
    ["typed id in the link, dashes", "zoom.us/j/857-4606-5432"],
    // With words and marks around.
    ["a sentence", `Join here: ${LINK}.`],
    ["a question", `Is it ${LINK}?`],
    ["several marks", `(see ${LINK}), thanks!`],
    ["quotes", `"${LINK}"`],
    ["single quotes", `'${LINK}'`],
    ["German quotes", `„${LINK}“`],
    ["brackets", `[${LINK}]`],
    ["angle brackets", `Join<${LINK}>now`],
    ["words at both sides", `Zoom ${LINK} 9am`],
    ["Chinese after the link", `https://zoom.us/j/${ID}（密码：123456）`],
    ["Japanese after the link", `https://zoom.us/j/${ID}です`],
    ["a full stop of Chinese", `https://zoom.us/j/${ID}。`],
    ["an arrow", `→ https://zoom.us/j/${ID}`],
    ["separated by commas", `https://example.com/a,${LINK},https://example.com/b`],
    ["separated by bars", `https://example.com/a|${LINK}`],
    ["separated by semicolons", `Room 5;${LINK};https://example.com/`],
    ["a byte order mark", `\ufeff${LINK}`],
    ["spaces without width around", `\u200b${LINK}\u200b`],
    ["spaces that do not break", `Zoom:\u00a0${LINK}\u00a0`],
    ["null bytes", `\u0000${LINK}\u0000`],
    // HTML.
    ["HTML", `<p>Join: <a href="${LINK}&amp;uname=a">Join</a></p>`],
    ["HTML with the link as its text", `<a href="${LINK}">${LINK}</a>`],
    ["HTML with single quotes", `<a href='${LINK}'>Join</a>`],
    ["HTML without quotes", `<a href=${LINK}>Join</a>`],
    ["HTML, Google's", `<a href="https://www.google.com/url?q=${LINK}&amp;sa=D&amp;ust=1">${LINK}</a>`],
    ["HTML, Microsoft's", `<a href="${SAFE_LINK.replaceAll("&", "&amp;")}" originalsrc="${LINK}">Join</a>`],
    ["HTML, escaped", `&lt;a href=&quot;${LINK}&quot;&gt;Join&lt;/a&gt;`],
    ["HTML, escaped twice", `zoommtg://zoom.us/join?action=join&amp;amp;confno=${ID}`],
    ["HTML, an app's link", `zoommtg://us02web.zoom.us/start?action=start&amp;confno=${ID}&amp;zak=x`],
    ["HTML, slashes as numbers", `https:&#47;&#47;zoom.us&#x2F;j&#x2f;${ID}`],
    ["HTML, tags between", `Meeting ID: <b><span class="x">857 4606 5432</span></b>`],
    ["HTML, where it may break", `https://zoom.us/j/<wbr>${ID}`],
    ["HTML, an image", `<img src="https://zoom.us/static/1234567890.png"><a href="${LINK}">x</a>`],
    // Markdown and chat.
    ["Markdown", `[Join](${LINK})`],
    ["Markdown with its link as its text", `[${LINK}](${LINK})`],
    ["Markdown with a title", `[Join](${LINK} "Zoom")`],
    ["Markdown in angle brackets", `[Join](<${LINK}>)`],
    ["Markdown in bold", `**${LINK}**`],
    ["Markdown in italics", `_https://zoom.us/j/${ID}_`],
    ["Markdown as code", `\`https://zoom.us/j/${ID}\``],
    ["Markdown, escaped", `https://zoom.us/j/${ID}?pwd=a\\_b`],
    ["Slack", `<${LINK}|Join the meeting>`],
    ["Slack with the link as its text", `<${LINK}|${LINK}>`],
    ["Jira", `[Join|${LINK}]`],
    // Calendars and mail.
    ["Outlook as text", `Join Zoom Meeting<${SAFE_LINK}>`],
    [
      "iCalendar, folded",
      `BEGIN:VEVENT\r\n${fold(`DESCRIPTION:Join the meeting that is at ${SAFE_LINK}`)}\r\n`,
    ],
    ["iCalendar, escaped", `BEGIN:VEVENT\nDESCRIPTION:Hi\\, join\\n${LINK}\\nMeeting ID: 857 4606 5432\\n\n`],
    ["iCalendar, a property", `BEGIN:VEVENT\nLOCATION:${LINK}\nEND:VEVENT`],
    ["JSON", JSON.stringify({ location: LINK, summary: "x" })],
    ["JSON with escaped slashes", JSON.stringify({ url: LINK }).replaceAll("/", "\\/")],
    ["JSON with escaped marks", `"zoommtg:\\/\\/zoom.us\\/join?action=join\\u0026confno=${ID}"`],
    ["quoted-printable", toQuotedPrintable(`<a href="${SAFE_LINK}">Join the meeting</a>`)],
    ["an answer with quoted lines", `> Join Zoom Meeting\n> ${LINK}\n> Meeting ID: 857 4606 5432`],
    [
      "a signature with a wrapped link",
      `Join <https://www.google.com/url?q=${encodeURIComponent(SAFE_LINK)}>`,
    ],
    // Lines that a program has wrapped.
    ["wrapped before the id", `https://zoom.us/j/\n${ID}?pwd=abc`],
    ["wrapped within the id", "https://zoom.us/j/8574\r\n6065432"],
    ["wrapped before the path", `https://zoom.us\n/j/${ID}`],
    ["wrapped in the passcode", `https://zoom.us/j/${ID}?pwd=a\nbc.1`],
    ["wrapped in a wrapper", SAFE_LINK.replace(/^.{70}/, "$&\n").replace("%2Fj", "%2F\nj")],
    // Without a link.
    ["the id alone", "857 4606 5432"],
    ["the id named", "Meeting ID: 857 4606 5432"],
    ["the id named, dashes", "Zoom Meeting ID: 857-4606-5432, passcode 123456789"],
    ["the id named, no spaces", `Meeting ID ${ID}`],
    ["the id named, webinar", "Webinar ID: 857 4606 5432"],
    ["the id named, spaces that do not break", "Meeting ID:\u00a0857\u00a04606\u00a05432"],
    ["the id named in a sentence", "The meeting ID is 857 4606 5432."],
    ["the id named, in parentheses", "Zoom (Meeting ID 857 4606 5432)"],
    ["the id named, after a dash", "Meeting ID – 857 4606 5432"],
    ["the id named, wide spaces", "Meeting ID:  857  4606  5432"],
    ["the id named, bold", "*Meeting ID:* 857 4606 5432"],
    ["the id named, Zoom's short form", "Zoom ID: 857 4606 5432"],
    ["the id named, number", "Zoom meeting number 857 4606 5432"],
    ["the id named, on the next line", "Meeting ID:\n857 4606 5432"],
    ["German", "Meeting-ID: 857 4606 5432\nKenncode: 123456789"],
    ["French", "ID de réunion : 857 4606 5432\nCode secret : 123456"],
    ["Spanish", "ID de reunión: 857 4606 5432"],
    ["Portuguese", "ID da reunião: 857 4606 5432"],
    ["Italian", "ID riunione: 857 4606 5432"],
    ["Japanese", "ミーティング ID: 857 4606 5432\nパスコード: 123456"],
    ["Chinese", "会议号：857 4606 5432"],
    ["Chinese of Taiwan", "會議 ID: 857 4606 5432"],
    ["Korean", "회의 ID: 857 4606 5432"],
    ["Polish", "Identyfikator spotkania: 857 4606 5432"],
    ["Turkish", "Toplantı Kimliği: 857 4606 5432 Parola: 197236"],
    ["Swedish", "Mötes-ID: 857 4606 5432"],
    ["Russian", "Идентификатор конференции: 857 4606 5432"],
    ["a room system's address", `SIP: ${ID}@zoomcrc.com`],
    ["a number to dial", `Zoom, one tap: +16469313860,,${ID}#`],
    // Beside what belongs to others.
    ["an invitation", INVITATION],
    ["an invitation, twice", INVITATION + INVITATION],
    ["another service's number", `Microsoft Teams\nMeeting ID: 123 456 789 012\n${LINK}`],
    [
      "another service's shorter number",
      `Meet: https://meet.google.com/abc\nMeeting ID: 123 456 789\n${LINK}`,
    ],
    [
      "links of others",
      `https://evil.example/j/1234567890 ${LINK} https://zoom.us.evil.example/j/1234567890`,
    ],
    ["pages of Zoom's", `https://zoom.us/u/abc123456789 https://acme.zoom.us/my/jane ${LINK}`],
    ["phone numbers", `Call +49 30 1234 5678 or 030 123456789, or ${LINK}`],
    ["in many words", `${"word ".repeat(5000)}${LINK}${" word".repeat(5000)}`],
    ["in many lines", `${"\r\n".repeat(20_000)}${LINK}${"\r\n".repeat(10_000)}`],
    ["many times", `${LINK}\n`.repeat(1000)],
    [
      "the same meeting under several links",
      `zoom.us/j/${ID} zoommtg://zoom.us/join?confno=${ID} ${SAFE_LINK}`,
    ],
  ])("%s", (_name, text) => expect(parseMeetingUrl(text)).toEqual(MEETING));
});

describe("a text with several meetings", () => {
  it.each<[string, string[]]>([
    ["https://zoom.us/j/1111111111 https://zoom.us/j/2222222222", ["1111111111", "2222222222"]],
    ["https://zoom.us/j/1111111111,https://zoom.us/j/2222222222", ["1111111111", "2222222222"]],
    ["zoom.us/j/1111111111 or uni.zoom-x.de/j/2222222222", ["1111111111", "2222222222"]],
    [`${INVITATION}\nInstead of https://zoom.us/j/1111111111`, [ID, "1111111111"]],
    [`<a href="${LINK}">https://zoom.us/j/1111111111</a>`, [ID, "1111111111"]],
    [`[https://zoom.us/j/1111111111](${SAFE_LINK})`, ["1111111111", ID]],
    ["Meeting ID: 111 111 1111\nMeeting ID: 222 222 2222", ["1111111111", "2222222222"]],
    [`${LINK}\nMeeting ID: 111 111 1111`, [ID, "1111111111"]],
    [`111111111@zoomcrc.com or ${LINK}`, [ID, "111111111"]],
    [
      "https://zoom.us/j/3333333333 https://zoom.us/j/1111111111 https://zoom.us/s/2222222222 https://zoom.us/w/1111111111",
      ["3333333333", "1111111111", "2222222222"],
    ],
  ])("%j", (text, meetingIds) => {
    expect(parseMeetingUrl(text)).toEqual({ kind: "several_meetings", meetingIds });
  });
});

describe("a text without a meeting of Zoom's", () => {
  it.each<[string, string]>([
    ["words", "See you tomorrow at 10, room 1234567890."],
    ["a number among words", "Call 1234567890"],
    ["a passcode", "Passcode: 123456789"],
    ["a phone number", "+49 30 12345678"],
    ["a phone number to dial into another service", "+16469313860,,1234567890#"],
    ["another service's", "Microsoft Teams meeting\nMeeting ID: 123 456 789 01\nPasscode: abc"],
    ["Webex", "https://acme.webex.com/meet/jane\nMeeting number: 123 456 7890"],
    ["Meet", "https://meet.google.com/abc-defg-hij\nMeeting ID: 123 456 7890"],
    ["an id that is too long", "Meeting ID: 123 4567 8901 2345"],
    ["an id beside a number", "Meeting ID: 123 456 789 2026-01-20"],
    ["an id that is too short", "Meeting ID: 123 4567"],
    ["an id within a word", "xMeeting ID: 1234567890".replace("xM", "xm")],
    ["a look-alike in a sentence", "Join https://zoom.us.evil.example/j/1234567890 now"],
    ["a look-alike without a scheme", "zoom.us.evil.example/j/1234567890"],
    ["a look-alike without a scheme, after a host", "evil.example/zoom.us/j/1234567890"],
    ["a look-alike without a scheme, after a name", "jane@zoom.us/j/1234567890"],
    ["a look-alike without a scheme, after a dash", "evil-\u2011zoom.us/j/1234567890"],
    ["a look-alike without a scheme, after a letter", "ézoom.us/j/1234567890"],
    ["a look-alike without a scheme, after a parameter", "https://evil.example/?u= zoom.us/j/1234567890"],
    ["a look-alike without a scheme, of another script", "zооm.us/j/1234567890"],
    ["a host that goes on after a line", "https://zoom.us\n.evil.example/j/1234567890"],
    ["a host that goes on after a space", "https://zoom.us .evil.example/j/1234567890"],
    ["a user that goes on after a line", "https://zoom.us\n@evil.example/j/1234567890"],
    ["a host that is wrapped", "https://zo\nom.us/j/1234567890"],
    ["a host with an entity for its dot", "https://zoom.us&#46;evil.example/j/1234567890"],
    ["a host with an invisible character", "https://zoom.us\u00ad.evil.example/j/1234567890"],
    ["a host with a null byte", "https://zoom.us\u0000.evil.example/j/1234567890"],
    ["a path on the next line alone", "https://evil.example\n/j/1234567890"],
    ["HTML", `<a href="https://evil.example/zoom.us/j/1234567890">Join</a>`],
    ["Markdown", "[zoom.us](https://evil.example/j/1234567890)"],
    ["another address at room systems", "1234567890@zoomcrc.com.evil.example"],
    ["another user at room systems", "jane.1234567890@zoomcrc.com"],
  ])("%s", (_name, text) => {
    expect(parseMeetingUrl(text).kind).toMatch(/^no/);
  });
});

describe("whatever the text around", () => {
  const around = fc.array(fc.lorem({ maxCount: 3 }), { maxLength: 5 }).map((parts) => parts.join("\n"));
  const sign = fc.constantFrom(" ", "\n", "\r\n", "\t", " <", ' "', " (", " [", ": ", " – ");

  it("finds the meeting between words", () => {
    fc.assert(
      fc.property(around, sign, sign, around, (before, left, right, after) => {
        const close = right.replace("<", ">").replace("(", ")").replace("[", "]");
        expect(parseMeetingUrl(`${before}${left}${LINK}${close.trim()} ${after}`)).toEqual(MEETING);
      }),
      { numRuns: 1000 },
    );
  });

  it("finds nothing where there is nothing", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        fc.pre(!/\d{9}/.test(text.replaceAll(/[\s\p{Pd}]/gu, "")));
        expect(parseMeetingUrl(text).kind).toMatch(/^(?:no|hid)/);
      }),
      { numRuns: 2000 },
    );
  });
});
