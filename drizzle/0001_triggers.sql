-- By hand: everything that src/db/schema.ts cannot say. What the triggers keep, how two tables are stored, what the planner
-- is told, and who may read which migrations were applied.

-- 1. How many connections each app has, by state and by master key.
-- Each change of a connection adds a row with its difference: +1 where a connection came to this sum, -1 where one left it.
-- The cron run folds the rows into one sum for each app and master key. Nobody updates a shared counter, so two changes of
-- one app never wait for each other.
-- On an insert OLD is null, and on a delete NEW is null: WHERE drops that half. A connection never changes its app. A change of
-- state or master key subtracts from one sum and adds to another.
CREATE FUNCTION "count_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "public"."zoom_oauth_app_connection_counts" ("zoom_oauth_app_id", "master_key_id", "connected", "disconnected")
	SELECT change."zoom_oauth_app_id", change."master_key_id",
		sum(change."by" * (change."state" = 'connected')::integer),
		sum(change."by" * (change."state" = 'disconnected')::integer)
	FROM (VALUES
		(OLD."zoom_oauth_app_id", OLD."master_key_id", OLD."state", -1),
		(NEW."zoom_oauth_app_id", NEW."master_key_id", NEW."state", 1)
	) AS change ("zoom_oauth_app_id", "master_key_id", "state", "by")
	WHERE change."zoom_oauth_app_id" IS NOT NULL
	GROUP BY change."zoom_oauth_app_id", change."master_key_id";
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_count_trigger" AFTER INSERT OR DELETE ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "count_zoom_oauth_connection"();--> statement-breakpoint
-- For each row, because only such a trigger can have a condition: a refresh writes credentials with the same master key, and is
-- not counted. The column list names credentials, since master_key_id is generated from them.
CREATE TRIGGER "zoom_oauth_connections_count_change_trigger" AFTER UPDATE OF "state", "credentials" ON "zoom_oauth_connections"
FOR EACH ROW WHEN ((OLD."state", OLD."master_key_id") IS DISTINCT FROM (NEW."state", NEW."master_key_id"))
EXECUTE FUNCTION "count_zoom_oauth_connection"();--> statement-breakpoint

-- 2. When each connection's work is due.
-- A connected connection has one row for its refresh and, where it hands out local recording tokens, one for its sync. Any other
-- connection has none. The triggers see to it whatever statement writes the connection, so that no work is forgotten.
-- INSERT adds the rows that are needed, and DELETE removes those that are not. A row that exists keeps the earlier time.
-- The first refresh is due after 20 to 30 days, at random, so that connections of one busy day are not all refreshed on one day.
-- A new connection's first sync is asked for at once through the queue: the row repeats it after a day, if that message was lost.
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
-- A new grant changes authorized_at: its first sync may be lost as well. The deletion of a connection needs no trigger, since the
-- foreign key deletes its rows.
CREATE TRIGGER "zoom_oauth_connections_reschedule_trigger"
AFTER UPDATE OF "state", "is_local_recording_token_supported", "authorized_at" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	(OLD."state", OLD."is_local_recording_token_supported", OLD."authorized_at")
	IS DISTINCT FROM (NEW."state", NEW."is_local_recording_token_supported", NEW."authorized_at")
) EXECUTE FUNCTION "schedule_zoom_oauth_connection"();--> statement-breakpoint

-- 3. How the connections are stored.
-- Refreshes, leases and syncs change no indexed column. Where the row's page has room for the new version (15 percent stay free),
-- Postgres puts it there and writes no index at all (a heap-only tuple).
ALTER TABLE "zoom_oauth_connections" SET (fillfactor = 85);--> statement-breakpoint
-- Sealed text looks random, and compressing it only costs time.
ALTER TABLE "zoom_oauth_connections" ALTER COLUMN "credentials" SET STORAGE EXTERNAL;--> statement-breakpoint

-- 4. What the planner is told. Both figures take effect with the next ANALYZE, which autovacuum runs as the tables fill.
-- The planner makes a plan before it knows the project, so it assumes one of average size. Where one project owns most of the
-- connections, that average is far too small, and a filter by metadata would read the whole project in place of the metadata
-- index. "Two projects of half the table each" makes the planner choose the more selective index.
ALTER TABLE "zoom_oauth_connections" ALTER COLUMN "project_id" SET (n_distinct = 2);--> statement-breakpoint
-- Most connections have one or two events, so the planner takes a long history for a short one, and reads and sorts all of it for
-- the first page. At 200 events a connection (one connection for 0.005 of the rows) it follows the index and stops where the page ends.
ALTER TABLE "connection_events" ALTER COLUMN "zoom_oauth_connection_id" SET (n_distinct = -0.005);--> statement-breakpoint

-- 5. Which migrations were applied. The Worker compares them with those that it was built with (src/db/schema-version.ts),
-- also where its database role may not change the schema. They are file hashes and times, so any role may read them.
GRANT SELECT ON "public"."schema_migrations" TO PUBLIC;
