-- Secrets that are mailed or printed and work once, and the invitations that some of them open.

-- Patients may register themselves with organizations that want it.
ALTER TABLE organizations ADD COLUMN self_registration boolean NOT NULL DEFAULT false;

CREATE TABLE invitations (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    -- By an administrator of it, by the invited person, or by the operator for the first administrator.
    kind             text NOT NULL CONSTRAINT invitations_kind_check
                     CHECK (kind IN ('invitation', 'registration', 'setup')),
    -- Sealed, and as a blind index for finding the pending one of an address. Null in a setup: nobody knows it yet.
    email            bytea,
    email_index      bytea,
    display_name     text,
    role             text NOT NULL CONSTRAINT invitations_role_check
                     CHECK (role IN ('admin', 'clinician', 'reception', 'auditor', 'patient')),
    invited_by       uuid,
    status           text NOT NULL CONSTRAINT invitations_status_check
                     CHECK (status IN ('pending', 'accepted', 'revoked', 'replaced')),
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    CONSTRAINT invitations_email_check CHECK ((kind = 'setup') = (email IS NULL) AND (email IS NULL) = (email_index IS NULL)),
    CONSTRAINT invitations_organization_id_invited_by_fkey
        FOREIGN KEY (organization_id, invited_by) REFERENCES members (organization_id, id)
);
CREATE INDEX invitations_organization_id_created_at_id_idx ON invitations (organization_id, created_at, id);
CREATE INDEX invitations_organization_id_email_index_idx ON invitations (organization_id, email_index);

ALTER TABLE invitations ENABLE ROW LEVEL SECURITY;
ALTER TABLE invitations FORCE ROW LEVEL SECURITY;
CREATE POLICY invitations_tenant ON invitations
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

CREATE TABLE one_time_secrets (
    id               uuid PRIMARY KEY,
    kind             text NOT NULL CONSTRAINT one_time_secrets_kind_check
                     CHECK (kind IN ('password-reset', 'email-change', 'invitation')),
    -- SHA-256 of 256 random bits: what is stored opens nothing.
    secret_hash      bytea NOT NULL CONSTRAINT one_time_secrets_secret_hash_key UNIQUE,
    account_id       uuid REFERENCES accounts (id),
    organization_id  uuid REFERENCES organizations (id),
    invitation_id    uuid REFERENCES invitations (id),
    -- The address that an account shall have, sealed.
    email            bytea,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    used_at          timestamptz,
    -- When a newer one of its kind took its place, or it was withdrawn.
    voided_at        timestamptz,
    CONSTRAINT one_time_secrets_subject_check CHECK (
        CASE kind WHEN 'invitation' THEN account_id IS NULL AND organization_id IS NOT NULL AND invitation_id IS NOT NULL
                  ELSE account_id IS NOT NULL AND organization_id IS NULL AND invitation_id IS NULL END)
);
-- Only the newest works, even if two were asked for at the same moment.
CREATE UNIQUE INDEX one_time_secrets_account_id_kind_key ON one_time_secrets (account_id, kind)
    WHERE used_at IS NULL AND voided_at IS NULL AND account_id IS NOT NULL;
CREATE UNIQUE INDEX one_time_secrets_invitation_id_key ON one_time_secrets (invitation_id)
    WHERE used_at IS NULL AND voided_at IS NULL AND invitation_id IS NOT NULL;
CREATE INDEX one_time_secrets_account_id_idx ON one_time_secrets (account_id);
CREATE INDEX one_time_secrets_expires_at_idx ON one_time_secrets (expires_at);

ALTER TABLE one_time_secrets ENABLE ROW LEVEL SECURITY;
ALTER TABLE one_time_secrets FORCE ROW LEVEL SECURITY;
CREATE POLICY one_time_secrets_realm ON one_time_secrets
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');

-- Whoever is not a member yet must see which organizations may be registered with, by name; and an invited person, by
-- whom. Nobody else's rows are in that: the realm has no tenant.
CREATE POLICY organizations_open_to_registration ON organizations FOR SELECT
    USING (current_setting('app.realm', true) = 'identity' AND self_registration AND status = 'active');
