-- Written by hand: a disabled key disables all keys that came of it, however many generations there are.
-- Before, each generation was a trigger within the trigger of the one before it, and Postgres allows only some hundreds of them. Now the
-- first one does it alone, in rounds: each sees what was committed while the round before waited for a key that was being made.
CREATE OR REPLACE FUNCTION "disable_made_keys"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF pg_trigger_depth() > 1 THEN RETURN NULL; END IF;
	LOOP
		WITH RECURSIVE "family" AS (
			SELECT NEW."id" AS "id"
			UNION SELECT "made"."id" FROM "public"."api_keys" "made" JOIN "family" ON "made"."created_by_key_id" = "family"."id"
		)
		UPDATE "public"."api_keys" SET "disabled_at" = NEW."disabled_at"
		WHERE "id" IN (SELECT "id" FROM "family") AND "disabled_at" IS NULL;
		EXIT WHEN NOT FOUND;
	END LOOP;
	RETURN NULL;
END $$;
