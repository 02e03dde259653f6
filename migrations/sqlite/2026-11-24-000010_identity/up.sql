-- The built-in OpenID provider: accounts, their sessions, clients, and what they were granted.
-- Secrets that a client holds are stored as SHA-256 only; all of them are 256 random bits.

CREATE TABLE accounts (
    id                   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    email_index          BLOB NOT NULL UNIQUE,
    email                BLOB NOT NULL,
    email_verified_at    INTEGER,
    password_hash        TEXT,
    password_changed_at  INTEGER,
    status               TEXT NOT NULL CHECK (status IN ('active', 'disabled')),
    version              INTEGER NOT NULL,
    created_at           INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id                BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    account_id        BLOB NOT NULL REFERENCES accounts (id),
    secret_hash       BLOB NOT NULL UNIQUE,
    -- Null until every factor that the account needs was shown.
    acr               TEXT CHECK (acr IN ('1', '2')),
    amr               TEXT NOT NULL,
    name              TEXT NOT NULL,
    authenticated_at  INTEGER NOT NULL,
    last_used_at      INTEGER NOT NULL,
    idle_seconds      INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    ended_at          INTEGER
) STRICT;
CREATE INDEX sessions_account_id_idx ON sessions (account_id);

CREATE TABLE clients (
    id                        BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    client_id                 TEXT NOT NULL UNIQUE,
    -- Null: the operator's own application, for members of every organization.
    organization_id           BLOB REFERENCES organizations (id),
    -- The service member that an organization's API client acts as.
    member_id                 BLOB,
    name                      TEXT NOT NULL,
    kind                      TEXT NOT NULL CHECK (kind IN ('public', 'confidential')),
    profile                   TEXT NOT NULL CHECK (profile IN ('standard', 'fapi2')),
    grant_types               TEXT NOT NULL,
    scope                     TEXT NOT NULL,
    redirect_uris             TEXT NOT NULL CHECK (json_valid(redirect_uris)),
    post_logout_redirect_uris TEXT NOT NULL CHECK (json_valid(post_logout_redirect_uris)),
    backchannel_logout_uri    TEXT,
    jwks                      TEXT CHECK (json_valid(jwks)),
    dpop_bound                INTEGER NOT NULL,
    -- The operator's own application: nobody is asked whether it may have what it asks for.
    first_party               INTEGER NOT NULL,
    status                    TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    created_at                INTEGER NOT NULL
) STRICT;
CREATE INDEX clients_organization_id_idx ON clients (organization_id);

-- What a client asks for: pushed by the client itself (RFC 9126), or waiting while somebody signs in.
CREATE TABLE authorization_requests (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    handle_hash  BLOB NOT NULL UNIQUE,
    pushed       INTEGER NOT NULL,
    client_id    TEXT NOT NULL REFERENCES clients (client_id),
    parameters   TEXT NOT NULL CHECK (json_valid(parameters)),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
) STRICT;
CREATE INDEX authorization_requests_expires_at_idx ON authorization_requests (expires_at);

-- What somebody allowed a client to do in one organization: the root of a code and of all tokens that came of it.
CREATE TABLE grants (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    client_id        TEXT NOT NULL REFERENCES clients (client_id),
    account_id       BLOB NOT NULL REFERENCES accounts (id),
    session_id       BLOB NOT NULL REFERENCES sessions (id),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    scope            TEXT NOT NULL,
    nonce            TEXT,
    acr              TEXT NOT NULL,
    amr              TEXT NOT NULL,
    authenticated_at INTEGER NOT NULL,
    dpop_jkt         TEXT,
    -- The code: how it is recognised, and what must come with it.
    code_hash        BLOB NOT NULL UNIQUE,
    redirect_uri     TEXT NOT NULL,
    code_challenge   TEXT NOT NULL,
    code_expires_at  INTEGER NOT NULL,
    code_used_at     INTEGER,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    ended_at         INTEGER
) STRICT;
CREATE INDEX grants_session_id_idx ON grants (session_id);
CREATE INDEX grants_account_id_idx ON grants (account_id);

CREATE TABLE refresh_tokens (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    token_hash  BLOB NOT NULL UNIQUE,
    grant_id    BLOB NOT NULL REFERENCES grants (id),
    -- The one that it was given for.
    parent_id   BLOB,
    created_at  INTEGER NOT NULL,
    used_at     INTEGER
) STRICT;
CREATE INDEX refresh_tokens_grant_id_idx ON refresh_tokens (grant_id);

-- Access tokens, sessions and grants that ended before their tokens did: SHA-256 over kind, issuer and id.
CREATE TABLE revocations (
    key         BLOB PRIMARY KEY NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX revocations_expires_at_idx ON revocations (expires_at);

CREATE TABLE signing_keys (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    private_key  BLOB NOT NULL,
    public_key   BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    signs_from   INTEGER NOT NULL,
    signs_until  INTEGER NOT NULL,
    revoked_at   INTEGER
) STRICT;

CREATE INDEX members_issuer_subject_idx ON members (issuer, subject);
