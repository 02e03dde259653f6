CREATE TABLE factor_throttles_by_account (
    account_id      BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id),
    failures        INTEGER NOT NULL,
    last_failed_at  INTEGER NOT NULL
) STRICT;
INSERT INTO factor_throttles_by_account
    SELECT account_id, max(failures), max(last_failed_at) FROM factor_throttles GROUP BY account_id;
DROP TABLE factor_throttles;
ALTER TABLE factor_throttles_by_account RENAME TO factor_throttles;

CREATE TABLE federated_sessions (
    session_id       BLOB PRIMARY KEY NOT NULL REFERENCES sessions (id),
    provider_id      BLOB NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    subject          TEXT NOT NULL,
    sid              TEXT,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX federated_sessions_provider_id_subject_idx ON federated_sessions (provider_id, subject);
INSERT INTO federated_sessions
    SELECT id, provider_id, provider_organization_id, provider_subject, provider_sid, created_at FROM sessions
    WHERE provider_id IS NOT NULL;
DROP INDEX sessions_provider_id_provider_subject_idx;
ALTER TABLE sessions DROP COLUMN provider_sid;
ALTER TABLE sessions DROP COLUMN provider_subject;
ALTER TABLE sessions DROP COLUMN provider_organization_id;
ALTER TABLE sessions DROP COLUMN provider_id;
