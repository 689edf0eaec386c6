// The HTTP application: middleware in order, mounted routes, not found, and the one error handler.

import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { routePath } from "hono/route";
import { isAnyId } from "./crypto/ids.ts";
import { UnsealError } from "./crypto/keyring.ts";
import { isDatabaseUnavailable, postgresError } from "./db/client.ts";
import { explainBySchema } from "./db/schema-version.ts";
import { ConfigurationError } from "./env.ts";
import { ApiError, toErrorResponse } from "./errors.ts";
import { implement } from "./http/implement.ts";
import { refuseForeignPages, requireHttps, setTransportSecurity } from "./http/origins.ts";
import { type AppEnv, createRouter } from "./http/router.ts";
import { createTrace, describeError, log, type Trace, toServerTiming } from "./log.ts";
import { connectRoutes } from "./routes/connect/index.ts";
import { isConnectPage, showError } from "./routes/connect/problem.ts";
import { consoleRoutes } from "./routes/console/index.ts";
import { isConsolePage, showConsoleError } from "./routes/console/problem.tsx";
import { documentationRoutes } from "./routes/documentation.ts";
import { operations } from "./routes/index.ts";
import { metricsRoutes } from "./routes/metrics/get.ts";
import { tokenLinkRoutes } from "./routes/token-links/call.ts";
import { welcomeRoutes } from "./routes/welcome.ts";
import { serviceScope } from "./scope.ts";

export function createApp(): Hono<AppEnv> {
  const app = createRouter();

  app.use(async (c, next) => {
    const trace = createTrace();
    const start = performance.now();
    c.set("requestId", crypto.randomUUID());
    c.set("trace", trace);
    await next();
    // Set here, not by c.header, which makes a new Response around the body's stream for each.
    const { headers } = c.res;
    headers.set("X-Request-Id", c.get("requestId"));
    headers.set("Server-Timing", toServerTiming(trace));
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
    setTransportSecurity(headers, c.req.url);
    logRequest(c, trace, performance.now() - start);
  });
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const error = new ApiError("method_not_allowed", { headers: { Allow: methods.join(", ") } });
        return answerError(c, error);
      },
    }),
  );
  app.use(async (c, next) => {
    // Who asks, the checks of each route find out: until then it is nobody but the service.
    c.set(
      "scope",
      serviceScope(c.env, (work) => c.executionCtx.waitUntil(work), c.get("trace")),
    );
    await next();
  });

  app.use(refuseForeignPages);
  app.use(requireHttps);

  app.route("/", welcomeRoutes);
  app.route("/", documentationRoutes);
  app.route("/", metricsRoutes);
  app.route("/", tokenLinkRoutes);
  app.route("/", connectRoutes);
  app.route("/", consoleRoutes);
  for (const operation of Object.values(operations)) if ("handle" in operation) implement(app, operation);

  app.notFound((c) =>
    answerError(
      c,
      new ApiError("not_found", { message: "The path does not exist. See /docs for those that do." }),
    ),
  );
  app.onError(async (error, c) => {
    const apiError = await toApiError(error, c);
    if (!isConnectPage(c.req.path) && !isConsolePage(c.req.path)) return answerError(c, apiError);
    c.set("errorCode", apiError.code);
    return await (isConsolePage(c.req.path) ? showConsoleError : showError)(c, apiError);
  });
  return app;
}

function answerError(c: Context<AppEnv>, error: ApiError): Response {
  c.set("errorCode", error.code);
  return toErrorResponse(error, c.get("requestId"));
}

/** The one mapper: what is not an expected refusal is logged here, once, and told to nobody but for a wrong configuration. */
async function toApiError(error: unknown, c: Context<AppEnv>): Promise<ApiError> {
  const ids = { request_id: c.get("requestId"), ...callerIds(c.get("trace")) };
  if (error instanceof ApiError) return error;
  if (isDatabaseUnavailable(error)) {
    log("warn", "database_unavailable", {
      ...ids,
      sqlstate: postgresError(error)?.sqlstate ?? "none",
    });
    return new ApiError("database_unavailable");
  }
  const refusal = postgresError(error);
  const mismatch = refusal && (await explainBySchema(c.get("scope").db, error));
  if (mismatch) {
    log("error", "schema_mismatch", { ...ids, ...refusal, reason: mismatch });
    return new ApiError("schema_mismatch", { message: mismatch });
  }
  if (error instanceof HTTPException && error.status === 400) return new ApiError("invalid_request");
  if (error instanceof ConfigurationError || error instanceof UnsealError) {
    log("error", "configuration_error", { ...ids, error_name: error.name, reason: error.message });
    // Which key a secret needs is for the operator alone.
    const what = error instanceof UnsealError ? KEY_MISSING : error.message;
    return new ApiError("configuration_error", { message: `Configuration: ${what}.` });
  }
  log("error", "internal_error", { ...ids, ...describeError(error), ...refusal });
  return new ApiError("internal_error");
}

const KEY_MISSING =
  "a secret in the database does not open with CREDENTIAL_ENCRYPTION_KEYS; the operator's log names the key";

function callerIds({ caller }: Trace): { project_id?: string; api_key_id?: string } {
  return caller ? { project_id: caller.projectId, api_key_id: caller.apiKeyId } : {};
}

function logRequest(c: Context<AppEnv>, trace: Trace, durationMs: number): void {
  const code = c.get("errorCode");
  const objectId = c.get("madeId") ?? c.req.path.split("/").findLast(isAnyId);
  log("info", "request", {
    request_id: c.get("requestId"),
    method: c.req.method,
    route: routePath(c, -1),
    ...callerIds(trace),
    ...(objectId === undefined ? {} : { object_id: objectId }),
    status: c.res.status,
    ...(code === undefined ? {} : { code }),
    duration_ms: Math.round(durationMs),
    db_count: trace.db.count,
    db_ms: Math.round(trace.db.durationMs),
    zoom_count: trace.zoom.count,
    zoom_ms: Math.round(trace.zoom.durationMs),
  });
}
