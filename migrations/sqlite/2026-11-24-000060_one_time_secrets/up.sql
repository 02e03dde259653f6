-- Secrets that are mailed or printed and work once, and the invitations that some of them open.

-- Patients may register themselves with organizations that want it.
ALTER TABLE organizations ADD COLUMN self_registration INTEGER NOT NULL DEFAULT 0 CHECK (self_registration IN (0, 1));

CREATE TABLE invitations (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    -- By an administrator of it, by the invited person, or by the operator for the first administrator.
    kind             TEXT NOT NULL CHECK (kind IN ('invitation', 'registration', 'setup')),
    -- Sealed, and as a blind index for finding the pending one of an address. Null in a setup: nobody knows it yet.
    email            BLOB,
    email_index      BLOB,
    display_name     TEXT,
    role             TEXT NOT NULL CHECK (role IN ('admin', 'clinician', 'reception', 'auditor', 'patient')),
    invited_by       BLOB,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'revoked', 'replaced')),
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    CHECK ((kind = 'setup') = (email IS NULL) AND (email IS NULL) = (email_index IS NULL)),
    FOREIGN KEY (organization_id, invited_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX invitations_organization_id_created_at_id_idx ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_organization_id_email_index_idx ON invitations (organization_id, email_index);

CREATE TABLE one_time_secrets (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind             TEXT NOT NULL CHECK (kind IN ('password-reset', 'email-change', 'invitation')),
    -- SHA-256 of 256 random bits: what is stored opens nothing.
    secret_hash      BLOB NOT NULL UNIQUE,
    account_id       BLOB REFERENCES accounts (id),
    organization_id  BLOB REFERENCES organizations (id),
    invitation_id    BLOB REFERENCES invitations (id),
    -- The address that an account shall have, sealed.
    email            BLOB,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    used_at          INTEGER,
    -- When a newer one of its kind took its place, or it was withdrawn.
    voided_at        INTEGER,
    CHECK (CASE kind WHEN 'invitation' THEN account_id IS NULL AND organization_id IS NOT NULL AND invitation_id IS NOT NULL
                     ELSE account_id IS NOT NULL AND organization_id IS NULL AND invitation_id IS NULL END)
) STRICT;
-- Only the newest works, even if two were asked for at the same moment.
CREATE UNIQUE INDEX one_time_secrets_account_id_kind_key ON one_time_secrets (account_id, kind)
    WHERE used_at IS NULL AND voided_at IS NULL AND account_id IS NOT NULL;
CREATE UNIQUE INDEX one_time_secrets_invitation_id_key ON one_time_secrets (invitation_id)
    WHERE used_at IS NULL AND voided_at IS NULL AND invitation_id IS NOT NULL;
CREATE INDEX one_time_secrets_account_id_idx ON one_time_secrets (account_id);
CREATE INDEX one_time_secrets_expires_at_idx ON one_time_secrets (expires_at);
