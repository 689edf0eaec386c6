-- Written by hand: who changed what, and that a disabled key takes the keys with it that it made.

-- 1. The audit.
-- Each trigger names the kind of object and what happened to it. Who did it, and from where, the statement of the change has
-- said in two settings of its transaction (src/db/actor.ts); where it has said nothing, the service did it by itself. A change and
-- its audit event are one statement, so that neither exists without the other.
-- A text that is sealed anew with another master key is no change.
CREATE FUNCTION "audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	"actor" text := coalesce(nullif(current_setting('audit.actor', true), ''), 'service');
	"origin" text := coalesce(current_setting('audit.origin', true), '');
	"object_id" text := coalesce(NEW."id", OLD."id");
	"owner" text;
BEGIN
	IF "actor" = 'sealing' THEN RETURN NULL; END IF;
	IF TG_TABLE_NAME = 'projects' THEN "owner" := "object_id"; ELSE "owner" := coalesce(NEW."project_id", OLD."project_id"); END IF;
	INSERT INTO "public"."audit_events"
		("project_id", "actor_type", "actor_id", "action", "object_type", "object_id", "ip_address", "request_id")
	SELECT "owner", split_part("actor", ' ', 1), nullif(split_part("actor", ' ', 2), ''),
		TG_ARGV[0] || '.' || TG_ARGV[1], TG_ARGV[0], "object_id",
		nullif(split_part("origin", ' ', 1), ''), nullif(split_part("origin", ' ', 2), '')
	-- An object that goes with its whole project leaves no trace.
	WHERE TG_OP <> 'DELETE' OR EXISTS (SELECT FROM "public"."projects" WHERE "projects"."id" = "owner");
	RETURN NULL;
END $$;--> statement-breakpoint

