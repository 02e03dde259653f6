-- Wrong passwords in a row, for each account that somebody tried to open. In the database, so that all replicas count
-- together. The key is a keyed hash of the address: rows exist for addresses without an account too, and tell nobody which.

CREATE TABLE login_failures (
    key       bytea PRIMARY KEY CONSTRAINT login_failures_key_check CHECK (length(key) = 32),
    failures  integer NOT NULL CONSTRAINT login_failures_failures_check CHECK (failures >= 0),
    last_at   timestamptz NOT NULL
);
CREATE INDEX login_failures_last_at_idx ON login_failures (last_at);

ALTER TABLE login_failures ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_failures FORCE ROW LEVEL SECURITY;
-- Of no tenant: a transaction of the domain sees none of them.
CREATE POLICY login_failures_identity ON login_failures
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
