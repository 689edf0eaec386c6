// What a project's suspension stops beside its API keys (project-key.ts): each statement that works for the project by
// itself asks whether it may.

import { type SQL, sql } from "drizzle-orm";
import { as, type Expression } from "./columns.ts";
import { projects } from "./schema.ts";

const suspended = as(projects, "suspended");

/** The project is not suspended. */
export function isAtWork(projectId: Expression): SQL {
  return sql`not ${isSuspended(projectId)}`;
}

/** The operator has suspended the project. */
export function isSuspended(projectId: Expression): SQL {
  return sql`exists (
    select from ${projects} suspended where ${suspended.id} = ${projectId} and ${suspended.suspended_at} is not null
  )`;
}
