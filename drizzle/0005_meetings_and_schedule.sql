CREATE TABLE "zoom_events" (
	"zoom_oauth_app_id" text NOT NULL,
	"event_key" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zoom_events_zoom_oauth_app_id_event_key_pk" PRIMARY KEY("zoom_oauth_app_id","event_key")
);
--> statement-breakpoint
ALTER TABLE "zoom_oauth_apps" ADD COLUMN "api_not_before" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "next_refresh_at" timestamp with time zone DEFAULT now() + interval '30 days' - random() * interval '10 days' NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "next_sync_at" timestamp with time zone DEFAULT now() + interval '7 days' - random() * interval '3 days' NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "sync_lease_owner" text;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "sync_lease_expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_events" ADD CONSTRAINT "zoom_events_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "zoom_events_received_at_index" ON "zoom_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_next_refresh_at_index" ON "zoom_oauth_connections" USING btree ("next_refresh_at") WHERE "zoom_oauth_connections"."state" = 'connected';--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_next_sync_at_index" ON "zoom_oauth_connections" USING btree ("next_sync_at") WHERE "zoom_oauth_connections"."state" = 'connected' and "zoom_oauth_connections"."is_local_recording_token_supported";