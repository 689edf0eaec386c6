ALTER TABLE "connection_events" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "connection_events_expires_at_index" ON "connection_events" USING btree ("expires_at") WHERE "connection_events"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "projects_created_at_index" ON "projects" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_state_index" ON "zoom_oauth_connections" USING btree ("project_id","state","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_account_id_index" ON "zoom_oauth_connections" USING btree ("project_id","account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_app_index" ON "zoom_oauth_connections" USING btree ("project_id","zoom_oauth_app_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_user_id_index" ON "zoom_oauth_connections" USING btree ("project_id","user_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_app_state_index" ON "zoom_oauth_connections" USING btree ("zoom_oauth_app_id","state");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_metadata_index" ON "zoom_oauth_connections" USING gin ("metadata" jsonb_path_ops);