-- Most connections have an event or two, so the planner takes a long history for a short one: for its first page it reads
-- and sorts all of it. With a higher average it follows the order of the index and stops where the page ends.
ALTER TABLE "connection_events" ALTER COLUMN "zoom_oauth_connection_id" SET (n_distinct = -0.005);--> statement-breakpoint
ANALYZE "connection_events";
