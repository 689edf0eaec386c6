// Holds what the service sends against its own OpenAPI document: every answer with path, method, status, headers and
// body, and webhook events with their headers and body.

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formatsPlugin from "ajv-formats";

// biome-ignore lint/suspicious/noExplicitAny: a document of many shapes.
type Json = any;

interface SeenAnswer {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  headers: Headers;
  text: string;
}

/** Throws where the document does not have the answer. */
type CheckAnswer = (answer: SeenAnswer) => void;

const DOCUMENT_ID = "https://example.com/openapi.json";

export function createAnswerCheck(document: Json): CheckAnswer {
  const ajv = createAjv(document);
  const paths = Object.entries(document.paths as Record<string, Json>).map(([template, item]) => ({
    template,
    item,
    pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`),
  }));
  const validators = new Map<string, ValidateFunction>();

  return ({ method, path, status, headers, text }) => {
    const what = `${method} ${path} answered ${status}`;
    const known = paths.find(({ pattern }) => pattern.test(path));
    if (!known) return assertOnly(404, status, what, "a path that the OpenAPI document does not have");
    const operation = known.item[method.toLowerCase()];
    if (!operation) return assertOnly(405, status, what, "a method that the OpenAPI document does not have");
    const response = operation.responses[status];
    if (!response) throw new Error(`${what}: a status that the OpenAPI document does not have. ${text}`);
    for (const name of Object.keys(response.headers)) {
      if (!headers.has(name)) throw new Error(`${what}, without the header ${name}`);
    }
    if (!response.content) {
      if (text !== "") throw new Error(`${what}: a body that the OpenAPI document does not have`);
      return;
    }
    const pointer = ["paths", known.template, method.toLowerCase(), "responses", String(status)]
      .map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1"))
      .join("/");
    const reference = `${DOCUMENT_ID}#/${pointer}/content/application~1json/schema`;
    const validate = validators.get(reference) ?? ajv.compile({ $ref: encodeURI(reference) });
    validators.set(reference, validate);
    if (!headers.get("Content-Type")?.startsWith("application/json")) {
      throw new Error(`${what}, not as JSON`);
    }
    if (!validate(JSON.parse(text))) {
      throw new Error(`${what}: ${ajv.errorsText(validate.errors)}. ${text.slice(0, 500)}`);
    }
  };
}

/** Throws where the document has no such event, or has it with another body or more headers. */
export function createEventCheck(
  document: Json,
): (event: { headers: Record<string, string>; body: string }) => void {
  const ajv = createAjv(document);
  return ({ headers, body }) => {
    const { trigger } = JSON.parse(body);
    const operation = document.webhooks[trigger]?.post;
    if (!operation) throw new Error(`${trigger}: an event that the OpenAPI document does not have`);
    for (const { $ref } of operation.parameters) {
      const { name } = document.components.parameters[$ref.split("/").at(-1)];
      if (!(name.toLowerCase() in headers)) throw new Error(`${trigger}, without the header ${name}`);
    }
    const { $ref } = operation.requestBody.content["application/json"].schema;
    const validate = ajv.compile({ $ref: `${DOCUMENT_ID}${$ref}` });
    if (!validate(JSON.parse(body)))
      throw new Error(`${trigger}: ${ajv.errorsText(validate.errors)}. ${body}`);
  };
}

/** What is wrong with a value, by the schema at a pointer in the document: `/components/schemas/Error`. */
export function createSchemaCheck(document: Json): (pointer: string, value: unknown) => string[] {
  const ajv = createAjv(document);
  return (pointer, value) => {
    const validate = ajv.compile({ $ref: encodeURI(`${DOCUMENT_ID}#${pointer}`) });
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

function createAjv(document: Json): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  // Compiled from CommonJS, whose default export TypeScript and Node see differently.
  (formatsPlugin as unknown as (ajv: Ajv2020) => void)(ajv);
  ajv.addSchema(document, DOCUMENT_ID);
  return ajv;
}

function assertOnly(expected: number, status: number, what: string, why: string): void {
  if (status !== expected) throw new Error(`${what}: ${why}`);
}
