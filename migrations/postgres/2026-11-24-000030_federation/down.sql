DROP TABLE federated_sessions;
DROP TABLE linked_identities;
DROP TABLE login_transactions;
DROP TABLE organization_domains;
DROP TABLE identity_providers;
