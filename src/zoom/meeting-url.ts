// Reads the meeting id out of whatever names a Zoom meeting: a Zoom link, a link in the wrapper of a mail
// gateway, the text of an invitation. Anchored on the known paths: digits elsewhere, in a name or a passcode, are no
// meeting id.

import { type FoundLink, findLinks, toPlainText } from "./find-links.ts";
import { isHidingLink, unwrapLink } from "./link-wrappers.ts";
import { decodePercent, type Link, readLink } from "./links.ts";

/** 9 to 11 digits; kept as text. */
const MEETING_ID = /^\d{9,11}$/;
/** Digits in groups, with the spaces and dashes of any script between them. */
const TYPED_ID = /^\d+(?:[\s\p{Pd}]+\d+)*/u;
const MAX_TYPED_ID_LENGTH = 64;
/**
 * Where Zoom and those it has licensed serve meetings: the world; the United States' government and military; Zoom X
 * of Deutsche Telekom; China.
 * https://support.zoom.com/hc/ja/article?id=zm_kb&sysparm_article=KB0060561
 * https://www.zoom.com/en/blog/zoom-and-deutsche-telekom/
 */
const DOMAINS = ["zoom.us", "zoom.com", "zoomgov.com", "zoomgov.mil", "zoom-x.de", "zoom.com.cn", "zoom.cn"];
/** Links to join, start and manage a meeting or webinar, on the web and in the web client. */
const PATHS = [
  /^\/(?:j|s|w|skype|join|start)\/([^/]+)\/?$/i,
  /^\/(?:meetings?|webinar)\/([^/]+)(?:\/|$)/i,
  /^\/wc\/(?:join|start)\/([^/]+)\/?$/i,
  /^\/wc\/([^/]+)(?:\/[a-z]+)?\/?$/i,
  /^\/launch\/jc\/([^/]+)\/?$/i,
];
/** What may follow an id in its place: no letter or digit, and nothing that belongs to a longer name. */
const AFTER_ID = /^(?:https?:|_+(?![\p{L}\p{N}_])|[^a-z\p{N}_@-]|$)/iu;
const MAX_WRAPPERS = 8;

