-- When a grant ended, and which one it was, where Zoom's word about it and the grant itself meet in another order than they came about.
-- The tables are generated, the functions below them are written by hand. The Worker of the release before works with both.
ALTER TABLE "token_journal" ADD COLUMN "off_since" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "token_journal_checks" ADD COLUMN "removed_authorized_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_events" ADD COLUMN "ended_user_sha256" text;--> statement-breakpoint
ALTER TABLE "zoom_events" ADD COLUMN "ended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD COLUMN "is_grant_doubted" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "zoom_events_ended_user_index" ON "zoom_events" USING btree ("zoom_oauth_app_id","ended_user_sha256") WHERE "zoom_events"."ended_user_sha256" is not null;--> statement-breakpoint
-- The tombstone of erased credentials names the authorization that they came from, so that it keeps out no grant that Zoom gave before
-- the removal was told, and that was stored after it.
CREATE OR REPLACE FUNCTION "check_token_journal"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	"is_kept" boolean := coalesce(NEW."credentials" IS NOT NULL, false);
BEGIN
	INSERT INTO "public"."token_journal_checks"
		("zoom_oauth_connection_id", "credentials_version", "row_updated_at", "removed_at", "removal_code", "removed_authorized_at")
	SELECT coalesce(NEW."id", OLD."id"),
		CASE WHEN "is_kept" THEN NEW."credentials_version" END, CASE WHEN "is_kept" THEN NEW."updated_at" END,
		CASE WHEN NOT "is_kept" THEN now() END,
		CASE WHEN NOT "is_kept" THEN NEW."connection_failure_data" ->> 'code' END,
		CASE WHEN NOT "is_kept" THEN NEW."authorized_at" END
	WHERE EXISTS (SELECT FROM "public"."token_journal")
	ON CONFLICT ("zoom_oauth_connection_id") DO UPDATE SET
		"credentials_version" = excluded."credentials_version", "row_updated_at" = excluded."row_updated_at",
		"removed_at" = excluded."removed_at", "removal_code" = excluded."removal_code",
		"removed_authorized_at" = excluded."removed_authorized_at", "due_at" = excluded."due_at";
	RETURN NULL;
END $$;--> statement-breakpoint
-- A doubted grant is refreshed at once.
CREATE OR REPLACE FUNCTION "schedule_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."state" = 'connected' THEN
		INSERT INTO "public"."zoom_oauth_connection_schedules" AS schedule ("zoom_oauth_connection_id", "work", "due_at")
		SELECT NEW."id", needed."work", needed."due_at" FROM (VALUES
			('refresh', CASE WHEN NEW."is_grant_doubted" THEN now() ELSE now() + interval '30 days' - random() * interval '10 days' END, true),
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
