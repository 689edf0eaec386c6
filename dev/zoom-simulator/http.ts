// Requests and answers over node:http, as plain values.

import type { IncomingMessage, ServerResponse } from "node:http";

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a string. */
  body: unknown;
}

export async function readRequest(message: IncomingMessage): Promise<Request> {
  const url = new URL(message.url ?? "/", "http://simulator");
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return {
    method: message.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks).toString(),
  };
}

export function send(response: ServerResponse, answer: Answer): void {
  const isText = typeof answer.body === "string";
  response.writeHead(answer.status, {
    "Content-Type": isText ? "text/html; charset=utf-8" : "application/json;charset=UTF-8",
    ...answer.headers,
  });
  response.end(isText ? (answer.body as string) : JSON.stringify(answer.body));
}

/** Form fields of the body; the query's where the body does not have them. */
export function readForm(request: Request): { form: URLSearchParams; get(name: string): string | null } {
  const form = new URLSearchParams(request.body);
  return { form, get: (name) => form.get(name) ?? request.query.get(name) };
}

export function readJson(request: Request): Record<string, unknown> {
  const body: unknown = request.body === "" ? {} : JSON.parse(request.body);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new Error("not a JSON object");
  return body as Record<string, unknown>;
}
