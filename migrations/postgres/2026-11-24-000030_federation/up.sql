-- Sign-in by an organization's own OpenID provider.
--
-- Providers and domains are seen by their organization, and by the identity realm, in which nobody has signed in yet.
-- Transactions and linked identities are seen by that realm alone.

CREATE TABLE identity_providers (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    name             text NOT NULL,
    issuer           text NOT NULL,
    client_id        text NOT NULL,
    authentication   text NOT NULL CONSTRAINT identity_providers_authentication_check
                     CHECK (authentication IN ('private_key_jwt', 'client_secret_basic')),
    -- Our private key at this provider, or the secret that it gave us; sealed.
    credential       bytea NOT NULL,
    -- Hosts beside the issuer's own that its endpoints may be on.
    hosts            jsonb NOT NULL,
    -- The authentication context that is asked for and must come.
    acr              text,
    status           text NOT NULL CONSTRAINT identity_providers_status_check CHECK (status IN ('active', 'disabled')),
    version          integer NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT identity_providers_organization_id_issuer_client_id_key UNIQUE (organization_id, issuer, client_id),
    CONSTRAINT identity_providers_organization_id_id_key UNIQUE (organization_id, id)
);

-- A domain belongs to one organization. Only the operator writes here.
CREATE TABLE organization_domains (
    domain           text PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    verified_at      timestamptz NOT NULL
);
CREATE INDEX organization_domains_organization_id_idx ON organization_domains (organization_id);

CREATE TABLE login_transactions (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL,
    provider_id      uuid NOT NULL,
    state_hash       bytea NOT NULL CONSTRAINT login_transactions_state_hash_key UNIQUE,
    browser_hash     bytea NOT NULL,
    nonce_hash       bytea NOT NULL,
    -- The PKCE verifier; sealed.
    verifier         bytea NOT NULL,
    -- How old a sign-in at the provider may be, where a fresh one is asked for.
    max_age          integer,
    -- Whose account the new identity is linked to, when somebody who is signed in links one.
    account_id       uuid REFERENCES accounts (id),
    return_to        text NOT NULL,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    used_at          timestamptz,
    CONSTRAINT login_transactions_provider_fkey FOREIGN KEY (organization_id, provider_id)
        REFERENCES identity_providers (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX login_transactions_expires_at_idx ON login_transactions (expires_at);
CREATE INDEX login_transactions_provider_idx ON login_transactions (organization_id, provider_id);

-- An account is found by issuer and subject, never by e-mail.
CREATE TABLE linked_identities (
    id               uuid PRIMARY KEY,
    issuer           text NOT NULL,
    subject          text NOT NULL,
    account_id       uuid NOT NULL REFERENCES accounts (id),
    -- By whose provider it was linked.
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    created_at       timestamptz NOT NULL,
    last_used_at     timestamptz NOT NULL,
    CONSTRAINT linked_identities_issuer_subject_key UNIQUE (issuer, subject)
);
CREATE INDEX linked_identities_account_id_idx ON linked_identities (account_id);
CREATE INDEX linked_identities_organization_id_idx ON linked_identities (organization_id);

-- Sessions that began by a provider's word. They reach the organization of that provider only.
CREATE TABLE federated_sessions (
    session_id       uuid PRIMARY KEY REFERENCES sessions (id),
    provider_id      uuid NOT NULL,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    subject          text NOT NULL,
    sid              text,
    created_at       timestamptz NOT NULL
);
CREATE INDEX federated_sessions_provider_id_subject_idx ON federated_sessions (provider_id, subject);

ALTER TABLE identity_providers ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_providers FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_providers_tenant ON identity_providers
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY identity_providers_realm_reads ON identity_providers FOR SELECT
    USING (current_setting('app.realm', true) = 'identity');

ALTER TABLE organization_domains ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization_domains FORCE ROW LEVEL SECURITY;
CREATE POLICY organization_domains_tenant ON organization_domains
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY organization_domains_realm_reads ON organization_domains FOR SELECT
    USING (current_setting('app.realm', true) = 'identity');

ALTER TABLE login_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE login_transactions FORCE ROW LEVEL SECURITY;
CREATE POLICY login_transactions_realm ON login_transactions
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

ALTER TABLE linked_identities ENABLE ROW LEVEL SECURITY;
ALTER TABLE linked_identities FORCE ROW LEVEL SECURITY;
CREATE POLICY linked_identities_realm ON linked_identities
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

ALTER TABLE federated_sessions ENABLE ROW LEVEL SECURITY;
ALTER TABLE federated_sessions FORCE ROW LEVEL SECURITY;
CREATE POLICY federated_sessions_realm ON federated_sessions
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
