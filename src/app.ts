// The HTTP application: middleware in order, mounted routes, not found, and the one error handler.

import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { methodNotAllowed } from "hono/method-not-allowed";
import { routePath } from "hono/route";
import { UnsealError } from "./crypto/keyring.ts";
import { isDatabaseUnavailable, postgresError } from "./db/client.ts";
import { ConfigurationError, depsOf } from "./deps.ts";
import { ApiError, toErrorResponse } from "./errors.ts";
import { limitFailedAuthentications } from "./http/rate-limit.ts";
import { type AppEnv, createRouter } from "./http/router.ts";
import { describeError, log } from "./log.ts";
import { documentationRoutes } from "./routes/documentation.ts";
import { healthRoutes } from "./routes/health.ts";
import { projectRoutes } from "./routes/projects.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { zoomOAuthAppRoutes } from "./routes/zoom-oauth-apps.ts";
import { zoomOAuthConnectionRoutes } from "./routes/zoom-oauth-connections.ts";
import { zoomWebhookRoutes } from "./routes/zoom-webhooks.ts";
import { createTrace, runTraced, type Trace, toServerTiming } from "./trace.ts";

export function createApp(): Hono<AppEnv> {
  const app = createRouter();

  app.use(async (c, next) => {
    const trace = createTrace();
    const start = performance.now();
    c.set("requestId", crypto.randomUUID());
    await runTraced(trace, next);
    // Set here, not by c.header, which makes a new Response around the body's stream for each.
    const { headers } = c.res;
    headers.set("X-Request-Id", c.get("requestId"));
    headers.set("Server-Timing", toServerTiming(trace));
    if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
    headers.set("X-Content-Type-Options", "nosniff");
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
    c.set("deps", depsOf(c.env));
    await next();
  });

  app.use("/api/*", limitFailedAuthentications);

  app.route("/", documentationRoutes);
  app.route("/", healthRoutes);
  app.route("/", projectRoutes);
  app.route("/", zoomOAuthAppRoutes);
  app.route("/", zoomOAuthConnectionRoutes);
  app.route("/", tokenRoutes);
  app.route("/", webhookRoutes);
  app.route("/", zoomWebhookRoutes);

  app.notFound((c) => answerError(c, new ApiError("not_found", { message: "No such path." })));
  app.onError((error, c) => answerError(c, toApiError(error, c.get("requestId"))));
  return app;
}

function answerError(c: Context<AppEnv>, error: ApiError): Response {
  c.set("errorCode", error.code);
  return toErrorResponse(error, c.get("requestId"));
}

/** The one mapper: what is not an expected refusal is logged here, once, and told to nobody but for a wrong configuration. */
function toApiError(error: unknown, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (isDatabaseUnavailable(error)) {
    log("warn", "database_unavailable", {
      request_id: requestId,
      sqlstate: postgresError(error)?.sqlstate ?? "none",
    });
    return new ApiError("database_unavailable");
  }
  if (error instanceof HTTPException && error.status === 400) return new ApiError("invalid_request");
  const problem = error instanceof ConfigurationError ? error.message : undefined;
  const reason = error instanceof UnsealError ? error.message : problem;
  log("error", "internal_error", {
    request_id: requestId,
    ...describeError(error),
    ...postgresError(error),
    ...(reason === undefined ? {} : { reason }),
  });
  return new ApiError(
    "internal_error",
    problem === undefined ? {} : { message: `Configuration: ${problem}.` },
  );
}

function logRequest(c: Context<AppEnv>, trace: Trace, durationMs: number): void {
  const code = c.get("errorCode");
  log("info", "request", {
    request_id: c.get("requestId"),
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    ...(code === undefined ? {} : { code }),
    duration_ms: Math.round(durationMs),
    db_count: trace.db.count,
    db_ms: Math.round(trace.db.durationMs),
    zoom_count: trace.zoom.count,
    zoom_ms: Math.round(trace.zoom.durationMs),
  });
}