CREATE TRIGGER "projects_audit_insert_trigger" AFTER INSERT ON "projects"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('project', 'created');--> statement-breakpoint
CREATE TRIGGER "projects_audit_update_trigger" AFTER UPDATE OF "name" ON "projects"
FOR EACH ROW WHEN (OLD."name" <> NEW."name") EXECUTE FUNCTION "audit_change"('project', 'updated');--> statement-breakpoint
CREATE TRIGGER "projects_audit_suspension_trigger" AFTER UPDATE OF "suspended_at" ON "projects"
FOR EACH ROW WHEN (OLD."suspended_at" IS NULL AND NEW."suspended_at" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('project', 'suspended');--> statement-breakpoint
CREATE TRIGGER "projects_audit_resumption_trigger" AFTER UPDATE OF "suspended_at" ON "projects"
FOR EACH ROW WHEN (OLD."suspended_at" IS NOT NULL AND NEW."suspended_at" IS NULL)
EXECUTE FUNCTION "audit_change"('project', 'resumed');--> statement-breakpoint
CREATE TRIGGER "projects_audit_revocation_trigger" AFTER UPDATE OF "revocation_requested_at" ON "projects"
FOR EACH ROW WHEN (OLD."revocation_requested_at" IS NULL AND NEW."revocation_requested_at" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('project', 'revocation_requested');--> statement-breakpoint
CREATE TRIGGER "projects_audit_first_secret_trigger" AFTER UPDATE OF "webhook_secret" ON "projects"
FOR EACH ROW WHEN (OLD."webhook_secret" IS NULL AND NEW."webhook_secret" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('webhook_secret', 'created');--> statement-breakpoint
CREATE TRIGGER "projects_audit_secret_trigger" AFTER UPDATE OF "webhook_secret" ON "projects"
FOR EACH ROW WHEN (OLD."webhook_secret" IS NOT NULL AND OLD."webhook_secret" <> NEW."webhook_secret")
EXECUTE FUNCTION "audit_change"('webhook_secret', 'rotated');--> statement-breakpoint

CREATE TRIGGER "api_keys_audit_insert_trigger" AFTER INSERT ON "api_keys"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('api_key', 'created');--> statement-breakpoint
CREATE TRIGGER "api_keys_audit_disable_trigger" AFTER UPDATE OF "disabled_at" ON "api_keys"
FOR EACH ROW WHEN (OLD."disabled_at" IS NULL AND NEW."disabled_at" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('api_key', 'disabled');--> statement-breakpoint

CREATE TRIGGER "zoom_oauth_apps_audit_insert_trigger" AFTER INSERT ON "zoom_oauth_apps"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('zoom_oauth_app', 'created');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_apps_audit_update_trigger"
AFTER UPDATE OF "name", "client_secret", "webhook_secret", "allowed_return_origins" ON "zoom_oauth_apps"
FOR EACH ROW WHEN (
	(OLD."name", OLD."client_secret", OLD."webhook_secret", OLD."allowed_return_origins")
	IS DISTINCT FROM (NEW."name", NEW."client_secret", NEW."webhook_secret", NEW."allowed_return_origins")
) EXECUTE FUNCTION "audit_change"('zoom_oauth_app', 'updated');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_apps_audit_mark_trigger" AFTER UPDATE OF "credentials_invalid_at" ON "zoom_oauth_apps"
FOR EACH ROW WHEN (OLD."credentials_invalid_at" IS NULL AND NEW."credentials_invalid_at" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('zoom_oauth_app', 'credentials_refused');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_apps_audit_unmark_trigger" AFTER UPDATE OF "credentials_invalid_at" ON "zoom_oauth_apps"
FOR EACH ROW WHEN (OLD."credentials_invalid_at" IS NOT NULL AND NEW."credentials_invalid_at" IS NULL)
EXECUTE FUNCTION "audit_change"('zoom_oauth_app', 'credentials_accepted');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_apps_audit_delete_trigger" AFTER DELETE ON "zoom_oauth_apps"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('zoom_oauth_app', 'deleted');--> statement-breakpoint

CREATE TRIGGER "zoom_oauth_connections_audit_insert_trigger" AFTER INSERT ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'created');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_audit_disconnect_trigger"
AFTER UPDATE OF "state" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	OLD."state" = 'connected' AND NEW."state" = 'disconnected'
	AND NEW."connection_failure_data" ->> 'code' IS DISTINCT FROM 'exported'
) EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'disconnected');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_audit_export_trigger"
AFTER UPDATE OF "state" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	OLD."connection_failure_data" ->> 'code' IS DISTINCT FROM 'exported' AND NEW."connection_failure_data" ->> 'code' = 'exported'
) EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'exported');--> statement-breakpoint
-- A refresh changes neither the state nor the time of the grant.
CREATE TRIGGER "zoom_oauth_connections_audit_reconnect_trigger"
AFTER UPDATE OF "state", "authorized_at" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	NEW."state" = 'connected' AND (OLD."state", OLD."authorized_at") IS DISTINCT FROM (NEW."state", NEW."authorized_at")
) EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'reconnected');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_audit_update_trigger"
AFTER UPDATE OF "metadata", "is_local_recording_token_supported", "is_onbehalf_token_supported" ON "zoom_oauth_connections"
FOR EACH ROW WHEN (
	(OLD."state", OLD."authorized_at") IS NOT DISTINCT FROM (NEW."state", NEW."authorized_at")
	AND (OLD."metadata", OLD."is_local_recording_token_supported", OLD."is_onbehalf_token_supported")
	IS DISTINCT FROM (NEW."metadata", NEW."is_local_recording_token_supported", NEW."is_onbehalf_token_supported")
) EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'updated');--> statement-breakpoint
CREATE TRIGGER "zoom_oauth_connections_audit_delete_trigger" AFTER DELETE ON "zoom_oauth_connections"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('zoom_oauth_connection', 'deleted');--> statement-breakpoint

