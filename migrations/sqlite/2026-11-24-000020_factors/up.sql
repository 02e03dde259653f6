-- Second factors of accounts: authenticators (TOTP), passkeys, recovery codes, and how often somebody tried.

CREATE TABLE factors (
    id             BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    account_id     BLOB NOT NULL REFERENCES accounts (id),
    kind           TEXT NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name           TEXT NOT NULL,
    -- Sealed: the seed of an authenticator, or the public key and counter of a passkey.
    secret         BLOB NOT NULL,
    credential_id  BLOB UNIQUE,
    -- The time step of the last code that was taken; none is taken twice (RFC 6238 section 5.2).
    last_step      INTEGER,
    version        INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    -- Null until a first code showed that the authenticator holds the seed.
    confirmed_at   INTEGER,
    last_used_at   INTEGER,
    CHECK ((kind = 'passkey') = (credential_id IS NOT NULL))
) STRICT;
CREATE INDEX factors_account_id_idx ON factors (account_id);

CREATE TABLE recovery_codes (
    account_id  BLOB NOT NULL REFERENCES accounts (id),
    -- Which of the ten; the first digit of the code, so that one hash is computed and not ten.
    slot        INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 9),
    code_hash   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    used_at     INTEGER,
    PRIMARY KEY (account_id, slot)
) STRICT;

-- One for each session: whoever used up its tries starts again with the password.
CREATE TABLE factor_challenges (
    session_id  BLOB PRIMARY KEY NOT NULL REFERENCES sessions (id),
    account_id  BLOB NOT NULL REFERENCES accounts (id),
    tries       INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    solved_at   INTEGER
) STRICT;

-- Wrong codes of an account, over all its challenges.
CREATE TABLE factor_throttles (
    account_id      BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id),
    failures        INTEGER NOT NULL,
    last_failed_at  INTEGER NOT NULL
) STRICT;

-- What the server must remember between the two halves of a WebAuthn ceremony; taken once.
CREATE TABLE passkey_states (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    purpose     TEXT NOT NULL CHECK (purpose IN ('registration', 'sign-in')),
    account_id  BLOB REFERENCES accounts (id),
    state       TEXT NOT NULL CHECK (json_valid(state)),
    expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX passkey_states_expires_at_idx ON passkey_states (expires_at);
