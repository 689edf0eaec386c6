// What went wrong, in plain words, with what to do.

import type { RequiredScope } from "../model/capabilities.ts";
import { Layout } from "./layout.tsx";
import { type Language, type Problem, TEXTS, type Texts } from "./texts.ts";

export interface ProblemView {
  language: Language;
  problem: Problem;
  /** Of `missing_scopes`, by their granular names. */
  missingScopes?: readonly string[] | undefined;
  /** Undefined: nobody knows which product it is about. */
  product?: string | undefined;
  /** The path of a session that takes another attempt. Undefined: it takes none. */
  path?: string | undefined;
  /** Where a plain link leads back to the product. */
  returnUrl?: string | undefined;
}

export function ProblemPage({ language, problem, missingScopes, product, path, returnUrl }: ProblemView) {
  const texts = TEXTS[language];
  const { title, text } = texts.problems[problem];
  const back = product === undefined ? undefined : texts.back(product);
  return (
    <Layout language={language} title={title}>
      <h1>{title}</h1>
      <p>{text}</p>
      {missingScopes && missingScopes.length > 0 && <Scopes texts={texts} scopes={missingScopes} />}
      {path && (
        <div class="actions">
          <form method="post" action={path}>
            <button type="submit" class="button primary">
              {texts.tryAgain}
            </button>
          </form>
          <form method="post" action={`${path}/back`}>
            <button type="submit" class="button">
              {back}
            </button>
          </form>
        </div>
      )}
      {returnUrl && (
        <div class="actions">
          <a class="button primary" href={returnUrl}>
            {back}
          </a>
        </div>
      )}
    </Layout>
  );
}

function Scopes({ texts, scopes }: { texts: Texts; scopes: readonly string[] }) {
  return (
    <>
      <p id="missing">{texts.missing}</p>
      <ul aria-labelledby="missing">
        {scopes.map((scope) => (
          <li>
            {texts.scopes[scope as RequiredScope]}
            <code>{scope}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
