-- From here to the end of the transaction nobody writes a connection, so that each one is scheduled by the statement below
-- or by the triggers. The lock is the one that the removal of the columns needs.
LOCK TABLE "zoom_oauth_connections" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
CREATE TABLE "zoom_oauth_connection_schedules" (
	"zoom_oauth_connection_id" text NOT NULL,
	"work" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	CONSTRAINT "zoom_oauth_connection_schedules_pkey" PRIMARY KEY("zoom_oauth_connection_id","work"),
	CONSTRAINT "zoom_oauth_connection_schedules_work_check" CHECK ("zoom_oauth_connection_schedules"."work" in ('refresh', 'sync'))
);
--> statement-breakpoint
INSERT INTO "zoom_oauth_connection_schedules" ("zoom_oauth_connection_id", "work", "due_at")
SELECT "id", 'refresh', "next_refresh_at" FROM "zoom_oauth_connections" WHERE "state" = 'connected'
UNION ALL
SELECT "id", 'sync', "next_sync_at" FROM "zoom_oauth_connections" WHERE "state" = 'connected' AND "is_local_recording_token_supported";--> statement-breakpoint
ALTER TABLE "zoom_oauth_connection_schedules" ADD CONSTRAINT "zoom_oauth_connection_schedules_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "zoom_oauth_connection_schedules_due_index" ON "zoom_oauth_connection_schedules" USING btree ("work","due_at");--> statement-breakpoint
-- Whoever connects asks for a sync at once: this is when the clock asks, should that be lost. Refreshes are
-- spread, so that a busy day does not come back as one. What is scheduled earlier stays.
CREATE FUNCTION "schedule_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "public"."zoom_oauth_connection_schedules" AS schedule ("zoom_oauth_connection_id", "work", "due_at")
	SELECT NEW."id", needed."work", needed."due_at" FROM (VALUES
		('refresh', now() + interval '30 days' - random() * interval '10 days', true),
		('sync', now() + interval '24 hours', NEW."is_local_recording_token_supported")
	) AS needed ("work", "due_at", "is_needed")
	WHERE NEW."state" = 'connected' AND needed."is_needed"
	ON CONFLICT ("zoom_oauth_connection_id", "work") DO UPDATE SET "due_at" = least(schedule."due_at", excluded."due_at");
	DELETE FROM "public"."zoom_oauth_connection_schedules"
	WHERE "zoom_oauth_connection_id" = NEW."id"
		AND (NEW."state" <> 'connected' OR ("work" = 'sync' AND NOT NEW."is_local_recording_token_supported"));
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_schedule_trigger" AFTER INSERT ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "schedule_zoom_oauth_connection"();--> statement-breakpoint
-- A new grant schedules too: its first sync may be lost as that of a new connection may.
CREATE TRIGGER "zoom_oauth_connections_reschedule_trigger"
AFTER UPDATE OF "state", "is_local_recording_token_supported", "authorized_at" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	(OLD."state", OLD."is_local_recording_token_supported", OLD."authorized_at")
	IS DISTINCT FROM (NEW."state", NEW."is_local_recording_token_supported", NEW."authorized_at")
) EXECUTE FUNCTION "schedule_zoom_oauth_connection"();--> statement-breakpoint
DROP INDEX "zoom_oauth_connections_next_refresh_at_index";--> statement-breakpoint
DROP INDEX "zoom_oauth_connections_next_sync_at_index";--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" DROP COLUMN "next_refresh_at";--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" DROP COLUMN "next_sync_at";
