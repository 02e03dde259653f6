DROP TABLE audit_events;
DROP FUNCTION audit_events_are_append_only();
DROP TABLE patients;
DROP TABLE members;
DROP TABLE organizations;
