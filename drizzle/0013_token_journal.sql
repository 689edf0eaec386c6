CREATE TABLE "token_journal" (
	"is_on" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"master_key_id" text NOT NULL,
	"filled_to" text DEFAULT '' NOT NULL,
	"filled" integer DEFAULT 0 NOT NULL,
	"is_filled" boolean DEFAULT false NOT NULL,
	CONSTRAINT "token_journal_is_on_check" CHECK ("token_journal"."is_on")
);
--> statement-breakpoint
CREATE TABLE "token_journal_checks" (
	"zoom_oauth_connection_id" text PRIMARY KEY NOT NULL,
	"credentials_version" integer,
	"row_updated_at" timestamp with time zone,
	"removed_at" timestamp with time zone,
	"removal_code" text,
	"is_for_key" boolean DEFAULT false NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() + interval '1 minute' NOT NULL
);
--> statement-breakpoint
CREATE INDEX "token_journal_checks_due_at_index" ON "token_journal_checks" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "token_journal_checks_key_index" ON "token_journal_checks" USING btree ("is_for_key") WHERE "token_journal_checks"."is_for_key";