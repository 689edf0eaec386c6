// Texts and JSON of the document as HTML.

import { html, raw } from "hono/html";
import { marked } from "marked";

export type Html = ReturnType<typeof html>;

/** The Markdown of a description. It is our own text, so what HTML it may hold is kept. */
export function markdown(text: string | undefined): Html | undefined {
  return text === undefined ? undefined : raw(marked.parse(text, { async: false }));
}

/** Text in a code block. Long lines wrap: a block that scrolls would have to be a stop of the keyboard. */
export function codeBlock(text: string, kind: string): Html {
  return html`<pre class="${kind}"><code>${text}</code></pre>`;
}

/** A value as indented JSON, with its keys and its other parts told apart. */
export function jsonBlock(value: unknown): Html {
  const tokens = JSON.stringify(value, null, 2).split(/("(?:[^"\\]|\\.)*"(?:: )?)/);
  const parts = tokens.map((token) => {
    if (token.endsWith('": ')) return html`<span class="key">${token.slice(0, -2)}</span>: `;
    return token.startsWith('"') ? html`<span class="string">${token}</span>` : token;
  });
  return html`<pre><code>${parts}</code></pre>`;
}
