// Reads the meeting id out of the forms of link that Zoom hands out ("Meeting URL forms" of Zoom's web, desktop and
// mobile clients). Anchored on the known paths: digits elsewhere, in a name or a passcode, are no meeting id.

/** 9 to 11 digits; kept as text. */
const MEETING_ID = /^\d{9,11}$/;
/** Digits in groups, with the spaces and dashes of any script between them. */
const TYPED_ID = /^\d+(?:[\s\p{Pd}]+\d+)*$/u;
const DOMAINS = ["zoom.us", "zoom.com", "zoomgov.com"];
const WEB_PATHS = [
  /^\/(?:j|s|w)\/([^/]+)\/?$/,
  /^\/wc\/(?:join|start)\/([^/]+)\/?$/,
  /^\/wc\/([^/]+)\/(?:join|start)\/?$/,
  /^\/wc\/([^/]+)\/?$/,
  /^\/launch\/jc\/([^/]+)\/?$/,
];
/** Services that mail programs put around links: the host, and the parameter with the link inside. */
const LINK_WRAPPERS = [
  { host: /^(?:[a-z0-9-]+\.)?safelinks\.protection\.outlook\.com$/, path: /^/, parameter: "url" },
  { host: /^www\.google\.com$/, path: /^\/url$/, parameter: "q" },
] as const;
/** What a web link begins with: a host that is spelled plainly, without credentials or a port of its own. */
const PLAIN_WEB_LINK = /^https?:\/\/[a-z0-9.-]+(?:[/?#]|$)/i;
const ENCODED_SCHEME = /^[a-z]+(?::|%3a|%253a)(?:%2f|%252f){2}/i;
const MAX_LENGTH = 4096;

export type ParsedMeetingUrl =
  | { kind: "meeting"; meetingId: string }
  /** A link of Zoom's without a meeting id: a personal link name or a registration. */
  | { kind: "no_meeting_id" }
  | { kind: "not_a_zoom_url" };

/** The meeting id in digits, from a number or from text with the spaces and dashes that people type; or null. */
export function parseMeetingId(text: string | number): string | null {
  const typed = String(text).trim();
  if (!TYPED_ID.test(typed)) return null;
  const digits = typed.replaceAll(/\D/g, "");
  return MEETING_ID.test(digits) ? digits : null;
}

/**
 * What a link to a Zoom meeting names; an id without a link around it names its meeting too. Never throws.
 * http is read like https: nothing is ever fetched from the link.
 */
export function parseMeetingUrl(text: string): ParsedMeetingUrl {
  if (text.length > MAX_LENGTH) return { kind: "not_a_zoom_url" };
  const bareId = parseMeetingId(text);
  if (bareId !== null) return { kind: "meeting", meetingId: bareId };
  const outer = readUrl(unquote(text));
  const inner = outer && findWrappedLink(outer);
  const url = inner ? readUrl(unquote(inner)) : outer;
  if (!url || !isZoomHost(url.hostname)) return { kind: "not_a_zoom_url" };
  const meetingId = parseMeetingId(findCandidate(url) ?? "");
  return meetingId === null ? { kind: "no_meeting_id" } : { kind: "meeting", meetingId };
}

/** The link alone: without the brackets and the punctuation that text puts around it, and decoded as a whole. */
function unquote(text: string): string {
  let link = text.trim().replace(/^[<("']\s*/, "");
  // Once more for a link that passed through two programs.
  for (let round = 0; round < 2 && ENCODED_SCHEME.test(link); round++) link = decode(link);
  // By hand, since a pattern that is anchored at the end only takes quadratic time.
  let end = link.length;
  while (end > 0 && ">)]\"'.,;: \t\r\n".includes(link.charAt(end - 1))) end--;
  return link.slice(0, end).replace(/%3e$/i, "");
}

function readUrl(link: string): URL | null {
  // The schemes of Zoom's own programs are opaque to URL: read as web links, their hosts are checked alike.
  const webLink = link.replace(/^(?:zoommtg|zoomus):\/\//i, "https://");
  // URL would drop line breaks and turn backslashes around; a link has neither.
  const isPlain = PLAIN_WEB_LINK.test(webLink) && !/[\s\\]/.test(webLink);
  return isPlain && URL.canParse(webLink) ? new URL(webLink) : null;
}

function findWrappedLink({ hostname, pathname, searchParams }: URL): string | null {
  const wrapper = LINK_WRAPPERS.find(({ host, path }) => host.test(hostname) && path.test(pathname));
  return wrapper ? searchParams.get(wrapper.parameter) : null;
}

/** The host itself or one below it; never a look-alike such as zoom.us.example.com. */
function isZoomHost(hostname: string): boolean {
  return DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** The text at the place where a link of Zoom's has its meeting id. */
function findCandidate({ pathname, searchParams }: URL): string | null {
  if (/^\/(?:join|start)\/?$/.test(pathname)) return searchParams.get("confno");
  const candidate = WEB_PATHS.map((form) => form.exec(pathname)?.[1]).find(Boolean);
  return candidate === undefined ? null : decode(candidate);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
