-- The built-in OpenID provider: accounts, their sessions, clients, and what they were granted.
--
-- None of these rows belongs to one tenant: a person has one account and may be a member of several organizations. They
-- live in a realm of their own, which a transaction must ask for (`app.realm`), so that whatever SQL a domain query is made
-- to send in a tenant's transaction finds no password hash and no token.
-- Secrets that a client holds are stored as SHA-256 only; all of them are 256 random bits.

CREATE TABLE accounts (
    id                   uuid PRIMARY KEY,
    email_index          bytea NOT NULL CONSTRAINT accounts_email_index_key UNIQUE,
    email                bytea NOT NULL,
    email_verified_at    timestamptz,
    password_hash        text,
    password_changed_at  timestamptz,
    status               text NOT NULL CONSTRAINT accounts_status_check CHECK (status IN ('active', 'disabled')),
    version              integer NOT NULL,
    created_at           timestamptz NOT NULL
);

CREATE TABLE sessions (
    id                uuid PRIMARY KEY,
    account_id        uuid NOT NULL REFERENCES accounts (id),
    secret_hash       bytea NOT NULL CONSTRAINT sessions_secret_hash_key UNIQUE,
    -- Null until every factor that the account needs was shown.
    acr               text CONSTRAINT sessions_acr_check CHECK (acr IN ('1', '2')),
    amr               text NOT NULL,
    name              text NOT NULL,
    authenticated_at  timestamptz NOT NULL,
    last_used_at      timestamptz NOT NULL,
    idle_seconds      integer NOT NULL,
    expires_at        timestamptz NOT NULL,
    created_at        timestamptz NOT NULL,
    ended_at          timestamptz
);
CREATE INDEX sessions_account_id_idx ON sessions (account_id);

CREATE TABLE clients (
    id                        uuid PRIMARY KEY,
    client_id                 text NOT NULL CONSTRAINT clients_client_id_key UNIQUE,
    -- Null: the operator's own application, for members of every organization.
    organization_id           uuid REFERENCES organizations (id),
    -- The service member that an organization's API client acts as.
    member_id                 uuid,
    name                      text NOT NULL,
    kind                      text NOT NULL CONSTRAINT clients_kind_check CHECK (kind IN ('public', 'confidential')),
    profile                   text NOT NULL CONSTRAINT clients_profile_check CHECK (profile IN ('standard', 'fapi2')),
    grant_types               text NOT NULL,
    scope                     text NOT NULL,
    redirect_uris             jsonb NOT NULL,
    post_logout_redirect_uris jsonb NOT NULL,
    backchannel_logout_uri    text,
    jwks                      jsonb,
    dpop_bound                boolean NOT NULL,
    -- The operator's own application: nobody is asked whether it may have what it asks for.
    first_party               boolean NOT NULL,
    status                    text NOT NULL CONSTRAINT clients_status_check CHECK (status IN ('active', 'revoked')),
    created_at                timestamptz NOT NULL
);
CREATE INDEX clients_organization_id_idx ON clients (organization_id);

-- What a client asks for: pushed by the client itself (RFC 9126), or waiting while somebody signs in.
CREATE TABLE authorization_requests (
    id           uuid PRIMARY KEY,
    handle_hash  bytea NOT NULL CONSTRAINT authorization_requests_handle_hash_key UNIQUE,
    pushed       boolean NOT NULL,
    client_id    text NOT NULL REFERENCES clients (client_id),
    parameters   jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX authorization_requests_expires_at_idx ON authorization_requests (expires_at);

-- What somebody allowed a client to do in one organization: the root of a code and of all tokens that came of it.
CREATE TABLE grants (
    id               uuid PRIMARY KEY,
    client_id        text NOT NULL REFERENCES clients (client_id),
    account_id       uuid NOT NULL REFERENCES accounts (id),
    session_id       uuid NOT NULL REFERENCES sessions (id),
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    scope            text NOT NULL,
    nonce            text,
    acr              text NOT NULL,
    amr              text NOT NULL,
    authenticated_at timestamptz NOT NULL,
    dpop_jkt         text,
    -- The code: how it is recognised, and what must come with it.
    code_hash        bytea NOT NULL CONSTRAINT grants_code_hash_key UNIQUE,
    redirect_uri     text NOT NULL,
    code_challenge   text NOT NULL,
    code_expires_at  timestamptz NOT NULL,
    code_used_at     timestamptz,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    ended_at         timestamptz
);
CREATE INDEX grants_session_id_idx ON grants (session_id);
CREATE INDEX grants_account_id_idx ON grants (account_id);

CREATE TABLE refresh_tokens (
    id          uuid PRIMARY KEY,
    token_hash  bytea NOT NULL CONSTRAINT refresh_tokens_token_hash_key UNIQUE,
    grant_id    uuid NOT NULL REFERENCES grants (id),
    -- The one that it was given for.
    parent_id   uuid,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz
);
CREATE INDEX refresh_tokens_grant_id_idx ON refresh_tokens (grant_id);

-- Access tokens, sessions and grants that ended before their tokens did: SHA-256 over kind, issuer and id.
CREATE TABLE revocations (
    key         bytea PRIMARY KEY,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX revocations_expires_at_idx ON revocations (expires_at);

CREATE TABLE signing_keys (
    id           uuid PRIMARY KEY,
    private_key  bytea NOT NULL,
    public_key   bytea NOT NULL,
    created_at   timestamptz NOT NULL,
    signs_from   timestamptz NOT NULL,
    signs_until  timestamptz NOT NULL,
    revoked_at   timestamptz
);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['accounts', 'sessions', 'clients', 'authorization_requests', 'grants', 'refresh_tokens',
                                'signing_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I USING (current_setting(''app.realm'', true) = ''identity'')
                        WITH CHECK (current_setting(''app.realm'', true) = ''identity'')', name || '_realm', name);
    END LOOP;
END
$$;

-- Every tenant's transaction looks whether its token was revoked; hashes tell nothing else.
ALTER TABLE revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY revocations_tenants_read ON revocations FOR SELECT
    USING (nullif(current_setting('app.tenant', true), '') IS NOT NULL);
CREATE POLICY revocations_realm ON revocations
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

-- Whoever signs in may see where they are a member, and what those organizations are called: nobody else's rows.
CREATE POLICY members_own_subject ON members FOR SELECT
    USING (current_setting('app.realm', true) = 'identity'
           AND issuer = nullif(current_setting('app.issuer', true), '')
           AND subject = nullif(current_setting('app.subject', true), ''));
CREATE POLICY organizations_own_subject ON organizations FOR SELECT
    USING (current_setting('app.realm', true) = 'identity'
           AND id IN (SELECT organization_id FROM members
                      WHERE issuer = nullif(current_setting('app.issuer', true), '')
                      AND subject = nullif(current_setting('app.subject', true), '')));
CREATE INDEX members_issuer_subject_idx ON members (issuer, subject);
