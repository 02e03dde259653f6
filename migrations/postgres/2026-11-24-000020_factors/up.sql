-- Second factors of accounts: authenticators (TOTP), passkeys, recovery codes, and how often somebody tried.
-- All of it lives in the identity realm, as the accounts do.

CREATE TABLE factors (
    id             uuid PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts (id),
    kind           text NOT NULL CONSTRAINT factors_kind_check CHECK (kind IN ('totp', 'passkey')),
    name           text NOT NULL,
    -- Sealed: the seed of an authenticator, or the public key and counter of a passkey.
    secret         bytea NOT NULL,
    credential_id  bytea CONSTRAINT factors_credential_id_key UNIQUE,
    -- The time step of the last code that was taken; none is taken twice (RFC 6238 section 5.2).
    last_step      bigint,
    version        integer NOT NULL,
    created_at     timestamptz NOT NULL,
    -- Null until a first code showed that the authenticator holds the seed.
    confirmed_at   timestamptz,
    last_used_at   timestamptz,
    CONSTRAINT factors_credential_check CHECK ((kind = 'passkey') = (credential_id IS NOT NULL))
);
CREATE INDEX factors_account_id_idx ON factors (account_id);

CREATE TABLE recovery_codes (
    account_id  uuid NOT NULL REFERENCES accounts (id),
    -- Which of the ten; the first digit of the code, so that one hash is computed and not ten.
    slot        integer NOT NULL CONSTRAINT recovery_codes_slot_check CHECK (slot BETWEEN 0 AND 9),
    code_hash   text NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (account_id, slot)
);

-- One for each session: whoever used up its tries starts again with the password.
CREATE TABLE factor_challenges (
    session_id  uuid PRIMARY KEY REFERENCES sessions (id),
    account_id  uuid NOT NULL REFERENCES accounts (id),
    tries       integer NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    solved_at   timestamptz
);

-- Wrong codes of an account, over all its challenges.
CREATE TABLE factor_throttles (
    account_id      uuid PRIMARY KEY REFERENCES accounts (id),
    failures        integer NOT NULL,
    last_failed_at  timestamptz NOT NULL
);

-- What the server must remember between the two halves of a WebAuthn ceremony; taken once.
CREATE TABLE passkey_states (
    id          uuid PRIMARY KEY,
    purpose     text NOT NULL CONSTRAINT passkey_states_purpose_check CHECK (purpose IN ('registration', 'sign-in')),
    account_id  uuid REFERENCES accounts (id),
    state       jsonb NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX passkey_states_expires_at_idx ON passkey_states (expires_at);

DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['factors', 'recovery_codes', 'factor_challenges', 'factor_throttles', 'passkey_states'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY %I ON %I USING (current_setting(''app.realm'', true) = ''identity'')
                        WITH CHECK (current_setting(''app.realm'', true) = ''identity'')', name || '_realm', name);
    END LOOP;
END
$$;
