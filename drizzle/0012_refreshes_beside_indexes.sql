-- What a refresh changes is in no index any more, so that it writes none: the id of the master key is a column of its own,
-- which stays the same, and when Zoom gave the token set is told beside the time at which the clock looks.
DROP INDEX "zoom_oauth_connections_master_key_index";--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "last_refreshed_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
UPDATE "zoom_oauth_connections" SET "last_refreshed_at" = coalesce("access_token_expires_at" - interval '1 hour', "authorized_at");--> statement-breakpoint
-- Last, since it writes the table anew, with room on each page.
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "master_key_id" text GENERATED ALWAYS AS (split_part(credentials, '.', 2)) STORED;--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_master_key_index" ON "zoom_oauth_connections" USING btree ("master_key_id");
