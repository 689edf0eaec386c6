CREATE TABLE "zoom_oauth_exports" (
	"zoom_oauth_connection_id" text PRIMARY KEY NOT NULL,
	"api_key_id" text NOT NULL,
	"credentials" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "zoom_oauth_exports" ADD CONSTRAINT "zoom_oauth_exports_zoom_oauth_connection_id_zoom_oauth_connections_id_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "zoom_oauth_exports_expires_at_index" ON "zoom_oauth_exports" USING btree ("expires_at");