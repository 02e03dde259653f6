-- By whose word a session began is a property of the session itself: whatever takes its place carries it on, and no look-up
-- beside it can be forgotten. All null: by the account's own credentials.
SET LOCAL app.realm = 'identity';

ALTER TABLE sessions
    ADD COLUMN provider_id uuid,
    ADD COLUMN provider_organization_id uuid REFERENCES organizations (id),
    ADD COLUMN provider_subject text,
    ADD COLUMN provider_sid text,
    ADD CONSTRAINT sessions_origin_check CHECK (
        (provider_id IS NULL) = (provider_organization_id IS NULL) AND (provider_id IS NULL) = (provider_subject IS NULL)
        AND (provider_sid IS NULL OR provider_id IS NOT NULL));

UPDATE sessions SET provider_id = known.provider_id, provider_organization_id = known.organization_id,
                    provider_subject = known.subject, provider_sid = known.sid
    FROM federated_sessions AS known WHERE known.session_id = sessions.id;
DROP TABLE federated_sessions;
CREATE INDEX sessions_provider_id_provider_subject_idx ON sessions (provider_id, provider_subject);

-- Wrong codes of those for whom a provider vouches are counted by themselves: its organization can't use up the tries of the
-- account's owner. The owner's own are under the id of no organization.
ALTER TABLE factor_throttles ADD COLUMN organization_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE factor_throttles
    ALTER COLUMN organization_id DROP DEFAULT,
    DROP CONSTRAINT factor_throttles_pkey,
    ADD CONSTRAINT factor_throttles_pkey PRIMARY KEY (account_id, organization_id);
