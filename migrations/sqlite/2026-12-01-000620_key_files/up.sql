-- By which key files this database was used, so that a missing or a wrong one is noticed and never replaced by a new one.

CREATE TABLE key_fingerprints (
    purpose      TEXT NOT NULL CHECK (purpose IN ('field', 'pepper')),
    -- SHA-256 over the purpose and the key of 256 random bits: it opens nothing.
    fingerprint  BLOB NOT NULL CHECK (length(fingerprint) = 32),
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (purpose, fingerprint)
) STRICT;
