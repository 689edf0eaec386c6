CREATE TABLE "connect_attempts" (
	"state_sha256" text PRIMARY KEY NOT NULL,
	"connect_session_id" text NOT NULL,
	"browser_sha256" text NOT NULL,
	"answered_at" timestamp with time zone,
	"code_sha256" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "connect_attempts_hashes_check" CHECK ("connect_attempts"."state_sha256" ~ '^[0-9a-f]{64}$' and "connect_attempts"."browser_sha256" ~ '^[0-9a-f]{64}$')
);
--> statement-breakpoint
CREATE TABLE "connect_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"zoom_oauth_app_id" text NOT NULL,
	"secret_sha256" text NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"return_url" text NOT NULL,
	"zoom_oauth_connection_id" text,
	"reconnect_user_id" text,
	"is_local_recording_token_supported" boolean,
	"is_onbehalf_token_supported" boolean,
	"metadata" jsonb,
	"is_metadata_kept" boolean NOT NULL,
	"failure" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"completed_at" timestamp with time zone,
	CONSTRAINT "connect_sessions_secret_sha256_unique" UNIQUE("secret_sha256"),
	CONSTRAINT "connect_sessions_secret_sha256_check" CHECK ("connect_sessions"."secret_sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "connect_sessions_state_check" CHECK ("connect_sessions"."state" in ('open', 'completed', 'failed', 'cancelled', 'expired')),
	CONSTRAINT "connect_sessions_completed_check" CHECK (("connect_sessions"."state" = 'completed') = ("connect_sessions"."completed_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "zoom_oauth_apps" ADD COLUMN "allowed_return_origins" text[];--> statement-breakpoint
ALTER TABLE "connect_attempts" ADD CONSTRAINT "connect_attempts_connect_session_fk" FOREIGN KEY ("connect_session_id") REFERENCES "public"."connect_sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connect_sessions" ADD CONSTRAINT "connect_sessions_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id","project_id") REFERENCES "public"."zoom_oauth_apps"("id","project_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "connect_sessions" ADD CONSTRAINT "connect_sessions_zoom_oauth_connection_fk" FOREIGN KEY ("zoom_oauth_connection_id") REFERENCES "public"."zoom_oauth_connections"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "connect_attempts_connect_session_id_index" ON "connect_attempts" USING btree ("connect_session_id","created_at");--> statement-breakpoint
CREATE INDEX "connect_attempts_code_sha256_index" ON "connect_attempts" USING btree ("code_sha256") WHERE "connect_attempts"."code_sha256" is not null;--> statement-breakpoint
CREATE INDEX "connect_sessions_project_id_index" ON "connect_sessions" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "connect_sessions_zoom_oauth_app_id_index" ON "connect_sessions" USING btree ("zoom_oauth_app_id");--> statement-breakpoint
CREATE INDEX "connect_sessions_zoom_oauth_connection_id_index" ON "connect_sessions" USING btree ("zoom_oauth_connection_id");--> statement-breakpoint
CREATE INDEX "connect_sessions_open_index" ON "connect_sessions" USING btree ("expires_at") WHERE "connect_sessions"."state" = 'open';--> statement-breakpoint
CREATE INDEX "connect_sessions_expires_at_index" ON "connect_sessions" USING btree ("expires_at");