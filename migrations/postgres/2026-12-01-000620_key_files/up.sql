-- By which key files this database was used, so that a missing or a wrong one is noticed and never replaced by a new one.

CREATE TABLE key_fingerprints (
    purpose      text NOT NULL CONSTRAINT key_fingerprints_purpose_check CHECK (purpose IN ('field', 'pepper')),
    -- SHA-256 over the purpose and the key of 256 random bits: it opens nothing.
    fingerprint  bytea NOT NULL CONSTRAINT key_fingerprints_fingerprint_check CHECK (octet_length(fingerprint) = 32),
    seen_at      timestamptz NOT NULL,
    PRIMARY KEY (purpose, fingerprint)
);

ALTER TABLE key_fingerprints ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_fingerprints FORCE ROW LEVEL SECURITY;
CREATE POLICY key_fingerprints_realm ON key_fingerprints
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

-- The operator finds an organization by its name, so that no second one is made by mistake: as the owner of the schema only,
-- whatever the application says that its realm is.
-- For the owner's role alone, so that the application's queries do not even plan it.
DO $$ BEGIN
    EXECUTE format($policy$
        CREATE POLICY organizations_operator_sees ON organizations FOR SELECT TO %I
            USING (current_setting('app.realm', true) = 'operator')
    $policy$, current_user);
END $$;
