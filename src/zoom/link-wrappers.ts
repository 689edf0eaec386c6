// Takes a link out of what mail gateways, webmail and chat programs put around it to check or count the clicks on it.
// Only wrappers that carry the whole link are read; nothing is fetched. The forms are those of the vendors' own
// decoders where there is one, else of links in public mail archives.

import { decodePercent, type Link, readLink } from "./links.ts";

/** Wrappers with the link in one of their parameters, by domains that nobody but their makers has hosts below. */
const BY_PARAMETER = new Set(
  [
    // Microsoft Safe Links: mail (commercial, US government and military, China), Azure, Teams, Outlook on the web.
    // https://learn.microsoft.com/defender-office-365/safe-links-about
    "safelinks.protection.outlook.com safelinks.protection.office365.us safelinks.protection.apps.mil",
    "safelinks.protection.outlook.cn safelinks.protection.partner.outlook.cn safelink.emails.azure.net",
    "teams.cdn.office.net teams.microsoft.com outlook.office.com outlook.office365.com outlook.live.com",
    "outlook.cloud.microsoft",
    // Other gateways: Proofpoint's first form, Check Point's, Barracuda's and so on.
    "urldefense.com urldefense.us urldefense.proofpoint.com url-protection.com linkprotect.cudasvc.com",
    "isolation.zscaler.com mimecast.com trendmicro.com linklock.titanhq.com urlisolation.com",
    "clicktime.symantec.com clicktime.cloud.postoffice.net scanmail.trustwave.com scanner.topsec.com",
    "link.edgepilot.com link.zixcentral.com vadesecure.com esvalabs.com fireeye.com hornetsecurity.com",
    // Webmail, chat and the like.
    "deref-gmx.net deref-gmx.com deref-gmx.co.uk deref-gmx.fr deref-web.de deref-web-02.de deref-mail.com",
    "deref-mail-02.com deref-1und1.de deref-1und1-02.de mail.qq.com l.facebook.com lm.facebook.com l.wl.co",
    "l.messenger.com l.instagram.com l.workplace.com l.threads.com slack-redir.net out.reddit.com vk.com",
    "security.larksuite.com security.feishu.cn linkedin.com calendly.com youtube.com",
  ].flatMap((domains) => domains.split(" ")),
);

/** More than any of them has; each takes time. */
const MAX_PARAMETERS = 30;

/** Google under each of its country domains: mail, calendar and search; Meet and Chat. */
const GOOGLE_HOST = /^(?:[\w-]+\.)*google\.(?:com|cat|[a-z]{2}|com?\.[a-z]{2})$/;
const GOOGLE_PATH = /^\/(?:url|linkredirect)\/?$/;
/** Exchange's and FortiMail's, which run on hosts of their customers' and are known by their paths. */
const OWN_HOST_PATH = /^\/(?:owa\/(?:[^/]+\/)*redir\.aspx|exchweb\/bin\/redir\.asp|fmlurlsvc\/?)$/i;

/** Wrappers with the link in what follows the host: the first group is the link, percent-encoded, in base64 or plain. */
const BY_PATH: readonly { domains: string[]; form: RegExp }[] = [
  { domains: ["secure-web.cisco.com"], form: /^\/[^/]+\/(https?(?::|%).+)/is },
  { domains: ["menlosecurity.com"], form: /^\/(?:[\w-]+\/){0,3}(https?(?::|%).+)/is },
  {
    domains: ["url.avanan.click", "protect.checkpoint.com", "url-protection.com"],
    form: /^\/v2\/(?:r\d+\/)?___(.+)___\./,
  },
  { domains: ["linkscan.io", "gravityzone.bitdefender.com"], form: /^\/scan\/(?:ux\/)?([\w-]+)/ },
  { domains: ["awstrack.me"], form: /^\/C?L0\/([^/]+)/ },
  { domains: ["click.pstmrk.it"], form: /^\/\ds?\/([^/]+)/ },
];

const PROOFPOINT_HOSTS = ["urldefense.com", "urldefense.us", "urldefense.proofpoint.com"];
const PROOFPOINT_3 = "/v3/__";
/** What stands for how long a run of replaced characters is, from two on. */
const RUN_LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Short links, and wrappers that hold nothing but a token: where they lead only their makers know. */
const HIDING_DOMAINS = new Set(
  "aka.ms bit.ly cutt.ly emailprotection.link goo.gl hubspotlinks.com inky.com is.gd lnkd.in mailcontrol.com mimecast.com mimecastprotect.com ow.ly rebrand.ly reclaim.ai sendgrid.net t.co tinyurl.com".split(
    " ",
  ),
);

