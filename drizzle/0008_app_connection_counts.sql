CREATE TABLE "zoom_oauth_app_connection_counts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "zoom_oauth_app_connection_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"zoom_oauth_app_id" text NOT NULL,
	"connected" integer NOT NULL,
	"disconnected" integer NOT NULL,
	"is_folded" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE INDEX "zoom_oauth_app_connection_counts_app_index" ON "zoom_oauth_app_connection_counts" USING btree ("zoom_oauth_app_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_app_connection_counts_change_index" ON "zoom_oauth_app_connection_counts" USING btree ("id") WHERE not "zoom_oauth_app_connection_counts"."is_folded";--> statement-breakpoint
-- From here to the end of the transaction nobody writes a connection, so that each one is counted by the statement
-- below or by the triggers, and none by both. The lock is the one that the removal of the index needs: a weaker one now
-- and this one later could end in a deadlock with a statement that reads and then writes.
LOCK TABLE "zoom_oauth_connections" IN ACCESS EXCLUSIVE MODE;--> statement-breakpoint
-- Null stands for the row that an insert or a delete does not have. A connection never changes its app.
CREATE FUNCTION "count_zoom_oauth_connection"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "public"."zoom_oauth_app_connection_counts" ("zoom_oauth_app_id", "connected", "disconnected") VALUES (
		coalesce(NEW."zoom_oauth_app_id", OLD."zoom_oauth_app_id"),
		coalesce((NEW."state" = 'connected')::integer, 0) - coalesce((OLD."state" = 'connected')::integer, 0),
		coalesce((NEW."state" = 'disconnected')::integer, 0) - coalesce((OLD."state" = 'disconnected')::integer, 0)
	);
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_count_trigger" AFTER INSERT OR DELETE ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "count_zoom_oauth_connection"();--> statement-breakpoint
-- By row, for the condition: a trigger by statement has none, and would collect the rows of every refresh as well.
CREATE TRIGGER "zoom_oauth_connections_count_state_trigger" AFTER UPDATE OF "state" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (OLD."state" IS DISTINCT FROM NEW."state") EXECUTE FUNCTION "count_zoom_oauth_connection"();--> statement-breakpoint
INSERT INTO "zoom_oauth_app_connection_counts" ("zoom_oauth_app_id", "connected", "disconnected", "is_folded")
SELECT "zoom_oauth_app_id", count(*) FILTER (WHERE "state" = 'connected'), count(*) FILTER (WHERE "state" = 'disconnected'), true
FROM "zoom_oauth_connections" GROUP BY "zoom_oauth_app_id";--> statement-breakpoint
-- After the count, which reads nothing but this index.
DROP INDEX "zoom_oauth_connections_app_state_index";
