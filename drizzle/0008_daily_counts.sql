CREATE TABLE "project_daily_counts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "project_daily_counts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"project_id" text NOT NULL,
	"day" date DEFAULT (now() at time zone 'utc')::date NOT NULL,
	"counted" text NOT NULL,
	"reason" text,
	"count" bigint DEFAULT 1 NOT NULL,
	"is_folded" boolean DEFAULT false NOT NULL,
	CONSTRAINT "project_daily_counts_counted_check" CHECK ("project_daily_counts"."counted" in ('connected', 'disconnected', 'refreshed', 'refresh_failed', 'token_issued', 'delivery_succeeded', 'delivery_failed'))
);
--> statement-breakpoint
ALTER TABLE "project_daily_counts" ADD CONSTRAINT "project_daily_counts_project_id_projects_id_fk" FOREIGN KEY ("project_id") REFERENCES "public"."projects"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "project_daily_counts_project_id_index" ON "project_daily_counts" USING btree ("project_id","day");--> statement-breakpoint
CREATE INDEX "project_daily_counts_change_index" ON "project_daily_counts" USING btree ("id") WHERE not "project_daily_counts"."is_folded";--> statement-breakpoint
CREATE INDEX "project_daily_counts_day_index" ON "project_daily_counts" USING btree ("day") WHERE "project_daily_counts"."is_folded";