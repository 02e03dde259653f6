-- What was done under a client's Idempotency-Key, so that it is not done twice: the first answer, for 24 hours.

CREATE TABLE idempotency_keys (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    member_id        BLOB NOT NULL,
    operation        TEXT NOT NULL,
    key              BLOB NOT NULL CHECK (length(key) = 16),
    -- SHA-256 of the method, the path, the role and the body.
    digest           BLOB NOT NULL CHECK (length(digest) = 32),
    -- The first answer; sealed. Empty only while the work is being done, inside its transaction.
    answer           BLOB,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    -- This decides who was first.
    UNIQUE (organization_id, member_id, operation, key),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);
