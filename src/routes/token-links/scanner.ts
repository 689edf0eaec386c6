// Tells a vendor's server from a browser and from programs that look at links: those must use nothing up, and a token
// must not land in a chat's preview.

/** Programs that fetch links which people post, by what they call themselves, and all that call themselves a browser. */
const SCANNERS =
  /^Mozilla\/|facebookexternalhit|Facebot|Twitterbot|LinkedInBot|Slackbot|Slack-ImgProxy|Discordbot|TelegramBot|WhatsApp|SkypeUriPreview|Googlebot|Google-PageRenderer|bingbot|BingPreview|Applebot|Pinterest|redditbot|Embedly|Iframely|vkShare|Mastodon|Bluesky|Barracuda|Proofpoint|Mimecast|UrlScan|VirusTotal/i;

/** Whether the request is none that a vendor's server would send. */
export function isScanner({ headers, cf }: { headers: Headers; cf?: unknown }): boolean {
  const protocol = (cf as { httpProtocol?: unknown } | undefined)?.httpProtocol;
  return (
    protocol === "HTTP/1.0" ||
    SCANNERS.test(headers.get("User-Agent") ?? "") ||
    headers.get("Sec-Fetch-Mode") === "navigate" ||
    headers.get("Sec-Fetch-Dest") === "document" ||
    /prefetch|preview/i.test(
      ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"].map((name) => headers.get(name) ?? "").join(" "),
    )
  );
}
