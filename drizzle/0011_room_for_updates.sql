-- Both at once, before anything else needs one of them: a statement that reads one and writes the other could end in a
-- deadlock with the changes of this and the next migrations.
LOCK TABLE "connection_events", "zoom_oauth_connections" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
-- Leases, back-offs and the times of syncs change no index's column: with room on the row's page they write no index of
-- the table at all (heap-only tuples).
ALTER TABLE "zoom_oauth_connections" SET (fillfactor = 85);--> statement-breakpoint
-- Nothing compresses a sealed text.
ALTER TABLE "zoom_oauth_connections" ALTER COLUMN "credentials" SET STORAGE EXTERNAL;--> statement-breakpoint
-- Events of every day last for 30 days.
UPDATE "connection_events" SET "expires_at" = "created_at" + interval '30 days'
WHERE "type" IN ('refreshed', 'synced') AND "expires_at" IS NULL;
