-- Written by hand: what the token journal must hear of (src/db/token-journal.ts).
-- Each change of a connection's token set or of its other facts writes a check of its entry, in the statement of the change, so
-- that no entry is forgotten: neither where the Worker ends between the row and the entry, nor where a statement removes many
-- rows at once. Where the journal is off, which is where "token_journal" has no row, none is written.
-- A lease, a sync or a text that is sealed anew changes neither of the two columns.
CREATE FUNCTION "check_token_journal"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	"is_kept" boolean := coalesce(NEW."credentials" IS NOT NULL, false);
BEGIN
	INSERT INTO "public"."token_journal_checks"
		("zoom_oauth_connection_id", "credentials_version", "row_updated_at", "removed_at", "removal_code")
	SELECT coalesce(NEW."id", OLD."id"),
		CASE WHEN "is_kept" THEN NEW."credentials_version" END, CASE WHEN "is_kept" THEN NEW."updated_at" END,
		CASE WHEN NOT "is_kept" THEN now() END,
		CASE WHEN NOT "is_kept" THEN NEW."connection_failure_data" ->> 'code' END
	WHERE EXISTS (SELECT FROM "public"."token_journal")
	ON CONFLICT ("zoom_oauth_connection_id") DO UPDATE SET
		"credentials_version" = excluded."credentials_version", "row_updated_at" = excluded."row_updated_at",
		"removed_at" = excluded."removed_at", "removal_code" = excluded."removal_code", "due_at" = excluded."due_at";
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_journal_trigger" AFTER INSERT OR DELETE ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "check_token_journal"();--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_journal_change_trigger"
AFTER UPDATE OF "credentials_version", "updated_at" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	(OLD."credentials_version", OLD."updated_at") IS DISTINCT FROM (NEW."credentials_version", NEW."updated_at")
) EXECUTE FUNCTION "check_token_journal"();
