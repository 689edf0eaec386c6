// An error that ended a request for a page of the console, in words.

import type { Context } from "hono";
import type { ApiError } from "../../errors.ts";
import type { AppEnv } from "../../http/router.ts";
import { Id } from "../../pages/console/elements.tsx";
import { CONSOLE_PATH } from "../../pages/console/layout.tsx";
import { show } from "./page.tsx";
import { endSession, readSession } from "./session.ts";
import { endedPath } from "./sign-in.tsx";

export function isConsolePage(path: string): boolean {
  return path === CONSOLE_PATH || path.startsWith(`${CONSOLE_PATH}/`);
}

const TITLES: Partial<Record<ApiError["code"], string>> = {
  not_found: "This does not exist",
  insufficient_scope: "Your key may not do this",
  project_suspended: "The project is suspended",
  rate_limited: "Too many requests",
  invalid_request: "Something is not right yet",
  conflict: "This is not possible now",
};

export async function showConsoleError(c: Context<AppEnv>, error: ApiError): Promise<Response> {
  if (error.code === "unauthenticated") {
    endSession(c);
    return c.redirect(endedPath(), 303);
  }
  const title = TITLES[error.code] ?? (error.status >= 500 ? "This did not work" : "This is not possible");
  // Where the configuration is wrong, no session can be read either.
  const session = await readSession(c).catch(() => null);
  const fields = Object.entries(error.fields ?? {});
  const content = (
    <>
      <h1>{title}</h1>
      <div class="notice bad" role="alert">
        {fields.length === 0 ? (
          <p>{error.code === "not_found" ? "It was removed, or the address is wrong." : error.message}</p>
        ) : (
          <ul>
            {fields.map(([field, problems]) => (
              <li>
                {field.replaceAll("_", " ")}: {problems.join(" ")}
              </li>
            ))}
          </ul>
        )}
      </div>
      {c.req.method === "POST" && <p>Go back in your browser to change what you entered.</p>}
      <p class="quiet">
        Code <code>{error.code}</code>, request <Id>{c.get("requestId")}</Id>
      </p>
      <p>
        <a href={CONSOLE_PATH}>To the first page</a>
      </p>
    </>
  );
  const response = await show(c, session, { title }, content, error.status);
  const retryAfter = error.headers["Retry-After"];
  if (retryAfter) response.headers.set("Retry-After", retryAfter);
  return response;
}
