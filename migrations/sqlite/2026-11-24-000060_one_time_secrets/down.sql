DROP TABLE one_time_secrets;
DROP TABLE invitations;
ALTER TABLE organizations DROP COLUMN self_registration;
