// How the console does its work: by the operations of the API, with their checks, for the key behind the session. There is no
// second way to any row.

import type { Context } from "hono";
import type * as z from "zod";
import type { AnyOperation } from "../../api/operation.ts";
import { ApiError, insufficientScope } from "../../errors.ts";
import { countTokens, countWrite, toAdminCaller, toProjectCaller } from "../../http/callers.ts";
import { toIncomingRequest } from "../../http/implement.ts";
import { parseInput } from "../../http/input.ts";
import type { AppEnv } from "../../http/router.ts";
import type { KeyScope } from "../../model/key-scopes.ts";
import type { Scope } from "../../scope.ts";
import type { ProjectSession, Session } from "./session.ts";

interface GivenInput {
  params?: Record<string, string | undefined>;
  query?: Record<string, unknown>;
  body?: Record<string, unknown>;
}

type AnswerOf<O extends AnyOperation> = O["answer"] extends z.ZodType ? z.output<O["answer"]> : undefined;

/** What the operation answers. Throws `ApiError`, as the API would answer it. */
export async function ask<O extends AnyOperation>(
  c: Context<AppEnv>,
  session: Session,
  operation: O,
  { params, query, body }: GivenInput = {},
): Promise<AnswerOf<O>> {
  const scope = scopeFor(c, session, operation);
  if (operation.isRead) await countTokens(scope);
  else if (operation.method !== "get") await countWrite(scope);
  const given = operation.params?.safeParse(params ?? {});
  if (given?.success === false) throw new ApiError("not_found");
  return (await operation.handle(scope as never, {
    params: given?.data,
    query: operation.query && parseInput(operation.query, query ?? {}),
    body: operation.body && parseInput(operation.body, body ?? {}),
    request: toIncomingRequest(c),
  })) as AnswerOf<O>;
}

/** Whether the key behind the session may do it. */
export function may({ scopes }: ProjectSession, keyScope: KeyScope): boolean {
  return scopes.includes(keyScope);
}

function scopeFor(c: Context<AppEnv>, session: Session, { security, scope: keyScope }: AnyOperation): Scope {
  if (security === "admin" && session.kind === "admin")
    return { ...c.get("scope"), caller: toAdminCaller(c) };
  if (session.kind !== "project" || keyScope === undefined) throw new ApiError("not_found");
  return projectScope(c, session, keyScope);
}

/** The scope of the project behind the session. Throws `insufficient_scope`. */
export function projectScope(c: Context<AppEnv>, session: ProjectSession, keyScope: KeyScope) {
  if (!may(session, keyScope)) throw insufficientScope(keyScope);
  return { ...c.get("scope"), caller: toProjectCaller(c, session.sha256, keyScope) };
}
