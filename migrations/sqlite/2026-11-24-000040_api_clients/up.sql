-- What programs that call the API leave behind.

-- What may be used once (`jti` of proofs and of assertions), as digests.
CREATE TABLE replays (
    key         BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_expires_at_idx ON replays (expires_at);
