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
	"expires_at" timestamp with time zone,
	CONSTRAINT "connection_events_type_check" CHECK ("connection_events"."type" in ('created', 'reconnected', 'refreshed', 'synced', 'disconnected', 'revoked', 'deauthorized', 'token_issued'))
);
--> statement-breakpoint
CREATE TABLE "projects" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"webhook_secret" text,
	"previous_webhook_secret" text,
	"previous_webhook_secret_expires_at" timestamp with time zone,
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
CREATE TABLE "webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"webhook_id" text NOT NULL,
	"trigger" text NOT NULL,
	"idempotency_key" uuid DEFAULT gen_random_uuid() NOT NULL,
	"zoom_oauth_connection_id" text,
	"payload" jsonb NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"attempt_count" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now(),
	"enqueued_at" timestamp with time zone,
	"attempts" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhook_deliveries_state_check" CHECK ("webhook_deliveries"."state" in ('pending', 'succeeded', 'failed')),
	CONSTRAINT "webhook_deliveries_due_check" CHECK (("webhook_deliveries"."state" = 'pending') = ("webhook_deliveries"."next_attempt_at" is not null))
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"url" text NOT NULL,
	"triggers" text[] NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"paused_at" timestamp with time zone,
	"pause_reason" text,
	"failing_since" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "webhooks_triggers_check" CHECK (cardinality("webhooks"."triggers") > 0),
	CONSTRAINT "webhooks_pause_check" CHECK ("webhooks"."paused_at" is null or not "webhooks"."is_active")
);
--> statement-breakpoint
CREATE TABLE "zoom_events" (
	"zoom_oauth_app_id" text NOT NULL,
	"event_key" text NOT NULL,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zoom_events_zoom_oauth_app_id_event_key_pk" PRIMARY KEY("zoom_oauth_app_id","event_key")
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
CREATE TABLE "zoom_oauth_app_connection_counts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "zoom_oauth_app_connection_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"zoom_oauth_app_id" text NOT NULL,
	"master_key_id" text,
	"connected" integer NOT NULL,
	"disconnected" integer NOT NULL,
	"is_folded" boolean DEFAULT false NOT NULL
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
	"credentials_checked_at" timestamp with time zone,
	"api_not_before" timestamp with time zone,
	"last_verified_webhook_received_at" timestamp with time zone,
	"last_unverified_webhook_received_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "zoom_oauth_apps_project_id_client_id_key" UNIQUE("project_id","client_id"),
	CONSTRAINT "zoom_oauth_apps_id_project_id_key" UNIQUE("id","project_id")
);
--> statement-breakpoint
CREATE TABLE "zoom_oauth_connection_schedules" (
	"zoom_oauth_connection_id" text NOT NULL,
	"work" text NOT NULL,
	"due_at" timestamp with time zone NOT NULL,
	CONSTRAINT "zoom_oauth_connection_schedules_pkey" PRIMARY KEY("zoom_oauth_connection_id","work"),
	CONSTRAINT "zoom_oauth_connection_schedules_work_check" CHECK ("zoom_oauth_connection_schedules"."work" in ('refresh', 'sync'))
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
	"master_key_id" text GENERATED ALWAYS AS (split_part(credentials, '.', 2)) STORED,
	"credentials_version" integer DEFAULT 1 NOT NULL,
	"access_token_expires_at" timestamp with time zone,
	"refresh_lease_owner" text,
	"refresh_lease_expires_at" timestamp with time zone,
	"is_refresh_unanswered" boolean DEFAULT false NOT NULL,
	"refresh_lease_lost_at" timestamp with time zone,
	"refresh_not_before" timestamp with time zone,
	"authorized_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_successful_sync_at" timestamp with time zone,
	"last_attempted_sync_at" timestamp with time zone,
	"last_refreshed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sync_lease_owner" text,
	"sync_lease_expires_at" timestamp with time zone,
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
ALTER TABLE "webhook_deliveries" ADD CONSTRAINT "webhook_deliveries_webhook_fk" FOREIGN KEY ("webhook_id") REFERENCES "public"."webhooks"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_events" ADD CONSTRAINT "zoom_events_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD CONSTRAINT "zoom_meetings_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id") REFERENCES "public"."zoom_oauth_apps"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD CONSTRAINT "zoom_meetings_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_oauth_apps" ADD CONSTRAINT "zoom_oauth_apps_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connection_schedules" ADD CONSTRAINT "zoom_oauth_connection_schedules_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "zoom_oauth_connections" ADD CONSTRAINT "zoom_oauth_connections_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id","project_id") REFERENCES "public"."zoom_oauth_apps"("id","project_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_keys_project_id_index" ON "api_keys" USING btree ("project_id","created_at");--> statement-breakpoint
CREATE INDEX "connection_events_expires_at_index" ON "connection_events" USING btree ("expires_at") WHERE "connection_events"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "connection_events_zoom_oauth_connection_id_index" ON "connection_events" USING btree ("zoom_oauth_connection_id","created_at","id","project_id","type","data");--> statement-breakpoint
CREATE INDEX "connection_events_project_id_index" ON "connection_events" USING btree ("project_id");--> statement-breakpoint
CREATE INDEX "projects_created_at_index" ON "projects" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "used_authorization_codes_created_at_index" ON "used_authorization_codes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "used_authorization_codes_zoom_oauth_app_id_index" ON "used_authorization_codes" USING btree ("zoom_oauth_app_id","code_sha256");--> statement-breakpoint
CREATE INDEX "used_authorization_codes_zoom_oauth_connection_id_index" ON "used_authorization_codes" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_webhook_id_index" ON "webhook_deliveries" USING btree ("webhook_id","created_at","id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_due_index" ON "webhook_deliveries" USING btree ("next_attempt_at") WHERE "webhook_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE INDEX "webhook_deliveries_connection_index" ON "webhook_deliveries" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "webhook_deliveries_created_at_index" ON "webhook_deliveries" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "webhooks_project_id_index" ON "webhooks" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_events_received_at_index" ON "zoom_events" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "zoom_meetings_zoom_oauth_connection_id_index" ON "zoom_meetings" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_app_connection_counts_app_index" ON "zoom_oauth_app_connection_counts" USING btree ("zoom_oauth_app_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_app_connection_counts_change_index" ON "zoom_oauth_app_connection_counts" USING btree ("id") WHERE not "zoom_oauth_app_connection_counts"."is_folded";--> statement-breakpoint
CREATE INDEX "zoom_oauth_connection_schedules_due_index" ON "zoom_oauth_connection_schedules" USING btree ("work","due_at");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_project_id_index" ON "zoom_oauth_connections" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_state_index" ON "zoom_oauth_connections" USING btree ("project_id","state","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_account_id_index" ON "zoom_oauth_connections" USING btree ("project_id","account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_app_index" ON "zoom_oauth_connections" USING btree ("project_id","zoom_oauth_app_id","created_at","id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_master_key_index" ON "zoom_oauth_connections" USING btree ("master_key_id");--> statement-breakpoint
CREATE INDEX "zoom_oauth_connections_metadata_index" ON "zoom_oauth_connections" USING gin ("metadata" jsonb_path_ops);