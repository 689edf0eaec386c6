-- Leases, back-offs and the times of syncs change no index's column: with room on the row's page they write no index at
-- all (heap-only tuples). Pages that are written from now on leave some.
ALTER TABLE "zoom_oauth_connections" SET (fillfactor = 85);--> statement-breakpoint
-- Events of every day last for 30 days.
UPDATE "connection_events" SET "expires_at" = "created_at" + interval '30 days'
WHERE "type" IN ('refreshed', 'synced') AND "expires_at" IS NULL;
