-- Written by hand: access tokens that one actor gets within a minute are one event with a count (src/db/connection-events.ts), so
-- that the day's count grows by what the event's count grows.
-- This trigger takes the place of one that counted new rows only: a row may stand for several tokens now, and may grow.
CREATE FUNCTION "count_issued_tokens"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	"issued" bigint := coalesce((NEW."data" ->> 'count')::bigint, 1);
BEGIN
	IF TG_OP = 'UPDATE' THEN
		"issued" := "issued" - coalesce((OLD."data" ->> 'count')::bigint, 1);
	END IF;
	INSERT INTO "public"."project_daily_counts" ("project_id", "counted", "count")
	VALUES (NEW."project_id", 'token_issued', "issued");
	RETURN NULL;
END $$;--> statement-breakpoint
DROP TRIGGER "connection_events_day_issued_trigger" ON "connection_events";--> statement-breakpoint
CREATE TRIGGER "connection_events_day_issued_trigger" AFTER INSERT ON "connection_events"
FOR EACH ROW WHEN (NEW."type" = 'token_issued') EXECUTE FUNCTION "count_issued_tokens"();--> statement-breakpoint
CREATE TRIGGER "connection_events_day_issued_again_trigger" AFTER UPDATE OF "data" ON "connection_events"
FOR EACH ROW WHEN (NEW."type" = 'token_issued') EXECUTE FUNCTION "count_issued_tokens"();--> statement-breakpoint

-- A new connection has no rows to move or to remove: only a change looks for them.
CREATE OR REPLACE FUNCTION "schedule_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."state" = 'connected' THEN
		INSERT INTO "public"."zoom_oauth_connection_schedules" AS schedule ("zoom_oauth_connection_id", "work", "due_at")
		SELECT NEW."id", needed."work", needed."due_at" FROM (VALUES
			('refresh', now() + interval '30 days' - random() * interval '10 days', true),
			('sync', now() + interval '24 hours', NEW."is_local_recording_token_supported")
		) AS needed ("work", "due_at", "is_needed")
		WHERE needed."is_needed"
		ON CONFLICT ("zoom_oauth_connection_id", "work") DO UPDATE SET "due_at" = least(schedule."due_at", excluded."due_at");
	END IF;
	IF TG_OP = 'UPDATE' THEN
		DELETE FROM "public"."zoom_oauth_connection_schedules"
		WHERE "zoom_oauth_connection_id" = NEW."id"
			AND (NEW."state" <> 'connected' OR ("work" = 'sync' AND NOT NEW."is_local_recording_token_supported"));
	END IF;
	RETURN NULL;
END $$;
