// The HTTP request of an operation: where each field of the input goes.

/** What the client knows of an operation. */
export interface Operation {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With the names of its parts in braces: `/api/v1/webhooks/{id}`. */
  path: string;
  isIdempotent: boolean;
  answer: "object" | "page" | "empty";
}

/** The parts of the path, and the fields of the query or of the body. */
export type Input = Record<string, unknown>;

/** Where the service is, and who asks. */
export interface Address {
  /** Without a slash at its end. */
  baseUrl: string;
  apiKey: string;
}

export interface Request {
  url: string;
  init: RequestInit;
  /** For messages: method and URL, without the query, which may hold personal data. */
  name: string;
}

/** Throws `TypeError` where a part of the path is missing. */
export function toRequest({ baseUrl, apiKey }: Address, { method, path }: Operation, input: Input): Request {
  const fields = { ...input };
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = fields[name];
    delete fields[name];
    // Dots would be resolved as part of the URL's path, and name another object.
    if (typeof value !== "string" || /^\.{0,2}$/.test(value)) throw new TypeError(`${name} is missing.`);
    return encodeURIComponent(value);
  });
  const url = `${baseUrl}${filled}`;
  const name = `${method} ${url}`;
  const headers = { Authorization: `Bearer ${apiKey}` };
  // A redirect would take the key to another address, or turn a POST into a GET.
  const init: RequestInit = { method, headers, redirect: "manual" };
  if (method === "GET" || method === "DELETE") return { url: `${url}${toQuery(fields)}`, init, name };
  const body = JSON.stringify(fields);
  return { url, init: { ...init, headers: { ...headers, "Content-Type": "application/json" }, body }, name };
}

/** With its question mark, or empty. An object is written as `metadata[key]=value`. */
function toQuery(fields: Input): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    if (typeof value !== "object") query.append(name, String(value));
    else for (const [key, member] of Object.entries(value)) query.append(`${name}[${key}]`, String(member));
  }
  return query.size === 0 ? "" : `?${query}`;
}
