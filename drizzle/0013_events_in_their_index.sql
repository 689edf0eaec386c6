-- A page of a connection's events is read from the index alone.
DROP INDEX "connection_events_zoom_oauth_connection_id_index";--> statement-breakpoint
CREATE INDEX "connection_events_zoom_oauth_connection_id_index" ON "connection_events" USING btree ("zoom_oauth_connection_id","created_at","id","project_id","type","data");
