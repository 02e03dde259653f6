-- What the sweep asks: whether a secret still opens an invitation.
CREATE INDEX one_time_secrets_invitation_id_idx ON one_time_secrets (invitation_id) WHERE invitation_id IS NOT NULL;

-- The sweep sees invitations that are long over, of every organization, and nothing else; no tenant's transaction does.
CREATE POLICY invitations_realm_sees_old ON invitations FOR SELECT
    USING (current_setting('app.realm', true) = 'identity' AND nullif(current_setting('app.tenant', true), '') IS NULL
           AND expires_at <= now() - interval '30 days');
CREATE POLICY invitations_realm_sweeps ON invitations FOR DELETE
    USING (current_setting('app.realm', true) = 'identity' AND nullif(current_setting('app.tenant', true), '') IS NULL
           AND expires_at <= now() - interval '30 days');