/** The address of a meeting for room systems, with or without a passcode. */
const SIP_ADDRESS = /(?<![\w.@/%+-])(\d{9,11})(?:\.\d+)*@(?:zoomcrc\.com|sip\.zoomgov\.com)(?![\w-]|\.\w)/gi;
/** The line of an invitation that names the meeting, in the languages that Zoom sends it in. */
const NAMED_ID =
  /(?:\b(?:meeting|webinar|zoom)[ -]?(?:id|number|no\b\.?)|\bID (?:de |da |del )?(?:la )?(?:r[ée]uni[oó]n|reunião|riunione|rapat|cuộc họp)|ミーティング ?ID|(?:会议|會議) ?(?:ID|号|號碼?)|회의 ?ID|Идентификатор конференции|Identyfikator spotkania|Toplantı (?:Kimliği|ID)|Mötes-ID)(?: is)?(?:[\s:：=(#*_\p{Pd}]|<[^<>]{0,200}>){0,12}(\d(?:[ \u00a0\p{Pd}]{0,2}\d){8,10})(?![ \u00a0\p{Pd}]{0,2}\d)/giu;
/** Other services number their meetings alike. */
const OTHER_SERVICE =
  /\bteams\.(?:microsoft|live)|\bmicrosoft teams\b|webex|meet\.google|gotomeet|bluejeans|ringcentral/i;
/** A number to dial with the meeting id after it, which invitations of others have as well. */
const DIALLED_ID = /\+\d{6,15},,(\d{9,11})#/g;

export type ParsedMeetingUrl =
  | { kind: "meeting"; meetingId: string }
  /** Different meetings, in the order in which the text names them. */
  | { kind: "several_meetings"; meetingIds: string[] }
  /** Zoom's, without a meeting id: a personal link name, a registration, a page about the meeting. */
  | { kind: "no_meeting_id" }
  /** A short link, or a wrapper that holds a token instead of the link: only its maker knows where it leads. */
  | { kind: "hidden_link"; host: string }
  | { kind: "not_a_zoom_url" };

/** The meeting id in digits, from a number or from text with the spaces and dashes that people type; or null. */
export function parseMeetingId(text: string | number): string | null {
  const typed = String(text).trim();
  const { id, after } = takeMeetingId(typed);
  return after === "" ? id : null;
}

/**
 * Which meeting the text names: a link, an id, or a text with one of them in it, whatever else it says. Never throws.
 * Takes time that grows with the length of the text only. http is read like https: nothing is ever fetched.
 */
export function parseMeetingUrl(text: string): ParsedMeetingUrl {
  const bareId = parseMeetingId(text);
  if (bareId !== null) return { kind: "meeting", meetingId: bareId };
  const plain = toPlainText(text);
  const ids = new Set<string>();
  const others: ParsedMeetingUrl[] = [];
  for (const link of findLinks(plain)) {
    const parsed = parseLink(link);
    if (parsed.kind === "meeting") ids.add(parsed.meetingId);
    else others.push(parsed);
  }
  for (const id of findWrittenIds(plain, ids.size > 0)) ids.add(id);
  const [meetingId, second] = ids;
  if (meetingId === undefined) return chooseOther(others);
  return second === undefined
    ? { kind: "meeting", meetingId }
    : { kind: "several_meetings", meetingIds: [...ids] };
}

/** What the link leads to. Where it names no meeting, what follows on the next lines may be its rest. */
function parseLink({ text, nextLines }: FoundLink): ParsedMeetingUrl {
  const parsed = followLink(readLink(text));
  let joined = text;
  for (const line of parsed.kind === "meeting" ? [] : nextLines) {
    joined += line;
    const rejoined = followLink(readLink(joined));
    if (rejoined.kind === "meeting") return rejoined;
  }
  return parsed;
}

function followLink(link: Link | null, depth = 0): ParsedMeetingUrl {
  if (link === null || depth > MAX_WRAPPERS) return { kind: "not_a_zoom_url" };
  const isZooms = isZoomLink(link);
  const meetingId = isZooms ? readZoomLink(link) : null;
  if (meetingId !== null) return { kind: "meeting", meetingId };
  const targets = isZooms ? [findTarget(link)] : unwrapLink(link);
  const followed = targets.map((target) => followLink(target, depth + 1));
  const meeting = followed.find(({ kind }) => kind === "meeting");
  if (meeting) return meeting;
  if (isZooms) return { kind: "no_meeting_id" };
  const isHidden = targets.length === 0 && isHidingLink(link);
  return isHidden ? { kind: "hidden_link", host: link.host } : chooseOther(followed);
}

/** Of what names no meeting, what tells most. */
function chooseOther(parsed: readonly ParsedMeetingUrl[]): ParsedMeetingUrl {
  return (
    parsed.find(({ kind }) => kind === "no_meeting_id") ??
    parsed.find(({ kind }) => kind === "hidden_link") ?? { kind: "not_a_zoom_url" }
  );
}

function isZoomLink({ domains, hasPort }: Link): boolean {
  return !hasPort && domains.some((domain) => DOMAINS.includes(domain));
}

/** The id at the place where a Zoom link has it, or null. */
function readZoomLink({ isWeb, path, parameters }: Link): string | null {
  const named = !isWeb || /^\/(?:join|start)\/?$/i.test(path) ? parameters.get("confno") : null;
  if (named !== null) return readIdOfLink(named);
  const plainPath = path.replaceAll(/\/{2,}/g, "/");
  for (const form of PATHS) {
    const id = readIdOfLink(decodePercent(form.exec(plainPath)?.[1] ?? ""));
    if (id !== null) return id;
  }
  return null;
}

/** Where a page at Zoom leads on to, such as the sign-in before a meeting: the first link or path of one in it. */
function findTarget({ host, parameters }: Link): Link | null {
  const target = [...parameters.values()].find((value) => /^(?:https?(?::|%3a)|\/|%2f)/i.test(value));
  if (target === undefined) return null;
  return readLink(/^h/i.test(target) ? target : `https://${host}${decodePercent(target)}`);
}

function readIdOfLink(text: string): string | null {
  const { id, after } = takeMeetingId(text);
  return AFTER_ID.test(after) ? id : null;
}

/** The id at the beginning of the text, and what follows it. */
function takeMeetingId(text: string): { id: string | null; after: string } {
  const [typed = ""] = TYPED_ID.exec(text.slice(0, MAX_TYPED_ID_LENGTH)) ?? [];
  const digits = typed.replaceAll(/\D/g, "");
  return { id: MEETING_ID.test(digits) ? digits : null, after: text.slice(typed.length) };
}

/** The ids that the text names in words: "Meeting ID: 123 4567 8901". */
function findWrittenIds(text: string, isLinked: boolean): string[] {
  const dialled = [...text.matchAll(SIP_ADDRESS)].map(([, id = ""]) => id);
  if (OTHER_SERVICE.test(text)) return dialled;
  const named = [...text.matchAll(NAMED_ID)].map(([, typed = ""]) => typed.replaceAll(/\D/g, ""));
  if (isLinked || dialled.length + named.length > 0 || !/zoom/i.test(text)) return [...dialled, ...named];
  return [...text.matchAll(DIALLED_ID)].map(([, id = ""]) => id);
}
