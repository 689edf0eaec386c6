// POST /connect/{secret}: the button. Begins an attempt in this browser, and sends it to Zoom's consent page.

import type { Context } from "hono";
import { sha256Hex } from "../../crypto/hash.ts";
import { createLinkSecret } from "../../crypto/ids.ts";
import { createCodeVerifier, toCodeChallenge } from "../../crypto/pkce.ts";
import { beginConnectAttempt } from "../../db/connect-sessions.ts";
import { isSameOrigin } from "../../http/origins.ts";
import type { AppEnv } from "../../http/router.ts";
import { showLinkProblem, showUnknownLink } from "./problem.ts";
import { bindBrowser, readLinkSecret, redirectUriOf, sessionPath } from "./session-link.ts";

export async function beginAttempt(c: Context<AppEnv>): Promise<Response> {
  // Else another site could send its visitors to Zoom, and connect them for somebody else (login CSRF).
  if (!isSameOrigin(c)) return await showLinkProblem(c, "other_site");
  const secret = readLinkSecret(c);
  if (secret === null) return await showLinkProblem(c, "link_unknown");
  const { db, zoom } = c.get("scope");
  const state = createLinkSecret();
  const browserSecret = await bindBrowser(c, state, secret);
  const begun = await beginConnectAttempt(db, {
    secretSha256: await sha256Hex(secret),
    stateSha256: await sha256Hex(state),
    browserSha256: await sha256Hex(browserSecret),
  });
  if (begun === null) return await showUnknownLink(c);
  if (!begun.isBegun) return c.redirect(sessionPath(secret), 303);
  const consentUrl = zoom.consentUrl({
    clientId: begun.session.client_id,
    redirectUri: redirectUriOf(c),
    state,
    codeChallenge: await toCodeChallenge(await createCodeVerifier(browserSecret, state)),
  });
  return c.redirect(consentUrl, 303);
}
