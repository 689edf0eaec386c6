// One operation of the reference page, or one webhook event: closed it is a line, open it is everything about it.

import { html } from "hono/html";
import { type OpenApiDocument, type Operation, type Parameter, resolveParameter } from "./document.ts";
import { renderField, renderFields } from "./fields.ts";
import { codeBlock, type Html, jsonBlock, markdown } from "./text.ts";
import { renderTryIt } from "./try-it.ts";

export interface PlacedOperation {
  /** What stands before the path: an HTTP method, or `event`. */
  method: string;
  /** Of a webhook event, its trigger. */
  path: string;
  operation: Operation;
}

/** The page's script shows the origin of the service in place of this one. */
const ORIGIN = "https://zoom.example.com";

const PLACES = { path: "In the path", query: "In the query", header: "In the headers" } as const;

export function renderOperation(document: OpenApiDocument, placed: PlacedOperation): Html {
  const { method, path, operation } = placed;
  const parameters = operation.parameters.map((parameter) => resolveParameter(document, parameter));
  const body = operation.requestBody?.content["application/json"];
  const isEvent = method === "event";
  return html`
    <details class="operation" id="${operation.operationId}">
      <summary>
        ${renderMethod(method)}
        <h3>${operation.summary}</h3>
        <code class="path">${breakable(path)}</code>
      </summary>
      <div class="columns">
        <div>
          ${markdown(operation.description)} ${renderSecurity(operation)}
          ${renderParameters(document, parameters)}
          ${body && html`<h4>Body</h4>${renderBody(renderFields(document, body.schema, !isEvent))}`}
          ${renderAnswers(document, placed)}
        </div>
        <div>
          ${
            isEvent
              ? renderExample("Body", body?.examples)
              : html`<h4>Request</h4>${codeBlock(toCurl(placed, parameters), "curl")}`
          }
          ${renderExample("Answer", successOf(operation)[1].content?.["application/json"].examples)}
          ${!isEvent && renderTryIt(document, placed, parameters)}
        </div>
      </div>
    </details>
  `;
}

export function renderMethod(method: string): Html {
  return html`<span class="method ${method}">${method.toUpperCase()}</span>`;
}

function renderSecurity({ security }: Operation): Html | undefined {
  const [scheme] = Object.keys(security[0] ?? {});
  if (scheme === undefined) return undefined;
  return html`<p class="security">
    Needs ${scheme === "admin" ? "the admin key" : "an API key"} in the header <code>Authorization</code>.
  </p>`;
}

function renderParameters(document: OpenApiDocument, parameters: Parameter[]): Html[] {
  return Object.entries(PLACES).map(([place, title]) => {
    const ofPlace = parameters.filter((parameter) => parameter.in === place);
    if (ofPlace.length === 0) return html``;
    const fields = ofPlace.map(({ name, required, description, schema }) =>
      renderField(
        document,
        {
          name,
          schema: description === undefined ? schema : { ...schema, description },
          isRequired: required && place !== "header",
        },
        true,
      ),
    );
    return html`<h4>${title}</h4><ul class="fields">${fields}</ul>`;
  });
}

function renderBody(fields: Html | undefined): Html {
  return fields ?? html`<p>Has no fields.</p>`;
}

/** The answer to success, then errors; of an event, what else its receiver may answer. */
function renderAnswers(document: OpenApiDocument, { method, operation }: PlacedOperation): Html {
  const others = Object.entries(operation.responses).filter(([status]) => !isSuccess(status));
  const [status, success] = successOf(operation);
  const schema = success.content?.["application/json"].schema;
  return html`
    <h4>Answer ${status}</h4>
    ${method === "event" ? markdown(success.description) : renderBody(schema && renderFields(document, schema, false))}
    <h4>${method === "event" ? "Other answers" : "Errors"}</h4>
    ${others.map(([other, { description, content }]) => {
      const examples = content?.["application/json"].examples;
      if (!examples) {
        return html`${other !== "default" && html`<p><strong>${other}</strong></p>`}${markdown(description)}`;
      }
      return html`<details class="errors">
        <summary>
          <strong>${other}</strong>
          ${Object.keys(examples).map((code) => html`<code>${code}</code> `)}
        </summary>
        ${Object.values(examples).map(({ value }) => jsonBlock(value))}
      </details>`;
    })}
  `;
}

function isSuccess(status: string): boolean {
  return status.startsWith("2");
}

function successOf({ operationId, responses }: Operation): [string, Operation["responses"][string]] {
  const success = Object.entries(responses).find(([status]) => isSuccess(status));
  if (!success) throw new Error(`${operationId}: no answer to success`);
  return success;
}

function renderExample(title: string, examples: Record<string, { value: unknown }> | undefined): Html {
  if (!examples) return html``;
  return html`<h4>Example of the ${title.toLowerCase()}</h4>
    ${Object.values(examples).map(({ value }) => jsonBlock(value))}`;
}

/** With places where a line may end. */
function breakable(path: string): Html[] {
  return path.split(/(?<=[/_])/).map((part) => html`${part}<wbr>`);
}

/** A command for a shell that has the key in a variable. */
function toCurl({ method, path, operation }: PlacedOperation, parameters: Parameter[]): string {
  const example = ({ schema }: Parameter) => String(schema.examples?.[0] ?? "ID");
  const target = parameters
    .filter((parameter) => parameter.in === "path")
    .reduce((filled, parameter) => filled.replace(`{${parameter.name}}`, example(parameter)), path);
  const [scheme] = Object.keys(operation.security[0] ?? {});
  const variable = scheme === "admin" ? "ADMIN_API_KEY" : "API_KEY";
  const body = operation.requestBody?.content["application/json"].examples.example?.value;
  const isEmpty = body === undefined || Object.keys(body as object).length === 0;
  return [
    `curl ${method === "get" ? "" : `-X ${method.toUpperCase()} `}'${ORIGIN}${target}'`,
    ...(scheme === undefined
      ? []
      : [`-H "Authorization: ${scheme === "admin" ? "Bearer" : "Token"} $${variable}"`]),
    ...(isEmpty
      ? []
      : [
          "-H 'Content-Type: application/json'",
          `-d '${JSON.stringify(body, null, 2).replaceAll("'", "'\\''")}'`,
        ]),
  ].join(" \\\n  ");
}
