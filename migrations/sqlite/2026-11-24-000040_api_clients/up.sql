-- What programs that call the API leave behind.

-- What may be used once (`jti` of proofs and of assertions), as digests.
CREATE TABLE replays (
    key         BLOB PRIMARY KEY NOT NULL CHECK (length(key) = 32),
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX replays_expires_at_idx ON replays (expires_at);

-- Where a member may call from, in CIDR notation; everywhere, if empty. For programs.
ALTER TABLE members ADD COLUMN networks TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(networks));

-- Keys that programs show. What a program shows is not here, but an HMAC of it.
CREATE TABLE api_keys (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    client_id        BLOB NOT NULL REFERENCES clients (id),
    name             TEXT NOT NULL,
    hint             TEXT NOT NULL,
    secret_mac       BLOB NOT NULL UNIQUE,
    scope            TEXT NOT NULL,
    networks         TEXT NOT NULL CHECK (json_valid(networks)),
    created_by       BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    last_used_at     INTEGER,
    revoked_at       INTEGER,
    FOREIGN KEY (organization_id, created_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX api_keys_client_id_created_at_id_idx ON api_keys (client_id, created_at, id);
