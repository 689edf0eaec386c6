-- Written by hand: what an API key makes while it is being disabled does not outlive it.
-- The key's row is locked against that change until the new row is committed, and whoever disables the key sees the new row then.
-- A key that is disabled already makes nothing: the error is one that passes, and the repeated request is refused for its key.
CREATE FUNCTION "hold_creating_key"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW."created_by_key_id" IS NULL THEN RETURN NEW; END IF;
	PERFORM FROM "public"."api_keys" WHERE "id" = NEW."created_by_key_id" AND "disabled_at" IS NULL FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the API key was disabled in this moment' USING ERRCODE = 'serialization_failure';
	END IF;
	RETURN NEW;
END $$;--> statement-breakpoint
CREATE TRIGGER "webhooks_hold_creating_key_trigger" BEFORE INSERT ON "webhooks"
FOR EACH ROW EXECUTE FUNCTION "hold_creating_key"();--> statement-breakpoint
CREATE TRIGGER "token_links_hold_creating_key_trigger" BEFORE INSERT ON "token_links"
FOR EACH ROW EXECUTE FUNCTION "hold_creating_key"();--> statement-breakpoint
CREATE TRIGGER "connect_sessions_hold_creating_key_trigger" BEFORE INSERT ON "connect_sessions"
FOR EACH ROW EXECUTE FUNCTION "hold_creating_key"();
