-- Who treats whom, what they write down, and who broke the glass.

-- A clinician is on a patient's care team from `starts_at` until `ends_at`, and for good if that is empty.
CREATE TABLE care_relations (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    patient_id       uuid NOT NULL,
    member_id        uuid NOT NULL,
    added_by         uuid NOT NULL,
    starts_at        timestamptz NOT NULL,
    ends_at          timestamptz CONSTRAINT care_relations_ends_at_check CHECK (ends_at >= starts_at),
    created_at       timestamptz NOT NULL,
    CONSTRAINT care_relations_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT care_relations_organization_id_member_id_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    CONSTRAINT care_relations_organization_id_added_by_fkey
        FOREIGN KEY (organization_id, added_by) REFERENCES members (organization_id, id)
);
CREATE INDEX care_relations_organization_id_patient_id_member_id_idx
    ON care_relations (organization_id, patient_id, member_id);

-- Broken glass: an hour with a patient's records without a care relation, for a reason that somebody reviews.
CREATE TABLE break_glass_accesses (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    patient_id       uuid NOT NULL,
    member_id        uuid NOT NULL,
    reason           bytea NOT NULL,
    opened_at        timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL CONSTRAINT break_glass_accesses_expires_at_check CHECK (expires_at > opened_at),
    reviewed_by      uuid,
    reviewed_at      timestamptz,
    verdict          text CONSTRAINT break_glass_accesses_verdict_check CHECK (verdict IN ('justified', 'unjustified')),
    note             bytea,
    CONSTRAINT break_glass_accesses_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT break_glass_accesses_organization_id_member_id_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    CONSTRAINT break_glass_accesses_organization_id_reviewed_by_fkey
        FOREIGN KEY (organization_id, reviewed_by) REFERENCES members (organization_id, id)
);
CREATE INDEX break_glass_accesses_organization_id_patient_id_member_id_idx
    ON break_glass_accesses (organization_id, patient_id, member_id);
CREATE INDEX break_glass_accesses_organization_id_opened_at_id_idx
    ON break_glass_accesses (organization_id, opened_at, id);

-- A clinical record: what it is about. What it says stands in its versions.
CREATE TABLE records (
    id                uuid PRIMARY KEY,
    organization_id   uuid NOT NULL REFERENCES organizations (id),
    patient_id        uuid NOT NULL,
    author_member_id  uuid NOT NULL,
    kind              text NOT NULL CONSTRAINT records_kind_check CHECK (kind IN ('note', 'diagnosis', 'treatment')),
    version           integer NOT NULL,
    created_at        timestamptz NOT NULL,
    amended_at        timestamptz,
    CONSTRAINT records_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT records_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT records_organization_id_author_member_id_fkey
        FOREIGN KEY (organization_id, author_member_id) REFERENCES members (organization_id, id)
);
CREATE INDEX records_organization_id_patient_id_created_at_id_idx
    ON records (organization_id, patient_id, created_at, id);

CREATE TABLE record_versions (
    id                uuid PRIMARY KEY,
    organization_id   uuid NOT NULL REFERENCES organizations (id),
    record_id         uuid NOT NULL,
    version           integer NOT NULL,
    author_member_id  uuid NOT NULL,
    body              bytea NOT NULL,
    reason            bytea,
    signature         bytea NOT NULL CONSTRAINT record_versions_signature_check CHECK (octet_length(signature) = 32),
    signed_at         timestamptz NOT NULL,
    CONSTRAINT record_versions_organization_id_record_id_version_key UNIQUE (organization_id, record_id, version),
    CONSTRAINT record_versions_organization_id_record_id_fkey
        FOREIGN KEY (organization_id, record_id) REFERENCES records (organization_id, id),
    CONSTRAINT record_versions_organization_id_author_member_id_fkey
        FOREIGN KEY (organization_id, author_member_id) REFERENCES members (organization_id, id)
);

-- What was signed is amended by a further version, and never overwritten. The grants say so to the application; this to
-- the owner.
CREATE FUNCTION record_versions_are_final() RETURNS trigger LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    RAISE EXCEPTION 'versions of records are never overwritten' USING ERRCODE = 'insufficient_privilege';
END
$$;
REVOKE ALL ON FUNCTION record_versions_are_final() FROM PUBLIC;
CREATE TRIGGER record_versions_no_change BEFORE UPDATE OR DELETE ON record_versions
    FOR EACH ROW EXECUTE FUNCTION record_versions_are_final();

ALTER TABLE care_relations ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_relations FORCE ROW LEVEL SECURITY;
CREATE POLICY care_relations_tenant ON care_relations
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE break_glass_accesses ENABLE ROW LEVEL SECURITY;
ALTER TABLE break_glass_accesses FORCE ROW LEVEL SECURITY;
CREATE POLICY break_glass_accesses_tenant ON break_glass_accesses
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE records ENABLE ROW LEVEL SECURITY;
ALTER TABLE records FORCE ROW LEVEL SECURITY;
CREATE POLICY records_tenant ON records
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE record_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE record_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY record_versions_tenant ON record_versions
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
