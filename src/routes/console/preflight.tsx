// Which tokens a bot would get for a meeting by one connection, and why not.

import type { Context } from "hono";
import { ApiError } from "../../errors.ts";
import type { AppEnv } from "../../http/router.ts";
import { Badge, Card, Facts, Field, Time } from "../../pages/console/elements.tsx";
import { preflightZoomTokens } from "../zoom-tokens/preflight.ts";
import { ask } from "./ask.ts";
import { Head, pathOf } from "./connection-head.tsx";
import { CONNECTIONS_PATH } from "./connections.tsx";
import { readQuery, show } from "./page.tsx";
import type { ProjectSession } from "./session.ts";

export function Preflight({ id, user, value = "" }: { id: string; user: string; value?: string }) {
  return (
    <Card title="Why does a bot get no token?">
      <p>Paste the link or the ID of a meeting. Zoom is asked nothing, and no token is issued.</p>
      <form class="form" method="get" action={`${pathOf(id)}/preflight`}>
        <input type="hidden" name="user" value={user} />
        <Field name="meeting" label="Meeting link or ID" value={value} required />
        <button type="submit">Check</button>
      </form>
    </Card>
  );
}

const TOKENS = {
  app_privilege_token: "Local recording token",
  onbehalf_token: "Onbehalf token",
  zak_token: "ZAK",
} as const;

function reasonText({ code, message }: { code: string; message: string }): string {
  return code === "capability_not_supported"
    ? "This connection is not made for it. Change what it may do on its page."
    : message;
}

export async function showPreflight(c: Context<AppEnv>, session: ProjectSession): Promise<Response> {
  const { meeting = "", user = "" } = readQuery(c, ["meeting", "user"]);
  const { id = "" } = c.req.param();
  const bounds = {
    ...(/^[\d\s-]+$/.test(meeting) ? { meeting_id: meeting } : { meeting_url: meeting }),
    zoom_oauth_connection_id: id,
  };
  // A ZAK and an onbehalf token are never given together.
  const asked = await Promise.all([
    ask(c, session, preflightZoomTokens, { body: { ...bounds, onbehalf_user_id: user } }),
    ask(c, session, preflightZoomTokens, { body: { ...bounds, include_zak: true } }),
  ]).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === "invalid_request") return null;
    throw error;
  });
  const view = { title: "Which tokens a bot would get", current: CONNECTIONS_PATH };
  if (asked === null) {
    const content = (
      <>
        <Head row={{ id, user_id: user }} />
        <p class="notice warn" role="alert">
          “{meeting.slice(0, 200)}” is no link or ID of a Zoom meeting. A link is like
          https://zoom.us/j/1234567890, and an ID has 9 to 11 digits.
        </p>
        <Preflight id={id} user={user} value={meeting} />
      </>
    );
    return await show(c, session, view, content, 400);
  }
  const [answer, withZak] = asked;
  const tokens = { ...answer.tokens, zak_token: withZak.tokens.zak_token };
  const content = (
    <>
      <Head row={{ id, user_id: user }} />
      <Card title="Which tokens a bot would get">
        <Facts
          facts={[
            ["Meeting", meeting],
            [
              "Known",
              answer.meeting ? (
                <>
                  since <Time at={answer.meeting.mapped_at} />
                </>
              ) : (
                "not as a meeting of this user"
              ),
            ],
          ]}
        />
        <ul class="checks">
          {Object.entries(TOKENS).map(([name, text]) => {
            const { would_issue, reason } = tokens[name as keyof typeof TOKENS];
            return (
              <li>
                {would_issue ? (
                  <Badge tone="good">Would be issued</Badge>
                ) : (
                  <Badge tone="bad">Would be refused</Badge>
                )}
                <div>
                  <p>{text}</p>
                  {reason && <p>{reasonText(reason)}</p>}
                </div>
              </li>
            );
          })}
        </ul>
      </Card>
      <Preflight id={id} user={user} value={meeting} />
    </>
  );
  return await show(c, session, view, content);
}
