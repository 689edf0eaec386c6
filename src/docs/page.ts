// The reference page: the whole OpenAPI document as one page of HTML, which needs no script to be read.

import { html } from "hono/html";
import type { OpenApiDocument } from "./document.ts";
import { renderField, renderFields } from "./fields.ts";
import { type PlacedOperation, renderMethod, renderOperation } from "./operation.ts";
import { type Html, markdown } from "./text.ts";

interface Section {
  name: string;
  description: string;
  operations: PlacedOperation[];
}

/** The HTML of the page. Its script and its style are files beside it (files/). */
export async function renderPage(document: OpenApiDocument): Promise<string> {
  const { title, version, description } = document.info;
  const sections = groupByTag(document);
  const page = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title}: API reference</title>
    <link rel="icon" href="/docs/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/docs/page.css">
    <script src="/docs/page.js" type="module"></script>
  </head>
  <body>
    <a class="skip" href="#reference">Skip to the reference</a>
    <nav aria-label="Operations">
      <label class="filter" hidden>Find an operation <input type="search" autocomplete="off"></label>
      ${sections.map(({ name, operations }) => renderMenu(name, operations))}
    </nav>
    <main id="reference" tabindex="-1">
      <h1>${title}</h1>
      <p class="version">API reference, version ${version}. <a href="/openapi.json">OpenAPI document</a></p>
      <p>In a browser: <a href="/console">the console</a>, which shows a project's connections.</p>
      <div class="about">
        ${markdown(description)}
        ${renderKeys(document)}
        ${renderAnswers(document)}
      </div>
      <p class="nothing" role="status" hidden>No operation has these words.</p>
      ${sections.map((section) => renderSection(document, section))}
    </main>
  </body>
</html>
`;
  return (await page).toString();
}

function groupByTag({ tags, paths, webhooks }: OpenApiDocument): Section[] {
  const operations: PlacedOperation[] = [
    ...Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ method, path, operation })),
    ),
    ...Object.entries(webhooks).map(([path, { post }]) => ({ method: "event", path, operation: post })),
  ];
  return tags.map(({ name, description }) => ({
    name,
    description,
    operations: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

function renderMenu(name: string, operations: PlacedOperation[]): Html {
  return html`<h2>${name}</h2>
    <ul>
      ${operations.map(
        ({ method, operation: { operationId, summary } }) =>
          html`<li><a href="#${operationId}">${renderMethod(method)} ${summary}</a></li>`,
      )}
    </ul>`;
}

function renderKeys({ components }: OpenApiDocument): Html {
  const schemes = Object.values(components.securitySchemes);
  return html`<section>
    <h2>Keys</h2>
    <p>There are two kinds of keys, and each operation says which one it takes.</p>
    <ul>${schemes.map(({ description }) => html`<li>${markdown(description)}</li>`)}</ul>
  </section>`;
}

function renderAnswers(document: OpenApiDocument): Html {
  const headers = Object.entries(document.components.headers).map(([name, { description, schema }]) =>
    renderField(document, { name, schema: { ...schema, description }, isRequired: false }, false),
  );
  return html`<section>
    <h2>Errors</h2>
    <p>Each operation lists the codes that it can answer with.</p>
    ${renderFields(document, { $ref: "#/components/schemas/Error" }, false)}
    <h2>Headers of answers</h2>
    <ul class="fields">${headers}</ul>
  </section>`;
}

function renderSection(document: OpenApiDocument, { name, description, operations }: Section): Html {
  return html`<section>
    <h2>${name}</h2>
    ${markdown(description)}
    ${operations.map((operation) => renderOperation(document, operation))}
  </section>`;
}
