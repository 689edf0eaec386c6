// The parts of an OpenAPI document that the reference page shows, and how references in it are followed.

export interface OpenApiDocument {
  info: { title: string; version: string; description: string };
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, { post: Operation }>;
  components: {
    schemas: Record<string, Schema>;
    parameters: Record<string, Parameter>;
    headers: Record<string, { description: string; schema: Schema }>;
    securitySchemes: Record<string, { description: string }>;
  };
}

export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
  parameters: (Parameter | Reference)[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required: boolean;
  description?: string;
  schema: Schema;
}

export interface Content {
  "application/json": { schema: Schema; examples: Record<string, { value: unknown }> };
}

/** JSON Schema 2020-12, as far as zod writes it. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

interface Reference {
  $ref: string;
}

/** What a reference stands for. A description beside the reference wins over its target's. */
export function resolveSchema(document: OpenApiDocument, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...beside } = schema;
  return { ...find(document.components.schemas, $ref), ...beside };
}

export function resolveParameter(document: OpenApiDocument, parameter: Parameter | Reference): Parameter {
  return "$ref" in parameter ? find(document.components.parameters, parameter.$ref) : parameter;
}

function find<T>(components: Record<string, T>, reference: string): T {
  const component = components[reference.split("/").at(-1) ?? ""];
  if (component === undefined) throw new Error(`${reference}: the document has no such component`);
  return component;
}
