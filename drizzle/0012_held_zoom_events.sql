CREATE TABLE "held_zoom_events" (
	"event_key" text NOT NULL,
	"zoom_oauth_app_id" text NOT NULL,
	"account_id" text,
	"event" jsonb NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "held_zoom_events_event_key_zoom_oauth_app_id_pk" PRIMARY KEY("event_key","zoom_oauth_app_id")
);
--> statement-breakpoint
ALTER TABLE "held_zoom_events" ADD CONSTRAINT "held_zoom_events_zoom_oauth_app_id_zoom_oauth_apps_id_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "held_zoom_events_received_at_index" ON "held_zoom_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "held_zoom_events_zoom_oauth_app_id_index" ON "held_zoom_events" USING btree ("zoom_oauth_app_id");