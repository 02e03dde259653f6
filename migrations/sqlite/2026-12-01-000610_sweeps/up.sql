-- What the sweep asks: whether a secret still opens an invitation.
CREATE INDEX one_time_secrets_invitation_id_idx ON one_time_secrets (invitation_id) WHERE invitation_id IS NOT NULL;
