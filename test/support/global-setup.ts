// Once for all test files: the built Worker, a real Postgres, and a migrated database to copy from.

import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildWorker } from "../../dev/build.ts";
import { applyMigrations } from "../../dev/migrate.ts";
import { freePort } from "../../dev/ports.ts";
import { startPostgres } from "../../dev/postgres.ts";
import { grantWorkerRole, LOCAL_WORKER_ROLE } from "../../dev/worker-role.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresPort: number;
    /** Connection strings without a database's name: the owner's, and the one that the Worker logs in with. */
    ownerUrl: string;
    workerUrl: string;
    templateDatabase: string;
    workerDir: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { dir: workerDir } = buildWorker();
  const postgres = await startPostgres({
    dataDir: join(tmpdir(), `zoom-oauth-connections-${randomUUID()}`),
    port: await freePort(),
    persistent: false,
  });
  const templateDatabase = "migrated";
  await postgres.createDatabase(templateDatabase);
  await applyMigrations(postgres.url(templateDatabase));
  const workerUrl = await grantWorkerRole(postgres.url(templateDatabase), {
    name: LOCAL_WORKER_ROLE,
    password: randomUUID(),
  });
  project.provide("postgresPort", postgres.port);
  project.provide("ownerUrl", withoutDatabase(postgres.url(templateDatabase)));
  project.provide("workerUrl", withoutDatabase(workerUrl));
  project.provide("templateDatabase", templateDatabase);
  project.provide("workerDir", workerDir);
  return async () => await postgres.stop();
}

function withoutDatabase(connectionString: string): string {
  return connectionString.slice(0, connectionString.lastIndexOf("/"));
}
