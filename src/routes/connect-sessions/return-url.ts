// Where a connect session may return to. The browser of the user goes there, not the service: any host will do, but not
// every scheme.

const LOOPBACK = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const PROBLEM = "Must be an absolute https URL, such as https://app.example.com/zoom/connected.";
const LOCAL_PROBLEM =
  "Must be an absolute https URL, or an http URL of this machine, such as http://localhost:3000/connected.";

/** The URL parsed, or a sentence that says what to change. `isInsecureAllowed`: also http on loopback. */
export function checkReturnUrl(
  text: string,
  { isInsecureAllowed }: { isInsecureAllowed: boolean },
): { url: URL } | { problem: string } {
  const problem = isInsecureAllowed ? LOCAL_PROBLEM : PROBLEM;
  // What the parser would repair, two readers could see as two hosts.
  if (!/^https?:\/\/[^/?#\\]/i.test(text) || /[\s\p{Cc}\p{Cf}\p{Cs}\\]/u.test(text)) return { problem };
  const url = URL.parse(text);
  // The parser lets marks stand in a host that no name has, and that would mean something in a header.
  if (!url || url.username || url.password || !/^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/.test(url.hostname)) {
    return { problem };
  }
  const isLocal = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  return url.protocol === "https:" || (isInsecureAllowed && isLocal) ? { url } : { problem };
}
