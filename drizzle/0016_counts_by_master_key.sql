-- Both, and in the order in which a write of a connection takes them: the counts are made anew from the connections.
LOCK TABLE "zoom_oauth_connections" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
LOCK TABLE "zoom_oauth_app_connection_counts" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
ALTER TABLE "zoom_oauth_app_connection_counts" ADD COLUMN "master_key_id" text;--> statement-breakpoint
-- Null stands for the row that an insert or a delete does not have. A connection never changes its app; where its key
-- changes, it leaves one sum for another.
CREATE OR REPLACE FUNCTION "count_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER "zoom_oauth_connections_count_state_trigger" ON "zoom_oauth_connections";--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_count_change_trigger" AFTER UPDATE OF "state", "credentials" ON "zoom_oauth_connections"
FOR EACH ROW WHEN ((OLD."state", OLD."master_key_id") IS DISTINCT FROM (NEW."state", NEW."master_key_id"))
EXECUTE FUNCTION "count_zoom_oauth_connection"();--> statement-breakpoint
DELETE FROM "zoom_oauth_app_connection_counts";--> statement-breakpoint
INSERT INTO "zoom_oauth_app_connection_counts" ("zoom_oauth_app_id", "master_key_id", "connected", "disconnected", "is_folded")
SELECT "zoom_oauth_app_id", "master_key_id", count(*) FILTER (WHERE "state" = 'connected'), count(*) FILTER (WHERE "state" = 'disconnected'), true
FROM "zoom_oauth_connections" GROUP BY "zoom_oauth_app_id", "master_key_id";
