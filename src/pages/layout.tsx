// What every page has around its content.

import { raw } from "hono/html";
import type { PropsWithChildren } from "hono/jsx";
import { STYLE } from "./style.ts";
import type { Language } from "./texts.ts";

export function Layout({
  language,
  title,
  children,
}: PropsWithChildren<{ language: Language; title: string }>) {
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href="data:," />
        <style>{raw(STYLE)}</style>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  );
}
