// What the link shows: the product, what it asks Zoom for, and one button.

import { CAPABILITY_NAMES, type Capabilities } from "../model/capabilities.ts";
import { Layout } from "./layout.tsx";
import { type Language, TEXTS } from "./texts.ts";

export interface ConnectView {
  language: Language;
  product: string;
  capabilities: Capabilities;
  isReconnect: boolean;
  /** The path of the session. */
  path: string;
}

export function ConnectPage({ language, product, capabilities, isReconnect, path }: ConnectView) {
  const texts = TEXTS[language];
  const title = isReconnect ? texts.reconnectTitle(product) : texts.connectTitle(product);
  return (
    <Layout language={language} title={title}>
      <h1>{title}</h1>
      {isReconnect && <p>{texts.reconnectText(product)}</p>}
      <p id="asks">{texts.asks(product)}</p>
      <ul aria-labelledby="asks">
        <li>{texts.profile}</li>
        {CAPABILITY_NAMES.filter((name) => capabilities[name]).map((name) => (
          <li>{texts.capabilities[name]}</li>
        ))}
      </ul>
      <p class="quiet">{texts.next}</p>
      <form class="actions" method="post" action={path}>
        <button type="submit" class="button primary">
          {texts.button}
        </button>
      </form>
    </Layout>
  );
}
