-- A foreign key looked the connection up for each schedule row of a new one: a twentieth of what a create costs the database. Only
-- triggers of the connection add such rows, while its own row is locked by the change that they belong to, so none can outlive it.
-- The trigger below does what the key did besides: the rows end with their connection. The statements of it are written by hand.
CREATE FUNCTION "end_zoom_oauth_connection_schedule"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM "public"."zoom_oauth_connection_schedules" WHERE "zoom_oauth_connection_id" = OLD."id";
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_end_schedule_trigger" AFTER DELETE ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "end_zoom_oauth_connection_schedule"();--> statement-breakpoint
ALTER TABLE "zoom_oauth_connection_schedules" DROP CONSTRAINT "zoom_oauth_connection_schedules_zoom_oauth_connection_fk";
