-- Written by hand: what a day's counts are made of (src/db/daily-counts.ts).
-- Each trigger adds a row for one change, and a cron run folds the rows, so that no two changes wait for each other. A refresh
-- that fails changes no row that tells why, so its own statement counts it.

-- The name of what is counted is the trigger's argument. Only the end of a connection has a reason: its failure code, or "removed"
-- for one that was removed while it was connected.
CREATE FUNCTION "count_of_day"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	"owner" text := coalesce(NEW."project_id", OLD."project_id");
	"why" text;
BEGIN
	IF TG_OP = 'DELETE' THEN
		"why" := 'removed';
	ELSIF TG_ARGV[0] = 'disconnected' THEN
		"why" := NEW."connection_failure_data" ->> 'code';
	END IF;
	INSERT INTO "public"."project_daily_counts" ("project_id", "counted", "reason")
	SELECT "owner", TG_ARGV[0], "why"
	-- A connection that goes with its whole project is counted nowhere.
	WHERE TG_OP <> 'DELETE' OR EXISTS (SELECT FROM "public"."projects" WHERE "projects"."id" = "owner");
	RETURN NULL;
END $$;--> statement-breakpoint

CREATE TRIGGER "zoom_oauth_connections_day_insert_trigger" AFTER INSERT ON "zoom_oauth_connections"
FOR EACH ROW WHEN (NEW."state" = 'connected') EXECUTE FUNCTION "count_of_day"('connected');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_day_connected_trigger" AFTER UPDATE OF "state" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (OLD."state" <> 'connected' AND NEW."state" = 'connected')
EXECUTE FUNCTION "count_of_day"('connected');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_day_disconnected_trigger" AFTER UPDATE OF "state" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (OLD."state" = 'connected' AND NEW."state" <> 'connected')
EXECUTE FUNCTION "count_of_day"('disconnected');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_day_delete_trigger" AFTER DELETE ON "zoom_oauth_connections"
FOR EACH ROW WHEN (OLD."state" = 'connected') EXECUTE FUNCTION "count_of_day"('disconnected');--> statement-breakpoint

CREATE TRIGGER "connection_events_day_refreshed_trigger" AFTER INSERT ON "connection_events"
FOR EACH ROW WHEN (NEW."type" = 'refreshed') EXECUTE FUNCTION "count_of_day"('refreshed');--> statement-breakpoint
CREATE TRIGGER "connection_events_day_issued_trigger" AFTER INSERT ON "connection_events"
FOR EACH ROW WHEN (NEW."type" = 'token_issued') EXECUTE FUNCTION "count_of_day"('token_issued');--> statement-breakpoint

CREATE TRIGGER "webhook_deliveries_day_succeeded_trigger" AFTER UPDATE OF "state" ON "webhook_deliveries"
FOR EACH ROW WHEN (OLD."state" = 'pending' AND NEW."state" = 'succeeded')
EXECUTE FUNCTION "count_of_day"('delivery_succeeded');--> statement-breakpoint
CREATE TRIGGER "webhook_deliveries_day_failed_trigger" AFTER UPDATE OF "state" ON "webhook_deliveries"
FOR EACH ROW WHEN (OLD."state" = 'pending' AND NEW."state" = 'failed')
EXECUTE FUNCTION "count_of_day"('delivery_failed');
