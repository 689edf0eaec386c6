// What every page of the console has around its content.

import type { PropsWithChildren } from "hono/jsx";

export const CONSOLE_PATH = "/console";
const ASSETS_PATH = `${CONSOLE_PATH}/assets`;

/** Who is signed in, and where they may go. Null: nobody. */
export interface Shell {
  /** What stands beside the name of the console: the project's name, or that it is the operator's. */
  owner: string;
  /** With which key. */
  keyName: string;
  links: readonly { path: string; text: string }[];
}

export interface PageView {
  title: string;
  shell: Shell | null;
  /** The path of the link that the page belongs to. */
  current?: string | undefined;
  /** What has just been done. */
  done?: string | undefined;
}

export function ConsoleLayout({ title, shell, current, done, children }: PropsWithChildren<PageView>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Zoom connections`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={`${ASSETS_PATH}/console.css`} />
        <script src={`${ASSETS_PATH}/console.js`} defer />
      </head>
      <body class={shell === null ? "alone" : undefined}>
        {shell !== null && <Header shell={shell} current={current} />}
        <main id="main">
          {done && (
            <p class="notice good" role="status">
              {done}
            </p>
          )}
          {children}
        </main>
        <p id="said" class="unseen" role="status" />
      </body>
    </html>
  );
}

function Header({ shell, current }: { shell: Shell; current: string | undefined }) {
  return (
    <header class="bar">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div>
        <div class="brand">
          <a href={shell.links[0]?.path ?? CONSOLE_PATH}>Zoom connections</a>
          <span>{shell.owner}</span>
        </div>
        <nav aria-label="Console">
          <ul>
            {shell.links.map(({ path, text }) => (
              <li>
                <a href={path} aria-current={path === current ? "page" : undefined}>
                  {text}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <form class="signed-in" method="post" action={`${CONSOLE_PATH}/sign_out`}>
          <span>{shell.keyName}</span>
          <button type="submit">Sign out</button>
        </form>
      </div>
    </header>
  );
}
