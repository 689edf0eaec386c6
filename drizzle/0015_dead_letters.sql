CREATE TABLE "dead_letters" (
	"id" text PRIMARY KEY NOT NULL,
	"message_id" text NOT NULL,
	"body" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"resent_at" timestamp with time zone,
	CONSTRAINT "dead_letters_message_id_unique" UNIQUE("message_id")
);
--> statement-breakpoint
CREATE INDEX "dead_letters_created_at_index" ON "dead_letters" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "dead_letters_resent_at_index" ON "dead_letters" USING btree ("resent_at");