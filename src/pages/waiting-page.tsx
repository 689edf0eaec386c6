// Zoom has agreed, and the grant is on its way into the database.

import { Layout } from "./layout.tsx";
import { type Language, TEXTS } from "./texts.ts";

export function WaitingPage({ language }: { language: Language }) {
  const { waitingTitle, waitingText } = TEXTS[language];
  return (
    <Layout language={language} title={waitingTitle}>
      <h1>{waitingTitle}</h1>
      <p role="status">{waitingText}</p>
    </Layout>
  );
}
