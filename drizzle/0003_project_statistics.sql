-- A statement learns its project only while it runs, so the planner assumes an average one. Where one project has
-- most of the connections, that average is far too small, and a filter by metadata then reads all of the project
-- instead of the metadata index. Two projects of half the table each make it choose the more selective index.
ALTER TABLE "zoom_oauth_connections" ALTER COLUMN "project_id" SET (n_distinct = 2);--> statement-breakpoint
ANALYZE "zoom_oauth_connections";
