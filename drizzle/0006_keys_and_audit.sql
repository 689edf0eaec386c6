CREATE TABLE "audit_events" (
	"id" text PRIMARY KEY DEFAULT 'aud_' || left(translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', 'Aa'), 16) NOT NULL,
	"project_id" text NOT NULL,
	"actor_type" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"object_type" text NOT NULL,
	"object_id" text NOT NULL,
	"ip_address" text,
	"request_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "audit_events_actor_type_check" CHECK ("audit_events"."actor_type" in ('api_key', 'admin', 'token_link', 'connect_session', 'zoom', 'service'))
);
--> statement-breakpoint
ALTER TABLE "connection_events" DROP CONSTRAINT "connection_events_type_check";--> statement-breakpoint
DROP INDEX "connection_events_zoom_oauth_connection_id_index";--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "scopes" text[] DEFAULT '{connections:read,connections:write,tokens:access,tokens:meeting,apps:read,apps:write,webhooks:read,webhooks:write,sessions:write,keys:write,audit:read}' NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "expires_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "created_by_key_id" text;--> statement-breakpoint
ALTER TABLE "connect_sessions" ADD COLUMN "created_by_key_id" text;--> statement-breakpoint
ALTER TABLE "connection_events" ADD COLUMN "actor" text DEFAULT nullif(current_setting('audit.actor', true), '');--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "suspended_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "projects" ADD COLUMN "revocation_requested_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "token_links" ADD COLUMN "created_by_key_id" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "created_by_key_id" text;--> statement-breakpoint
ALTER TABLE "audit_events" ADD CONSTRAINT "audit_events_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "audit_events_project_id_index" ON "audit_events" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_events_actor_index" ON "audit_events" USING btree ("project_id","actor_id","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_events_object_index" ON "audit_events" USING btree ("project_id","object_id","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_events_action_index" ON "audit_events" USING btree ("project_id","action","created_at","id");--> statement-breakpoint
CREATE INDEX "audit_events_created_at_index" ON "audit_events" USING btree ("created_at");--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_key_id_api_keys_id_fk" FOREIGN KEY ("created_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connect_sessions" ADD CONSTRAINT "connect_sessions_created_by_key_id_api_keys_id_fk" FOREIGN KEY ("created_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "token_links" ADD CONSTRAINT "token_links_created_by_key_id_api_keys_id_fk" FOREIGN KEY ("created_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_created_by_key_id_api_keys_id_fk" FOREIGN KEY ("created_by_key_id") REFERENCES "public"."api_keys"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_created_by_key_id_index" ON "api_keys" USING btree ("created_by_key_id") WHERE "api_keys"."created_by_key_id" is not null;--> statement-breakpoint
CREATE INDEX "connect_sessions_created_by_key_id_index" ON "connect_sessions" USING btree ("created_by_key_id");--> statement-breakpoint
CREATE INDEX "token_links_created_by_key_id_index" ON "token_links" USING btree ("created_by_key_id");--> statement-breakpoint
CREATE INDEX "webhooks_created_by_key_id_index" ON "webhooks" USING btree ("created_by_key_id");--> statement-breakpoint
CREATE INDEX "connection_events_zoom_oauth_connection_id_index" ON "connection_events" USING btree ("zoom_oauth_connection_id","created_at","id","project_id","type","data","actor");--> statement-breakpoint
ALTER TABLE "connection_events" ADD CONSTRAINT "connection_events_type_check" CHECK ("connection_events"."type" in ('created', 'reconnected', 'refreshed', 'synced', 'disconnected', 'revoked', 'deauthorized', 'token_issued', 'imported', 'exported'));