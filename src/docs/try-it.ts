// The form that sends an operation's request from the page. It needs the page's script (files/page.js), which shows it.

import { html } from "hono/html";
import type { OpenApiDocument, Operation, Parameter, Schema } from "./document.ts";
import { describeType } from "./fields.ts";
import type { Html } from "./text.ts";

const KEY_LABELS: Record<string, string> = { api_key: "API key", admin: "Admin key" };

export function renderTryIt(
  document: OpenApiDocument,
  { method, path, operation }: { method: string; path: string; operation: Operation },
  parameters: Parameter[],
): Html {
  const { operationId, summary, security, requestBody } = operation;
  const [scheme] = Object.keys(security[0] ?? {});
  const body = requestBody?.content["application/json"].examples.example?.value;
  return html`
    <form hidden data-method="${method.toUpperCase()}" data-path="${path}" aria-label="Try it: ${summary}">
      <h4>Try it</h4>
      ${
        scheme !== undefined &&
        html`<label>${KEY_LABELS[scheme]}
          <input type="password" data-key="${scheme}" autocomplete="off" spellcheck="false">
        </label>`
      }
      ${parameters.map((parameter) => renderInput(document, parameter))}
      ${
        body !== undefined &&
        html`<label>Body
          <textarea name="body" rows="${JSON.stringify(body, null, 2).split("\n").length}" spellcheck="false">${JSON.stringify(body, null, 2)}</textarea>
        </label>`
      }
      <button>Send</button>
      <div role="status" id="${operationId}-answer"></div>
    </form>
  `;
}

function renderInput(document: OpenApiDocument, { name, in: place, schema }: Parameter): Html {
  if (schema.enum) {
    return html`<label>${name}
      <select name="${name}" data-in="${place}">
        <option></option>
        ${schema.enum.map((value) => html`<option>${value}</option>`)}
      </select>
    </label>`;
  }
  const hint = isObject(schema) ? "key=value" : describeType(document, schema);
  return html`<label>${name} <span class="type">${hint}</span>
    <input name="${name}" data-in="${place}" ${isObject(schema) && html`data-object`} autocomplete="off" spellcheck="false" ${place === "path" && html`required`}>
  </label>`;
}

function isObject(schema: Schema): boolean {
  return schema.type === "object";
}
