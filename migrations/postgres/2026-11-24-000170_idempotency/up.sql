-- What was done under a client's Idempotency-Key, so that it is not done twice: the first answer, for 24 hours.

CREATE TABLE idempotency_keys (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    member_id        uuid NOT NULL,
    operation        text NOT NULL,
    key              uuid NOT NULL,
    -- SHA-256 of the method, the path, the role and the body.
    digest           bytea NOT NULL,
    -- The first answer; sealed. Empty only while the work is being done, inside its transaction.
    answer           bytea,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    -- This decides who was first.
    CONSTRAINT idempotency_keys_organization_id_member_id_operation_key_key
        UNIQUE (organization_id, member_id, operation, key),
    CONSTRAINT idempotency_keys_organization_id_member_id_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_tenant ON idempotency_keys
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- The sweep sees what is over, of every organization, and nothing else.
CREATE POLICY idempotency_keys_realm_sees_old ON idempotency_keys FOR SELECT
    USING (current_setting('app.realm', true) = 'identity' AND expires_at <= now());
CREATE POLICY idempotency_keys_realm_sweeps ON idempotency_keys FOR DELETE
    USING (current_setting('app.realm', true) = 'identity' AND expires_at <= now());