CREATE TRIGGER "webhooks_audit_insert_trigger" AFTER INSERT ON "webhooks"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('webhook', 'created');--> statement-breakpoint
CREATE TRIGGER "webhooks_audit_pause_trigger" AFTER UPDATE OF "paused_at" ON "webhooks"
FOR EACH ROW WHEN (OLD."paused_at" IS NULL AND NEW."paused_at" IS NOT NULL)
EXECUTE FUNCTION "audit_change"('webhook', 'paused');--> statement-breakpoint
CREATE TRIGGER "webhooks_audit_update_trigger" AFTER UPDATE OF "url", "triggers", "is_active" ON "webhooks"
FOR EACH ROW WHEN (
	(OLD."url", OLD."triggers", OLD."is_active") IS DISTINCT FROM (NEW."url", NEW."triggers", NEW."is_active")
	AND (OLD."paused_at" IS NOT NULL OR NEW."paused_at" IS NULL)
) EXECUTE FUNCTION "audit_change"('webhook', 'updated');--> statement-breakpoint
CREATE TRIGGER "webhooks_audit_delete_trigger" AFTER DELETE ON "webhooks"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('webhook', 'deleted');--> statement-breakpoint

CREATE TRIGGER "token_links_audit_insert_trigger" AFTER INSERT ON "token_links"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('token_link', 'created');--> statement-breakpoint
-- A use of a link is an event of the connection.
CREATE TRIGGER "token_links_audit_update_trigger"
AFTER UPDATE OF "name", "is_active", "verification_secret" ON "token_links"
FOR EACH ROW WHEN (
	(OLD."name", OLD."is_active", OLD."verification_secret")
	IS DISTINCT FROM (NEW."name", NEW."is_active", NEW."verification_secret")
) EXECUTE FUNCTION "audit_change"('token_link', 'updated');--> statement-breakpoint
CREATE TRIGGER "token_links_audit_delete_trigger" AFTER DELETE ON "token_links"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('token_link', 'deleted');--> statement-breakpoint

CREATE TRIGGER "connect_sessions_audit_insert_trigger" AFTER INSERT ON "connect_sessions"
FOR EACH ROW EXECUTE FUNCTION "audit_change"('connect_session', 'created');--> statement-breakpoint
CREATE TRIGGER "connect_sessions_audit_complete_trigger" AFTER UPDATE OF "state" ON "connect_sessions"
FOR EACH ROW WHEN (OLD."state" <> NEW."state" AND NEW."state" = 'completed')
EXECUTE FUNCTION "audit_change"('connect_session', 'completed');--> statement-breakpoint
CREATE TRIGGER "connect_sessions_audit_fail_trigger" AFTER UPDATE OF "state" ON "connect_sessions"
FOR EACH ROW WHEN (OLD."state" <> NEW."state" AND NEW."state" = 'failed')
EXECUTE FUNCTION "audit_change"('connect_session', 'failed');--> statement-breakpoint
CREATE TRIGGER "connect_sessions_audit_cancel_trigger" AFTER UPDATE OF "state" ON "connect_sessions"
FOR EACH ROW WHEN (OLD."state" <> NEW."state" AND NEW."state" = 'cancelled')
EXECUTE FUNCTION "audit_change"('connect_session', 'cancelled');--> statement-breakpoint
CREATE TRIGGER "connect_sessions_audit_expire_trigger" AFTER UPDATE OF "state" ON "connect_sessions"
FOR EACH ROW WHEN (OLD."state" <> NEW."state" AND NEW."state" = 'expired')
EXECUTE FUNCTION "audit_change"('connect_session', 'expired');--> statement-breakpoint

-- 2. A disabled key disables the keys that it made, and those the keys that they made.
-- In a trigger, because a statement of its own sees what was committed while the disabling waited for a key that was being made.
CREATE FUNCTION "disable_made_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	UPDATE "public"."api_keys" SET "disabled_at" = NEW."disabled_at"
	WHERE "created_by_key_id" = NEW."id" AND "disabled_at" IS NULL;
	RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER "api_keys_disable_trigger" AFTER UPDATE OF "disabled_at" ON "api_keys"
FOR EACH ROW WHEN (OLD."disabled_at" IS NULL AND NEW."disabled_at" IS NOT NULL)
EXECUTE FUNCTION "disable_made_keys"();
