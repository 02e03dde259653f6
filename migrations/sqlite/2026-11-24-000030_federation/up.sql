-- Sign-in by an organization's own OpenID provider.

CREATE TABLE identity_providers (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    name             TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    client_id        TEXT NOT NULL,
    authentication   TEXT NOT NULL CHECK (authentication IN ('private_key_jwt', 'client_secret_basic')),
    -- Our private key at this provider, or the secret that it gave us; sealed.
    credential       BLOB NOT NULL,
    -- Hosts beside the issuer's own that its endpoints may be on.
    hosts            TEXT NOT NULL CHECK (json_valid(hosts)),
    -- The authentication context that is asked for and must come.
    acr              TEXT,
    status           TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    UNIQUE (organization_id, issuer, client_id),
    UNIQUE (organization_id, id)
) STRICT;

-- A domain belongs to one organization. Only the operator writes here.
CREATE TABLE organization_domains (
    domain           TEXT PRIMARY KEY NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    verified_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX organization_domains_organization_id_idx ON organization_domains (organization_id);

CREATE TABLE login_transactions (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL,
    provider_id      BLOB NOT NULL,
    state_hash       BLOB NOT NULL UNIQUE CHECK (length(state_hash) = 32),
    browser_hash     BLOB NOT NULL CHECK (length(browser_hash) = 32),
    nonce_hash       BLOB NOT NULL CHECK (length(nonce_hash) = 32),
    -- The PKCE verifier; sealed.
    verifier         BLOB NOT NULL,
    -- How old a sign-in at the provider may be, where a fresh one is asked for.
    max_age          INTEGER,
    -- Whose account the new identity is linked to, when somebody who is signed in links one.
    account_id       BLOB REFERENCES accounts (id),
    return_to        TEXT NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    used_at          INTEGER,
    FOREIGN KEY (organization_id, provider_id) REFERENCES identity_providers (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX login_transactions_expires_at_idx ON login_transactions (expires_at);
CREATE INDEX login_transactions_provider_idx ON login_transactions (organization_id, provider_id);

-- An account is found by issuer and subject, never by e-mail.
CREATE TABLE linked_identities (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    issuer           TEXT NOT NULL,
    subject          TEXT NOT NULL,
    account_id       BLOB NOT NULL REFERENCES accounts (id),
    -- By whose provider it was linked.
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    created_at       INTEGER NOT NULL,
    last_used_at     INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX linked_identities_account_id_idx ON linked_identities (account_id);
CREATE INDEX linked_identities_organization_id_idx ON linked_identities (organization_id);

-- Sessions that began by a provider's word. They reach the organization of that provider only.
CREATE TABLE federated_sessions (
    session_id       BLOB PRIMARY KEY NOT NULL REFERENCES sessions (id),
    provider_id      BLOB NOT NULL,
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    subject          TEXT NOT NULL,
    sid              TEXT,
    created_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX federated_sessions_provider_id_subject_idx ON federated_sessions (provider_id, subject);
