-- Written by hand: each request to revoke all grants of a project is audited, and not the first one alone: each of them ends the grants
-- that users gave since the one before.
DROP TRIGGER "projects_audit_revocation_trigger" ON "projects";--> statement-breakpoint
CREATE TRIGGER "projects_audit_revocation_trigger" AFTER UPDATE OF "revocation_requested_at" ON "projects"
FOR EACH ROW WHEN (NEW."revocation_requested_at" IS NOT NULL AND OLD."revocation_requested_at" IS DISTINCT FROM NEW."revocation_requested_at")
EXECUTE FUNCTION "audit_change"('project', 'revocation_requested');
