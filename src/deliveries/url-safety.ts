// Which URLs a webhook may be sent to, by their text alone: public DNS names over https. What a name resolves
// to is not known here; the Worker's flag `global_fetch_strictly_public` keeps requests out of our own network.

import { isLoopbackAddress, isSpecialAddress } from "./ipv4.ts";

const MAX_URL_LENGTH = 2048;
const MAX_NAME_LENGTH = 253;
/** The parts as they are spelled: URL would turn many spellings of a host into one. */
const WEB_URL = /^(https?):\/\/([^/?#]*)/i;
const AUTHORITY = /^(\[.*\]|[^:]*)(?::(\d*))?$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const TOP_LEVEL_DOMAIN = /^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/;
/** What makes the URL Standard read a whole host as an IPv4 address ("ends in a number checker"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;
const ADDRESS_IN_NAME = /(?:^|\.)(\d{1,3}([.-])\d{1,3}\2\d{1,3}\2\d{1,3})(?=\.)/;

/** Names that no public server answers to. RFC 6761 reserves `example` as well; it is left to documents and tests. */
const INTERNAL_NAMES = [
  // RFC 6761, section 6; RFC 7686; RFC 9476; RFC 8375 and 3172, whose names all end in arpa.
  ..."invalid localhost test onion alt arpa".split(" "),
  // RFC 6762, section 3 and appendix G.
  ..."local intranet internal private corp home lan".split(" "),
  // ICANN's resolutions never to delegate these: 2018.02.04.12 on corp, home and mail, 2024.07.29.06 on internal.
  "mail",
  // Much used inside networks, and not delegated: "Name Collision in the DNS" (Interisle for ICANN, 2013).
  ..."belkin dhcp dlink domain gateway intra localdomain priv router workgroup".split(" "),
  // Kubernetes DNS specification, where `default` is the namespace of `kubernetes.default`; Consul; Docker.
  ..."svc pod cluster default consul docker".split(" "),
];

/** Public services whose names resolve to loopback, or to any address that the name spells or asks for. */
const NAMES_OF_ANY_ADDRESS = [
  ...["127-0-0-1.org.uk", "1u.ms", "42foo.com", "anyip.dev", "backname.io", "ddev.site", "fuf.me"],
  ...["lacolhost.com", "lcl.host", "lndo.site", "local-ip.sh", "local.gd", "localdev.me", "localho.st"],
  ...["localhost.direct", "localhost.localstack.cloud", "localhost.tv", "localhost.webmention.rocks"],
  ...["localhst.co.uk", "localtest.me", "lvh.me", "nip.io", "plex.direct", "rbndr.us", "sldev.me"],
  ...["smackaho.st", "spoofed.burpcollaborator.net", "sslip.io", "traefik.me", "ulh.us", "vcap.me"],
  ...["xip.io", "xip.name"],
];

const PROBLEM = {
  length: `Must be at most ${MAX_URL_LENGTH} characters long.`,
  characters: "Must not contain spaces, invisible characters or backslashes; remove or percent-encode them.",
  https: "Must be an absolute URL that starts with https://, such as https://hooks.example.com/zoom.",
  web: "Must be an absolute URL that starts with https:// or http://, such as http://localhost:3000/zoom.",
  userinfo: "Must not contain a user name, a password or an @ before the host; remove them.",
  fragment: "Must not contain a fragment; remove the # and what follows it.",
  malformed: "Must have a host, and no port or a port in digits, such as https://hooks.example.com/zoom.",
  port: "Must use the standard port; remove the port from the URL.",
  unicode: "Must spell an international host name in its punycode form, such as xn--bcher-kva.example.",
  encoding: "Must spell the host plainly, without percent-encoding.",
  trailingDot: "Must not end the host name with a dot; remove it.",
  address: "Must name a host by its public DNS name; an IP address is not accepted in any spelling.",
  name: `Must have a host name of labels of 1 to 63 letters, digits and inner hyphens, at most ${MAX_NAME_LENGTH} characters long.`,
  punycode:
    "Must not have a label in the host name that starts with xn-- and is not the punycode form of a name.",
  internal: "Must name a host that is public on the internet; this name is reserved for internal use.",
  single: "Must name a host by its full public DNS name, such as hooks.example.com.",
  topLevel: "Must name a host under a public top-level domain, such as hooks.example.com.",
  anyAddress:
    "Must name a host by a DNS name of its own; this name resolves to a loopback or private address.",
} as const;

export interface UrlSafetyOptions {
  /** For local work only: http as well, and loopback hosts on any port. */
  isInsecureAllowed: boolean;
}

/**
 * Whether webhooks may be sent to the URL: the URL parsed, or a sentence that says what to change. Asked when
 * the URL is stored and again at each delivery, since these rules may have grown in between. Never throws.
 */
export function checkWebhookUrl(
  text: string,
  { isInsecureAllowed }: UrlSafetyOptions,
): { url: URL } | { problem: string } {
  if (text.length > MAX_URL_LENGTH) return { problem: PROBLEM.length };
  // URL drops tabs and line breaks and turns backslashes around, so that two readers could see two hosts.
  if (/[\s\p{Cc}\p{Cf}\p{Cs}\\]/u.test(text)) return { problem: PROBLEM.characters };
  const [, scheme = "", authority] = WEB_URL.exec(text) ?? [];
  const isHttp = scheme.toLowerCase() === "http";
  if (authority === undefined || (isHttp && !isInsecureAllowed)) {
    return { problem: isInsecureAllowed ? PROBLEM.web : PROBLEM.https };
  }
  if (authority.includes("@")) return { problem: PROBLEM.userinfo };
  if (text.includes("#")) return { problem: PROBLEM.fragment };
  if (/\P{ASCII}/u.test(authority)) return { problem: PROBLEM.unicode };
  const [, host, port] = AUTHORITY.exec(authority.toLowerCase()) ?? [];
  if (!host || port === "") return { problem: PROBLEM.malformed };
  if (!(isInsecureAllowed && isLoopback(host))) {
    const problem = findHostProblem(host);
    if (problem) return { problem };
    if (port !== undefined && port !== "443" && !(isHttp && port === "80")) {
      return { problem: PROBLEM.port };
    }
  }
  // The last word is the reader's that fetch uses: it must see the host that was checked.
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.hostname === host ? { url } : { problem: PROBLEM.malformed };
}

/** A loopback host in its plain spelling: these names and addresses reach the machine itself. */
function isLoopback(host: string): boolean {
  if (host === "[::1]" || host === "localhost") return true;
  if (host.endsWith(".localhost")) return isName(host);
  return isLoopbackAddress(host);
}

/** Why the host, in lower-case ASCII, is not a public DNS name in its plain spelling, or null. */
function findHostProblem(host: string): string | null {
  if (host.startsWith("[")) return PROBLEM.address;
  if (host.includes("%")) return PROBLEM.encoding;
  if (host.endsWith(".")) return PROBLEM.trailingDot;
  if (ENDS_IN_NUMBER.test(host)) return PROBLEM.address;
  if (!isName(host)) return PROBLEM.name;
  const labels = host.split(".");
  if (labels.some((label) => label.startsWith("xn--") && !isPunycodeOfName(label))) return PROBLEM.punycode;
  if (isBelow(host, INTERNAL_NAMES)) return PROBLEM.internal;
  if (labels.length === 1) return PROBLEM.single;
  if (!TOP_LEVEL_DOMAIN.test(labels.at(-1) ?? "")) return PROBLEM.topLevel;
  return isBelow(host, NAMES_OF_ANY_ADDRESS) || spellsPrivateAddress(host) ? PROBLEM.anyAddress : null;
}

function isName(host: string): boolean {
  return host.length <= MAX_NAME_LENGTH && host.split(".").every((label) => LABEL.test(label));
}

function isBelow(host: string, names: readonly string[]): boolean {
  return names.some((name) => host === name || host.endsWith(`.${name}`));
}

/** Such as 10.0.0.1.example.com or 127-0-0-1.example.com, which a wildcard service of any name resolves. */
function spellsPrivateAddress(host: string): boolean {
  const address = ADDRESS_IN_NAME.exec(host)?.[1]?.replaceAll("-", ".");
  return address !== undefined && isSpecialAddress(address);
}

/**
 * Whether the label is what its own Unicode text is encoded to. The URL of workerd takes any xn-- label for
 * granted; one that decodes to "localhost" or to full-width digits means an internal host to stricter readers.
 */
function isPunycodeOfName(label: string): boolean {
  const name = decodePunycode(label.slice("xn--".length));
  const url = `https://${name}.example`;
  return name !== null && URL.canParse(url) && new URL(url).hostname === `${label}.example`;
}

/** RFC 3492, section 6.2, with the parameters of section 5; null for what is not punycode. */
function decodePunycode(text: string): string | null {
  const delimiter = Math.max(text.lastIndexOf("-"), 0);
  const characters = [...text.slice(0, delimiter)];
  let position = delimiter > 0 ? delimiter + 1 : 0;
  let codePoint = 128;
  let bias = 72;
  for (let index = 0; position < text.length; index++) {
    const start = index;
    let digit: number;
    let threshold: number;
    let weight = 1;
    let k = 36;
    do {
      digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(text[position++] ?? "-");
      if (digit === -1) return null;
      index += digit * weight;
      threshold = Math.min(Math.max(k - bias, 1), 26);
      weight *= 36 - threshold;
      k += 36;
    } while (digit >= threshold);
    const count = characters.length + 1;
    bias = adaptBias(index - start, count, start === 0);
    codePoint += Math.floor(index / count);
    if (codePoint > 0x10ffff) return null;
    index %= count;
    characters.splice(index, 0, String.fromCodePoint(codePoint));
  }
  return characters.join("");
}

/** RFC 3492, section 6.1. */
function adaptBias(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}
