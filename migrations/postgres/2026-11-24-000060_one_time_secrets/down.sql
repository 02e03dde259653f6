DROP POLICY organizations_open_to_registration ON organizations;
DROP TABLE one_time_secrets;
DROP TABLE invitations;
ALTER TABLE organizations DROP COLUMN self_registration;
