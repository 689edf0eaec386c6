-- A user's connections are found by the unique key, with the project's apps: every write of a new version writes an index less.
DROP INDEX "zoom_oauth_connections_user_id_index";