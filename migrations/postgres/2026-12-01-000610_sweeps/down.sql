DROP POLICY invitations_realm_sweeps ON invitations;
DROP POLICY invitations_realm_sees_old ON invitations;
DROP INDEX one_time_secrets_invitation_id_idx;
