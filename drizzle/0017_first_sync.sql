-- Written by hand: a new grant's first sync comes due after ten minutes instead of a day. It is asked for at once through the
-- queue; where that message was lost, a cron run asks again while somebody still waits for the user's meetings.
CREATE OR REPLACE FUNCTION "schedule_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."state" = 'connected' THEN
		INSERT INTO "public"."zoom_oauth_connection_schedules" AS schedule ("zoom_oauth_connection_id", "work", "due_at")
		SELECT NEW."id", needed."work", needed."due_at" FROM (VALUES
			('refresh', now() + interval '30 days' - random() * interval '10 days', true),
			('sync', now() + interval '10 minutes', NEW."is_local_recording_token_supported")
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
