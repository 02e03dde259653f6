-- Tenants, their members and patients, and the audit log.
--
-- Every table that belongs to a tenant has row-level security, forced on its owner too. Without `app.tenant` the policies
-- compare with NULL and nothing is visible: a forgotten context is a denial. After a commit the setting is empty and not
-- NULL, hence `nullif`.
-- Roles are not named here: `brigandine-api migrate` grants to the role in `database.url`.

CREATE TABLE organizations (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    status      text NOT NULL CONSTRAINT organizations_status_check CHECK (status IN ('active', 'closed')),
    created_at  timestamptz NOT NULL
);

CREATE TABLE members (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    issuer           text NOT NULL,
    subject          text NOT NULL,
    display_name     text NOT NULL,
    role             text NOT NULL CONSTRAINT members_role_check
                     CHECK (role IN ('admin', 'clinician', 'reception', 'auditor', 'patient', 'service')),
    status           text NOT NULL CONSTRAINT members_status_check CHECK (status IN ('active', 'suspended', 'removed')),
    version          integer NOT NULL,
    created_at       timestamptz NOT NULL,
    -- Unique per tenant: a global one would tell a tenant what another one holds.
    CONSTRAINT members_organization_id_issuer_subject_key UNIQUE (organization_id, issuer, subject),
    -- What the composite foreign keys point at.
    CONSTRAINT members_organization_id_id_key UNIQUE (organization_id, id)
);
CREATE INDEX members_organization_id_created_at_id_idx ON members (organization_id, created_at, id);

CREATE TABLE patients (
    id                   uuid PRIMARY KEY,
    organization_id      uuid NOT NULL REFERENCES organizations (id),
    member_id            uuid,
    attending_member_id  uuid,
    given_name           text NOT NULL,
    family_name          text NOT NULL,
    birth_date           date NOT NULL,
    national_id          bytea NOT NULL,
    national_id_index    bytea NOT NULL,
    phone                bytea,
    notes                bytea,
    metadata             jsonb NOT NULL,
    status               text NOT NULL CONSTRAINT patients_status_check CHECK (status IN ('active', 'discharged')),
    registered_by        uuid NOT NULL,
    version              integer NOT NULL,
    created_at           timestamptz NOT NULL,
    discharged_at        timestamptz,
    CONSTRAINT patients_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT patients_organization_id_national_id_index_key UNIQUE (organization_id, national_id_index),
    -- Foreign keys look past row-level security, so they carry the tenant: a row can't point at another tenant's member,
    -- and an error can't tell whether one exists there.
    CONSTRAINT patients_organization_id_member_id_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    CONSTRAINT patients_organization_id_attending_member_id_fkey
        FOREIGN KEY (organization_id, attending_member_id) REFERENCES members (organization_id, id),
    CONSTRAINT patients_organization_id_registered_by_fkey
        FOREIGN KEY (organization_id, registered_by) REFERENCES members (organization_id, id)
);
CREATE INDEX patients_organization_id_created_at_id_idx ON patients (organization_id, created_at, id);
CREATE INDEX patients_organization_id_family_name_id_idx ON patients (organization_id, family_name, id);
CREATE INDEX patients_organization_id_member_id_idx ON patients (organization_id, member_id);
CREATE INDEX patients_organization_id_attending_member_id_idx ON patients (organization_id, attending_member_id);

-- No foreign keys: the log also tells of organizations and members that do not exist, and outlives those that did.
CREATE TABLE audit_events (
    id                 uuid PRIMARY KEY,
    organization_id    uuid,
    occurred_at        timestamptz NOT NULL,
    event              text NOT NULL,
    outcome            text NOT NULL CONSTRAINT audit_events_outcome_check CHECK (outcome IN ('success', 'failure')),
    reason             text,
    operation          text NOT NULL,
    actor_member_id    uuid,
    actor_issuer       text,
    actor_subject      text,
    object_type        text,
    object_ids         jsonb NOT NULL,
    source_address     text NOT NULL,
    request_id         uuid NOT NULL,
    client_request_id  text,
    schema_version     integer NOT NULL
);
CREATE INDEX audit_events_organization_id_occurred_at_id_idx ON audit_events (organization_id, occurred_at, id);

-- Grants keep the application from altering the log; these keep its owner from doing so by accident or through a
-- stolen migration password.
CREATE FUNCTION audit_events_are_append_only() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'audit events are append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION audit_events_are_append_only() FROM PUBLIC;
CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_append_only();
CREATE TRIGGER audit_events_no_truncate BEFORE TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_events_are_append_only();

ALTER TABLE organizations ENABLE ROW LEVEL SECURITY;
ALTER TABLE organizations FORCE ROW LEVEL SECURITY;
CREATE POLICY organizations_tenant ON organizations
    USING (id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE members ENABLE ROW LEVEL SECURITY;
ALTER TABLE members FORCE ROW LEVEL SECURITY;
CREATE POLICY members_tenant ON members
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE patients ENABLE ROW LEVEL SECURITY;
ALTER TABLE patients FORCE ROW LEVEL SECURITY;
CREATE POLICY patients_tenant ON patients
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY audit_events_tenant_reads ON audit_events FOR SELECT
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
-- The audit writer commits the events of many tenants together, with no tenant set, and can read none of them.
CREATE POLICY audit_events_tenant_or_writer_appends ON audit_events FOR INSERT
    WITH CHECK (
        nullif(current_setting('app.tenant', true), '') IS NULL
        OR organization_id = nullif(current_setting('app.tenant', true), '')::uuid
    );
