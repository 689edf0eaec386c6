CREATE TABLE "token_links" (
	"id" text PRIMARY KEY NOT NULL,
	"project_id" text NOT NULL,
	"name" text,
	"vendor" text NOT NULL,
	"token" text NOT NULL,
	"connection" jsonb NOT NULL,
	"zoom_oauth_app_id" text,
	"meeting_id" bigint,
	"secret_sha256" text NOT NULL,
	"verification_secret" text,
	"is_active" boolean DEFAULT true NOT NULL,
	"expires_at" timestamp with time zone,
	"max_uses" integer,
	"use_count" integer DEFAULT 0 NOT NULL,
	"last_used_at" timestamp with time zone,
	"last_refusal_code" text,
	"last_refused_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "token_links_secret_sha256_unique" UNIQUE("secret_sha256"),
	CONSTRAINT "token_links_secret_sha256_check" CHECK ("token_links"."secret_sha256" ~ '^[0-9a-f]{64}$'),
	CONSTRAINT "token_links_use_count_check" CHECK ("token_links"."use_count" between 0 and coalesce("token_links"."max_uses", "token_links"."use_count"))
);
--> statement-breakpoint
DROP INDEX "zoom_meetings_zoom_oauth_connection_id_index";--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD COLUMN "source" text DEFAULT 'sync' NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD COLUMN "mapped_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD COLUMN "recording_refusal" text;--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD COLUMN "recording_refused_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "token_links" ADD CONSTRAINT "token_links_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "token_links" ADD CONSTRAINT "token_links_zoom_oauth_app_fk" FOREIGN KEY ("zoom_oauth_app_id","project_id") REFERENCES "public"."zoom_oauth_apps"("id","project_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "token_links_project_id_index" ON "token_links" USING btree ("project_id","created_at","id");--> statement-breakpoint
CREATE INDEX "token_links_zoom_oauth_app_id_index" ON "token_links" USING btree ("zoom_oauth_app_id");--> statement-breakpoint
CREATE INDEX "zoom_meetings_connection_index" ON "zoom_meetings" USING btree ("zoom_oauth_connection_id","mapped_at","meeting_id");--> statement-breakpoint
ALTER TABLE "zoom_meetings" ADD CONSTRAINT "zoom_meetings_source_check" CHECK ("zoom_meetings"."source" in ('sync', 'event'));