-- By hand: how many webhooks a project has, for a statement that adds one only below a limit.
-- A statement sees the rows that were there when it began. Of several that add a webhook at the same moment, each would count
-- without the others' rows, and all would add theirs. This function first locks the project, so that they come one after the
-- other, and then counts. Each query of a volatile function sees what was committed before that query began, so the count has
-- the rows of those that came first. Other work on the project goes on: only changes of its row wait.
CREATE FUNCTION "count_webhooks_alone"("counted_project_id" text) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM FROM "public"."projects" WHERE "id" = "counted_project_id" FOR NO KEY UPDATE;
	RETURN (SELECT count(*) FROM "public"."webhooks" WHERE "project_id" = "counted_project_id");
END $$;
