// The fields of a body, each with its type, its limits and its description, and the fields inside it.

import { html } from "hono/html";
import { type OpenApiDocument, resolveSchema, type Schema } from "./document.ts";
import { type Html, markdown } from "./text.ts";

/** A longer list of allowed values is counted, not shown. */
const MAX_SHOWN_VALUES = 8;

/** Of formats, and of types where JSON Schema's own name is not the usual word. */
const TYPE_NAMES: Record<string, string> = { uuid: "UUID", uri: "URL", integer: "whole number" };

interface Field {
  name: string;
  schema: Schema;
  /** Whether a request must have it. */
  isRequired: boolean;
}

/** The fields of an object, of the objects in a list, or of each alternative. Nothing where there are none. */
export function renderFields(
  document: OpenApiDocument,
  schema: Schema,
  isRequest: boolean,
): Html | undefined {
  const { properties = {}, required = [], items, anyOf } = resolveSchema(document, schema);
  if (items) return renderFields(document, items, isRequest);
  if (anyOf) {
    const [first, ...others] = anyOf
      .map((alternative) => renderFields(document, alternative, isRequest))
      .filter((fields) => fields !== undefined);
    return first && html`${first}${others.map((fields) => html`<p>or</p>${fields}`)}`;
  }
  const fields = Object.entries(properties).map(([name, field]) =>
    renderField(
      document,
      { name, schema: field, isRequired: isRequest && required.includes(name) },
      isRequest,
    ),
  );
  return fields.length === 0 ? undefined : html`<ul class="fields">${fields}</ul>`;
}

export function renderField(
  document: OpenApiDocument,
  { name, schema, isRequired }: Field,
  isRequest: boolean,
): Html {
  const inside = renderFields(document, schema, isRequest);
  return html`<li>
    <p class="field">
      <code>${name}</code> <span class="type">${describeType(document, schema)}</span>
      ${isRequired && html`<strong>required</strong>`}
    </p>
    ${markdown(describe(document, schema))}
    ${inside && html`<details><summary>Fields of <code>${name}</code></summary>${inside}</details>`}
  </li>`;
}

/** Its own description, else that of the one kind of value that it has beside null. */
function describe(document: OpenApiDocument, schema: Schema): string | undefined {
  const { description, anyOf = [] } = resolveSchema(document, schema);
  if (description !== undefined) return description;
  const [only, ...others] = anyOf.filter(({ type }) => type !== "null");
  return only && others.length === 0 ? describe(document, only) : undefined;
}

/** In words: `list of strings, at most 10`, `"connected" or "disconnected"`, `whole number, 0 to 3000, 300 by default`. */
export function describeType(document: OpenApiDocument, schema: Schema): string {
  const resolved = resolveSchema(document, schema);
  const limits = [describeRange(resolved), describeDefault(resolved)].filter((limit) => limit !== undefined);
  return [describeKind(document, resolved), ...limits].join(", ");
}

function describeKind(document: OpenApiDocument, schema: Schema): string {
  const { type, format, items, anyOf, additionalProperties } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return describeChoice(schema.enum);
  if (anyOf) return joinWithOr(anyOf.map((alternative) => describeType(document, alternative)));
  if (items) return `list of ${plural(describeKind(document, resolveSchema(document, items)))}`;
  if (type === "object" && typeof additionalProperties === "object") {
    const member = describeKind(document, resolveSchema(document, additionalProperties));
    return member === "any value" ? "object" : `object of ${plural(member)}`;
  }
  if (type === undefined) return "any value";
  return joinWithOr([type].flat().map((name) => TYPE_NAMES[format ?? ""] ?? TYPE_NAMES[name] ?? name));
}

function describeRange(schema: Schema): string | undefined {
  const { minLength = 0, maxLength, minItems = 0, maxItems, minimum, maximum } = schema;
  if (maxLength !== undefined) return `${minLength} to ${maxLength} characters`;
  if (maxItems !== undefined) return `${minItems} to ${maxItems}`;
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    return `${minimum} to ${maximum}`;
  }
  return minLength === 1 ? "not empty" : undefined;
}

function describeDefault(schema: Schema): string | undefined {
  return schema.default === undefined ? undefined : `${JSON.stringify(schema.default)} by default`;
}

function joinWithOr(values: string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(values);
}

function describeChoice(values: unknown[]): string {
  if (values.length > MAX_SHOWN_VALUES) return `one of ${values.length} strings`;
  return joinWithOr(values.map((value) => JSON.stringify(value)));
}

function plural(noun: string): string {
  if (noun.startsWith("list of ")) return noun.replace("list", "lists");
  return /^[\w ]+$/.test(noun) ? `${noun}s` : noun;
}
