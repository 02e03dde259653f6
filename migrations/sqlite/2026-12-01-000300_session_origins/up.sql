-- By whose word a session began is a property of the session itself: whatever takes its place carries it on, and no look-up
-- beside it can be forgotten. All null: by the account's own credentials.
ALTER TABLE sessions ADD COLUMN provider_id BLOB;
ALTER TABLE sessions ADD COLUMN provider_organization_id BLOB REFERENCES organizations (id)
    CHECK ((provider_id IS NULL) = (provider_organization_id IS NULL));
ALTER TABLE sessions ADD COLUMN provider_subject TEXT CHECK ((provider_id IS NULL) = (provider_subject IS NULL));
ALTER TABLE sessions ADD COLUMN provider_sid TEXT CHECK (provider_sid IS NULL OR provider_id IS NOT NULL);

UPDATE sessions SET provider_id = known.provider_id, provider_organization_id = known.organization_id,
                    provider_subject = known.subject, provider_sid = known.sid
    FROM federated_sessions AS known WHERE known.session_id = sessions.id;
DROP TABLE federated_sessions;
CREATE INDEX sessions_provider_id_provider_subject_idx ON sessions (provider_id, provider_subject);

-- Wrong codes of those for whom a provider vouches are counted by themselves: its organization can't use up the tries of the
-- account's owner. The owner's own are under the id of no organization.
CREATE TABLE factor_throttles_by_origin (
    account_id       BLOB NOT NULL REFERENCES accounts (id),
    organization_id  BLOB NOT NULL CHECK (length(organization_id) = 16),
    failures         INTEGER NOT NULL,
    last_failed_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, organization_id)
) STRICT;
INSERT INTO factor_throttles_by_origin
    SELECT account_id, zeroblob(16), failures, last_failed_at FROM factor_throttles;
DROP TABLE factor_throttles;
ALTER TABLE factor_throttles_by_origin RENAME TO factor_throttles;
