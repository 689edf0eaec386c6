// A running service as those who drive it see it: requests to it, the simulated Zoom beside it, and the projects and
// apps that they need. Tests drive it, and the bench that counts round trips.

import { randomUUID } from "node:crypto";
import { KEY_SCOPE_NAMES } from "../../src/model/key-scopes.ts";

export const ADMIN_API_KEY = "test-admin-key-0d1f9c6f5b";
/** The headers of an administrator. */
export const ADMIN = { Authorization: `Bearer ${ADMIN_API_KEY}` };
export const REDIRECT_URI = "https://example.com/oauth/callback?from=zoom&x=%2F";

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape.
type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
  text: string;
}

export interface RequestOptions {
  method?: string;
  /** Sent as JSON, unless it is a string. */
  body?: unknown;
  apiKey?: string | null;
  headers?: Record<string, string>;
}

export interface Tenant {
  projectId: string;
  apiKey: string;
  appId: string;
  clientId: string;
  clientSecret: string;
  /** Of the app. */
  webhookSecret: string;
}

export interface Service {
  simulator: { url: string };
  /** The database behind the service, for looking at what it wrote. */
  sql(statement: string, params?: unknown[]): Promise<Record<string, unknown>[]>;
  request(path: string, options?: RequestOptions): Promise<Answer>;
  /** The simulator's control API. */
  control(path: string, body?: unknown, method?: string): Promise<Json>;
  createProject(): Promise<Pick<Tenant, "projectId" | "apiKey">>;
  createApp(apiKey: string, scopes?: string[]): Promise<Omit<Tenant, "projectId" | "apiKey">>;
  createTenant(scopes?: string[]): Promise<Tenant>;
  /** A code of Zoom's, for a user who is made on the spot where none is named. */
  authorize(tenant: Pick<Tenant, "clientId">, input?: Record<string, unknown>): Promise<string>;
}

export interface ServiceParts extends Pick<Service, "simulator" | "sql"> {
  /** Of the service, whose admin key is {@link ADMIN_API_KEY}. */
  origin: string;
  /** Hears of every request and its answer. */
  onAnswer?(request: { path: string; method: string; body: unknown }, answer: Answer): void;
}

/** Workerd closes a connection after a while, or after a long body that was refused unread: with this header none is used again. */
export const ONCE = { Connection: "close" };

export function createService({ origin, simulator, sql, onAnswer }: ServiceParts): Service {
  const request: Service["request"] = async (path, { method = "GET", body, apiKey, headers = {} } = {}) => {
    const response = await fetch(`${origin}${path}`, {
      method,
      headers: {
        // From an address of its own, so that no request meets the limit on failed authentications by chance.
        "CF-Connecting-IP": randomUUID(),
        ...(apiKey ? { Authorization: `Token ${apiKey}` } : {}),
        ...ONCE,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      redirect: "manual",
    });
    const text = await response.text();
    const answer = { status: response.status, headers: response.headers, body: parseJson(text), text };
    onAnswer?.({ path, method, body }, answer);
    return answer;
  };

  const control: Service["control"] = async (path, body, method = body === undefined ? "GET" : "POST") => {
    const response = await fetch(`${simulator.url}/_simulator/${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`_simulator/${path}: ${response.status} ${await response.text()}`);
    return parseJson(await response.text());
  };

  const createProject: Service["createProject"] = async () => {
    const project = await request("/api/v1/projects", {
      method: "POST",
      headers: ADMIN,
      body: { name: "Test" },
    });
    const path = `/api/v1/projects/${project.body.id}/api_keys`;
    const key = await request(path, {
      method: "POST",
      headers: ADMIN,
      body: { name: "Test key", scopes: KEY_SCOPE_NAMES },
    });
    return { projectId: project.body.id, apiKey: key.body.key };
  };

  const createApp: Service["createApp"] = async (apiKey, scopes) => {
    const clientId = `client-${randomUUID()}`;
    const clientSecret = `secret-${randomUUID()}`;
    const webhookSecret = `hook-${randomUUID()}`;
    const client = { client_id: clientId, client_secret: clientSecret, ...(scopes ? { scopes } : {}) };
    await control("clients", client);
    const app = await request("/api/v1/zoom_oauth_apps", {
      method: "POST",
      apiKey,
      body: { client_id: clientId, client_secret: clientSecret, webhook_secret: webhookSecret },
    });
    if (app.status !== 201) throw new Error(`creating an app: ${app.status} ${app.text}`);
    return { appId: app.body.id, clientId, clientSecret, webhookSecret };
  };

  return {
    simulator,
    sql,
    request,
    control,
    createProject,
    createApp,
    createTenant: async (scopes) => {
      const project = await createProject();
      return { ...project, ...(await createApp(project.apiKey, scopes)) };
    },
    authorize: async ({ clientId }, input = {}) => {
      const user_id = input.user_id ?? (await control("users", {})).id;
      const body = { client_id: clientId, redirect_uri: REDIRECT_URI, ...input, user_id };
      return (await control("authorization_codes", body)).code;
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
