// Requests and answers over node:http, as plain values.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";

export interface Request {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** Sent as JSON, unless it is a string: that is HTML. */
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

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const isText = typeof body === "string";
  response.writeHead(status, {
    "Content-Type": isText ? "text/html; charset=utf-8" : "application/json;charset=UTF-8",
    "Cache-Control": "no-store",
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

/** Form fields of the body; `get` takes the query's where the body does not have them. */
export function readForm(request: Request): { form: URLSearchParams; get(name: string): string | null } {
  const form = new URLSearchParams(request.body);
  return { form, get: (name) => form.get(name) ?? request.query.get(name) };
}

/** The bearer token of the Authorization header; empty where there is none. */
export function readBearer(request: Request): string {
  return /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
}

/** The client's credentials, from the Basic header or else from the body. */
export function readCredentials(request: Request): { clientId: string; clientSecret: string } {
  const [, basic] = /^basic (.+)$/i.exec(request.headers.authorization ?? "") ?? [];
  if (basic === undefined) {
    const { form } = readForm(request);
    return { clientId: form.get("client_id") ?? "", clientSecret: form.get("client_secret") ?? "" };
  }
  const [clientId = "", ...secret] = Buffer.from(basic, "base64").toString().split(":");
  return { clientId, clientSecret: secret.join(":") };
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
