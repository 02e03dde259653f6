DROP INDEX members_issuer_subject_idx;
DROP POLICY organizations_own_subject ON organizations;
DROP POLICY members_own_subject ON members;
DROP TABLE signing_keys, revocations, refresh_tokens, grants, authorization_requests, clients, sessions, accounts;
