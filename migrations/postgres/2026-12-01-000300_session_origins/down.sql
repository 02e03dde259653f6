SET LOCAL app.realm = 'identity';

DELETE FROM factor_throttles WHERE organization_id <> '00000000-0000-0000-0000-000000000000';
ALTER TABLE factor_throttles
    DROP CONSTRAINT factor_throttles_pkey,
    DROP COLUMN organization_id,
    ADD CONSTRAINT factor_throttles_pkey PRIMARY KEY (account_id);

CREATE TABLE federated_sessions (
    session_id       uuid PRIMARY KEY REFERENCES sessions (id),
    provider_id      uuid NOT NULL,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    subject          text NOT NULL,
    sid              text,
    created_at       timestamptz NOT NULL
);
CREATE INDEX federated_sessions_provider_id_subject_idx ON federated_sessions (provider_id, subject);
INSERT INTO federated_sessions
    SELECT id, provider_id, provider_organization_id, provider_subject, provider_sid, created_at FROM sessions
    WHERE provider_id IS NOT NULL;
ALTER TABLE federated_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE federated_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY federated_sessions_realm ON federated_sessions
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
ALTER TABLE sessions
    DROP CONSTRAINT sessions_origin_check,
    DROP COLUMN provider_sid,
    DROP COLUMN provider_subject,
    DROP COLUMN provider_organization_id,
    DROP COLUMN provider_id;
