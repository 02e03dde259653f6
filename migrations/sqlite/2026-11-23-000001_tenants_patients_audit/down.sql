DROP TABLE audit_events;
DROP TABLE patients;
DROP TABLE members;
DROP TABLE organizations;
