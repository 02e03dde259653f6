-- Tenants, their members and patients, and the audit log.
-- Ids are 16-byte BLOBs, times are microseconds since 1970, JSON is text; STRICT refuses anything else.

CREATE TABLE organizations (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    name        TEXT NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('active', 'closed')),
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    issuer           TEXT NOT NULL,
    subject          TEXT NOT NULL,
    display_name     TEXT NOT NULL,
    role             TEXT NOT NULL CHECK (role IN ('admin', 'clinician', 'reception', 'auditor', 'patient', 'service')),
    status           TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'removed')),
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    -- Unique per tenant: a global one would tell a tenant what another one holds.
    UNIQUE (organization_id, issuer, subject),
    -- What the composite foreign keys point at.
    UNIQUE (organization_id, id)
) STRICT;
CREATE INDEX members_organization_id_created_at_id_idx ON members (organization_id, created_at, id);

CREATE TABLE patients (
    id                   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id      BLOB NOT NULL REFERENCES organizations (id),
    member_id            BLOB,
    attending_member_id  BLOB,
    given_name           TEXT NOT NULL,
    family_name          TEXT NOT NULL,
    birth_date           TEXT NOT NULL,
    national_id          BLOB NOT NULL,
    national_id_index    BLOB NOT NULL,
    phone                BLOB,
    notes                BLOB,
    metadata             TEXT NOT NULL CHECK (json_valid(metadata)),
    status               TEXT NOT NULL CHECK (status IN ('active', 'discharged')),
    registered_by        BLOB NOT NULL,
    version              INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    discharged_at        INTEGER,
    UNIQUE (organization_id, id),
    UNIQUE (organization_id, national_id_index),
    -- Foreign keys carry the tenant, so that a row can't point at another tenant's member.
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, attending_member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, registered_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX patients_organization_id_created_at_id_idx ON patients (organization_id, created_at, id);
CREATE INDEX patients_organization_id_family_name_id_idx ON patients (organization_id, family_name, id);
CREATE INDEX patients_organization_id_member_id_idx ON patients (organization_id, member_id);
CREATE INDEX patients_organization_id_attending_member_id_idx ON patients (organization_id, attending_member_id);

-- No foreign keys: the log also tells of organizations and members that do not exist, and outlives those that did.
CREATE TABLE audit_events (
    id                 BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id    BLOB,
    occurred_at        INTEGER NOT NULL,
    event              TEXT NOT NULL,
    outcome            TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
    reason             TEXT,
    operation          TEXT NOT NULL,
    actor_member_id    BLOB,
    actor_issuer       TEXT,
    actor_subject      TEXT,
    object_type        TEXT,
    object_ids         TEXT NOT NULL CHECK (json_valid(object_ids)),
    source_address     TEXT NOT NULL,
    request_id         BLOB NOT NULL,
    client_request_id  TEXT,
    schema_version     INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_events_organization_id_occurred_at_id_idx ON audit_events (organization_id, occurred_at, id);

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END;
