-- Wrong passwords in a row, for each account that somebody tried to open. In the database, so that all replicas count
-- together. The key is a keyed hash of the address: rows exist for addresses without an account too, and tell nobody which.

CREATE TABLE login_failures (
    key       BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    failures  INTEGER NOT NULL CHECK (failures >= 0),
    last_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failures_last_at_idx ON login_failures (last_at);
