// Zoom OAuth apps of a project.

import { and, eq } from "drizzle-orm";
import type { Database } from "./client.ts";
import { zoomOAuthApps } from "./schema.ts";

export type ZoomOAuthAppRow = typeof zoomOAuthApps.$inferSelect;
export type NewZoomOAuthApp = Pick<
  ZoomOAuthAppRow,
  "id" | "project_id" | "name" | "client_id" | "client_secret" | "webhook_secret"
>;

/** Adds an app; null where the project already has one with this client id. Secrets come sealed. */
export async function insertZoomOAuthApp(
  db: Database,
  app: NewZoomOAuthApp,
): Promise<ZoomOAuthAppRow | null> {
  const [row] = await db
    .insert(zoomOAuthApps)
    .values(app)
    .onConflictDoNothing({ target: [zoomOAuthApps.project_id, zoomOAuthApps.client_id] })
    .returning();
  return row ?? null;
}

/** What the exchange of a code needs of an app. Its client secret is sealed. */
export async function findZoomOAuthApp(
  db: Database,
  key: { projectId: string; id: string },
): Promise<ZoomOAuthAppRow | null> {
  const [row] = await db
    .select()
    .from(zoomOAuthApps)
    .where(and(eq(zoomOAuthApps.project_id, key.projectId), eq(zoomOAuthApps.id, key.id)));
  return row ?? null;
}
