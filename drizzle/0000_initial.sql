CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text,
	"key_sha256" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	CONSTRAINT "api_keys_key_sha256_unique" UNIQUE("key_sha256"),
	CONSTRAINT "api_keys_key_sha256_check" CHECK ("api_keys"."key_sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "connection_events" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"zoom_oauth_connection_id" text NOT NULL,
	"type" text NOT NULL,
	"data" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "connection_events_type_check" CHECK ("connection_events"."type" in ('created', 'reconnected', 'refreshed', 'synced', 'disconnected', 'revoked', 'deauthorized', 'token_issued'))
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "used_authorization_codes" (
	"zoom_oauth_app_id" text NOT NULL,
	"code_sha256" text NOT NULL,
	"redirect_uri_sha256" text NOT NULL,
	"claimed_by" text NOT NULL,
	"claim_expires_at" timestamp with time zone NOT NULL,
	"claims" integer DEFAULT 1 NOT NULL,
	"zoom_oauth_connection_id" text,
	"refusal" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "used_authorization_codes_code_sha256_zoom_oauth_app_id_pk" PRIMARY KEY("code_sha256","zoom_oauth_app_id"),
	CONSTRAINT "used_authorization_codes_outcome_check" CHECK ("used_authorization_codes"."zoom_oauth_connection_id" is null or "used_authorization_codes"."refusal" is null)
);
--> statement-breakpoint
CREATE TABLE "zoom_meetings" (
	"zoom_oauth_app_id" text NOT NULL,
	"meeting_id" bigint NOT NULL,
	"zoom_oauth_connection_id" text NOT NULL,
	"last_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zoom_meetings_zoom_oauth_app_id_meeting_id_pk" PRIMARY KEY("zoom_oauth_app_id","meeting_id")
);
--> statement-breakpoint
CREATE TABLE "zoom_oauth_apps" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text,
	"client_id" text NOT NULL,
	"client_secret" text NOT NULL,
	"webhook_secret" text,
	"credentials_invalid_at" timestamp with time zone,
	"last_verified_webhook_received_at" timestamp with time zone,
	"last_unverified_webhook_received_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zoom_oauth_apps_project_id_client_id_key" UNIQUE("project_id","client_id"),
	CONSTRAINT "zoom_oauth_apps_id_project_id_key" UNIQUE("id","project_id")
);
--> statement-breakpoint
CREATE TABLE "zoom_oauth_connections" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"zoom_oauth_app_id" text NOT NULL,
	"user_id" text NOT NULL,
	"account_id" text NOT NULL,
	"state" text NOT NULL,
	"metadata" jsonb,
	"is_local_recording_token_supported" boolean NOT NULL,
	"is_onbehalf_token_supported" boolean NOT NULL,
	"connection_failure_data" jsonb,
	"credentials" text,
	"authorized_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_successful_sync_at" timestamp with time zone,
	"last_attempted_sync_at" timestamp with time zone,
	CONSTRAINT "zoom_oauth_connections_zoom_oauth_app_id_user_id_key" UNIQUE("zoom_oauth_app_id","user_id"),
	CONSTRAINT "zoom_oauth_connections_state_check" CHECK ("zoom_oauth_connections"."state" in ('connected', 'disconnected')),
	CONSTRAINT "zoom_oauth_connections_credentials_check" CHECK ("zoom_oauth_connections"."state" <> 'connected' or "zoom_oauth_connections"."credentials" is not null),
	CONSTRAINT "zoom_oauth_connections_capability_check" CHECK ("zoom_oauth_connections"."is_local_recording_token_supported" or "zoom_oauth_connections"."is_onbehalf_token_supported"),
	CONSTRAINT "zoom_oauth_connections_metadata_check" CHECK (jsonb_typeof("zoom_oauth_connections"."metadata") = 'object' and "zoom_oauth_connections"."metadata" <> '{}'::jsonb)
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connection_events" ADD CONSTRAINT "connection_events_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "used_authorization_codes" ADD CONSTRAINT "used_authorization_codes_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "used_authorization_codes" ADD CONSTRAINT "used_authorization_codes_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD CONSTRAINT "zoom_meetings_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD CONSTRAINT "zoom_meetings_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_oauth_apps" ADD CONSTRAINT "zoom_oauth_apps_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD CONSTRAINT "zoom_oauth_connections_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id","project_id") REFERENCES "public"."zoom_oauth_apps"("id","project_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_project_id_index" ON "api_keys" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "connection_events_zoom_oauth_connection_id_index" ON "connection_events" USING btree ("zoom_oauth_connection_id","created_at","id");--> statement-breakpoint
CREATE INDEX "connection_events_project_id_index" ON "connection_events" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "used_authorization_codes_created_at_index" ON "used_authorization_codes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "used_authorization_codes_zoom_oauth_connection_id_index" ON "used_authorization_codes" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "zoom_meetings_zoom_oauth_connection_id_index" ON "zoom_meetings" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_project_id_index" ON "zoom_oauth_connections" USING btree ("project_id","created_at","id");