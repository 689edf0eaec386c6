ALTER TABLE "zoom_oauth_connections" ADD COLUMN "credentials_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "access_token_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "refresh_lease_owner" text;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "refresh_lease_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "is_refresh_unanswered" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "refresh_not_before" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_master_key_index" ON "zoom_oauth_connections" USING btree (split_part("credentials", '.', 2));