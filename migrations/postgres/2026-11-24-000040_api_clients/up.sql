-- What programs that call the API leave behind. Rows of the identity realm: no tenant's transaction sees them.

-- What may be used once (`jti` of proofs and of assertions), as digests.
CREATE TABLE replays (
    key         bytea PRIMARY KEY,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX replays_expires_at_idx ON replays (expires_at);

ALTER TABLE replays ENABLE ROW LEVEL SECURITY;
ALTER TABLE replays FORCE ROW LEVEL SECURITY;
CREATE POLICY replays_identity ON replays
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

-- Where a member may call from, in CIDR notation; everywhere, if empty. For programs.
ALTER TABLE members ADD COLUMN networks jsonb NOT NULL DEFAULT '[]';

-- Keys that programs show. What a program shows is not here, but an HMAC of it.
CREATE TABLE api_keys (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    client_id        uuid NOT NULL REFERENCES clients (id),
    name             text NOT NULL,
    hint             text NOT NULL,
    secret_mac       bytea NOT NULL CONSTRAINT api_keys_secret_mac_key UNIQUE,
    scope            text NOT NULL,
    networks         jsonb NOT NULL,
    created_by       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    last_used_at     timestamptz,
    revoked_at       timestamptz,
    CONSTRAINT api_keys_organization_id_created_by_fkey
        FOREIGN KEY (organization_id, created_by) REFERENCES members (organization_id, id)
);
CREATE INDEX api_keys_client_id_created_at_id_idx ON api_keys (client_id, created_at, id);

-- A key is looked up before its organization is known, so the realm alone can be asked for.
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_realm ON api_keys
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
