// A link as text, its host as every reader sees it. Knows no host by name, and fetches nothing.

/** Longer text is no link of anybody's, even within three wrappers. */
const MAX_LENGTH = 4096;
/**
 * How a link begins: a host that is spelled plainly, followed by what ends a host for every reader. Credentials, a
 * backslash, an encoded dot or a letter beyond ASCII make two readers see two hosts. The schemes beside the web's
 * are those of Zoom's own programs, and Android's for starting a program.
 */
const START = /^(?:(https?)|zoommtg|zoomus|intent):\/\/([a-z0-9.-]{1,253})(:443)?(?=[/?#]|$)/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const HOST_WITHOUT_SCHEME = /^(?:[a-z0-9-]+\.)+[a-z]{2,}(?::443)?[/?#]/i;
const MAX_DECODINGS = 3;

export interface Link {
  /** False for the schemes of programs. */
  isWeb: boolean;
  /** In lower case. */
  host: string;
  /** The host and each domain that it lies below, the longest first. */
  domains: string[];
  hasPort: boolean;
  /** What follows the host and the port, as it is spelled. */
  rest: string;
  path: string;
  parameters: URLSearchParams;
}

/** The link that the text is as a whole; percent-encoded up to three times, or without its scheme. Or null. */
export function readLink(text: string): Link | null {
  if (text.length > MAX_LENGTH) return null;
  let spelling = text.trim();
  for (let round = 0; round <= MAX_DECODINGS; round++) {
    if (SCHEME.test(spelling)) return parse(spelling);
    if (HOST_WITHOUT_SCHEME.test(spelling)) return parse(`https://${spelling}`);
    spelling = decodePercent(spelling);
  }
  return null;
}

function parse(spelling: string): Link | null {
  const [start, web, host = "", port] = START.exec(spelling) ?? [];
  if (start === undefined) return null;
  const rest = spelling.slice(start.length);
  const [, path = "", query = ""] = /^([^?#]*)\??([^#]*)/.exec(rest) ?? [];
  const labels = host.toLowerCase().split(".");
  return {
    isWeb: web !== undefined,
    host: host.toLowerCase(),
    domains: labels.map((_, index) => labels.slice(index).join(".")),
    hasPort: port !== undefined,
    rest,
    path,
    parameters: new URLSearchParams(query),
  };
}

/** The text with its percent-encoded parts decoded, except those that are no UTF-8. */
export function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}
