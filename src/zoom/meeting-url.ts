// Reads the meeting id out of the forms of link that Zoom hands out ("Meeting URL forms" of Zoom's web, desktop and
// mobile clients). Anchored on the known paths: digits elsewhere, in a name or a passcode, are no meeting id.

/** 9 to 11 digits; kept as text. */
const MEETING_ID = /^\d{9,11}$/;
const DOMAINS = ["zoom.us", "zoom.com", "zoomgov.com"];
const WEB_PATHS = [
  /^\/(?:j|s|w)\/([^/]+)\/?$/,
  /^\/wc\/(?:join|start)\/([^/]+)\/?$/,
  /^\/wc\/([^/]+)\/(?:join|start)\/?$/,
  /^\/wc\/([^/]+)\/?$/,
  /^\/launch\/jc\/([^/]+)\/?$/,
];
const MAX_LENGTH = 4096;

export type ParsedMeetingUrl =
  | { kind: "meeting"; meetingId: string }
  /** A link of Zoom's without a meeting id: a personal link name or a registration. */
  | { kind: "no_meeting_id" }
  | { kind: "not_a_zoom_url" };

/** The meeting id in digits, from a number or from text with the spaces and dashes that people type; or null. */
export function parseMeetingId(text: string | number): string | null {
  const digits = String(text).trim().replaceAll(/[\s-]/g, "");
  return MEETING_ID.test(digits) ? digits : null;
}

/** What a link to a Zoom meeting names. Never throws. */
export function parseMeetingUrl(text: string): ParsedMeetingUrl {
  const url = readUrl(text);
  if (!url) return { kind: "not_a_zoom_url" };
  const named = /^\/(?:join|start)\/?$/.test(url.pathname) ? url.searchParams.get("confno") : null;
  const candidate = named ?? WEB_PATHS.map((form) => form.exec(url.pathname)?.[1]).find(Boolean);
  const meetingId = candidate === undefined ? null : parseMeetingId(decode(candidate));
  return meetingId === null ? { kind: "no_meeting_id" } : { kind: "meeting", meetingId };
}

/** A link of Zoom's, on Zoom's hosts; or null. */
function readUrl(text: string): URL | null {
  // Links arrive wrapped in angle brackets, or with the closing one of a mail program.
  const trimmed = text.trim().replace(/^</, "").replace(/>$/, "");
  // A link that was percent-encoded as a whole.
  const link = /^[a-z]+%3a%2f%2f/i.test(trimmed) ? decode(trimmed) : trimmed;
  // The schemes of Zoom's own programs are opaque to URL: read as web links, their hosts are checked alike.
  const webLink = link.replace(/^(?:zoommtg|zoomus):\/\//i, "https://");
  if (link.length > MAX_LENGTH || /[\s\\]/.test(link) || !/^https?:\/\//i.test(webLink)) return null;
  if (!URL.canParse(webLink)) return null;
  const url = new URL(webLink);
  return isZoomHost(url) ? url : null;
}

/** The host itself or one below it; never a look-alike such as zoom.us.example.com, nor one behind credentials. */
function isZoomHost({ hostname, port, username, password }: URL): boolean {
  const isPlain = port === "" && username === "" && password === "";
  return isPlain && DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
