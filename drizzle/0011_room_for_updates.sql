-- Leases, back-offs and the times of syncs change no index's column: with room on the row's page they write no index at
-- all (heap-only tuples). Pages that are written from now on leave some.
ALTER TABLE "zoom_oauth_connections" SET (fillfactor = 85);--> statement-breakpoint
-- Sealed texts stay out of the rows, which are read and changed far more often without them; and nothing compresses them.
ALTER TABLE "zoom_oauth_connections" SET (toast_tuple_target = 512);--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ALTER COLUMN "credentials" SET STORAGE EXTERNAL;--> statement-breakpoint
-- Events of every day last for 30 days.
UPDATE "connection_events" SET "expires_at" = "created_at" + interval '30 days'
WHERE "type" IN ('refreshed', 'synced') AND "expires_at" IS NULL;