/** The links inside a wrapper, of which one is where it leads; none where the link is no wrapper that carries one. */
export function unwrapLink(link: Link): Link[] {
  if (!link.isWeb) return [];
  const inner = readPathOf(link) ?? readProofpoint2(link) ?? readProofpoint3(link) ?? readBase64Of(link);
  if (inner) return [inner];
  const { host, domains, path, parameters } = link;
  const isGoogles = GOOGLE_HOST.test(host) && GOOGLE_PATH.test(path);
  const isWrapper =
    isGoogles || OWN_HOST_PATH.test(path) || domains.some((domain) => BY_PARAMETER.has(domain));
  if (!isWrapper) return [];
  return [...parameters.values()].slice(0, MAX_PARAMETERS).flatMap((value) => readLink(value) ?? []);
}

/** Whether the link is of a service that hides where its links lead. */
export function isHidingLink({ domains }: Link): boolean {
  return domains.some((domain) => HIDING_DOMAINS.has(domain));
}

function readPathOf(link: Link): Link | null {
  for (const { domains, form } of BY_PATH) {
    const isOfVendor = link.domains.some((domain) => domains.includes(domain));
    const inner = isOfVendor ? form.exec(link.rest)?.[1] : undefined;
    if (inner === undefined) continue;
    // Check Point spells every percent sign with a star; other stars are Proofpoint's.
    const hasPercent = inner.includes("%") || inner.includes(PROOFPOINT_3);
    const spelling = hasPercent ? inner : inner.replaceAll(/\*([0-9a-f]{2})/gi, "%$1");
    return readLink(doubleSlash(spelling)) ?? readLink(decodeBase64(inner));
  }
  return null;
}

/** Proofpoint's second form, by its own decoder: `-` for the percent sign, `_` for the slash. */
function readProofpoint2({ host, path, parameters }: Link): Link | null {
  if (!PROOFPOINT_HOSTS.includes(host) || path !== "/v2/url") return null;
  const encoded = parameters.get("u") ?? "";
  return readLink(decodePercent(encoded.replaceAll("-", "%").replaceAll("_", "/")));
}

/**
 * Proofpoint's third form, by its own decoder: `/v3/__LINK__;REPLACED!…`. A star in the link stands for the next of
 * the replaced characters, which follow in base64; two stars and a letter for a run of them.
 */
function readProofpoint3({ host, rest }: Link): Link | null {
  if (!PROOFPOINT_HOSTS.includes(host) || !rest.startsWith(PROOFPOINT_3)) return null;
  // The last mark, since the link inside may be of this form too.
  const end = rest.lastIndexOf("__;");
  if (end < 0) return readLink(doubleSlash(rest.slice(PROOFPOINT_3.length)));
  const [replaced = ""] = /^[\w-]*/.exec(rest.slice(end + "__;".length)) ?? [];
  const characters = [...decodeBase64(replaced)];
  let position = 0;
  const inner = rest.slice(PROOFPOINT_3.length, end).replaceAll(/\*(?:\*([\w-]))?/g, (star, run) => {
    const start = position;
    position += run === undefined ? 1 : RUN_LENGTHS.indexOf(run) + 2;
    return characters.slice(start, position).join("") || star;
  });
  return readLink(doubleSlash(inner));
}

/** Sophos and Yandex spell the link in base64; Mandrill does so with JSON within JSON that has it. */
function readBase64Of({ host, parameters }: Link): Link | null {
  const name = host.endsWith(".protection.sophos.com") ? "u" : host === "mandrillapp.com" ? "p" : "l";
  if (name === "l" && !/^mail\.yandex\.(?:[a-z]{2,3}|com\.tr)$/.test(host)) return null;
  const text = decodeBase64(parameters.get(name) ?? "");
  return readLink(name === "p" ? (/"url":"([^"]*)/.exec(text.replaceAll("\\", ""))?.[1] ?? "") : text);
}

/** Both slashes of a scheme, of which some servers drop one. */
function doubleSlash(link: string): string {
  return link.replace(/^(https?:\/)(?!\/)/i, "$1/");
}

function decodeBase64(text: string): string {
  try {
    // A plus sign in a parameter reads as a space.
    const binary = atob(text.replaceAll(/[- ]/g, "+").replaceAll("_", "/"));
    return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return "";
  }
}
