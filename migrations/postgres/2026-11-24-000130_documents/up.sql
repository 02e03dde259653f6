-- Documents of patients. What is in them lies in files, sealed; here is the key of each, sealed too.

CREATE TABLE documents (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    patient_id       uuid NOT NULL,
    uploaded_by      uuid NOT NULL,
    name             bytea NOT NULL,
    media_type       text NOT NULL,
    size             bigint NOT NULL CONSTRAINT documents_size_check CHECK (size >= 0),
    file_key         bytea NOT NULL,
    -- `unscanned`: the operator wants no scanner.
    status           text NOT NULL CONSTRAINT documents_status_check
                     CHECK (status IN ('pending', 'clean', 'rejected', 'unscanned')),
    created_at       timestamptz NOT NULL,
    judged_at        timestamptz,
    CONSTRAINT documents_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT documents_organization_id_uploaded_by_fkey
        FOREIGN KEY (organization_id, uploaded_by) REFERENCES members (organization_id, id)
);
CREATE INDEX documents_organization_id_patient_id_created_at_id_idx
    ON documents (organization_id, patient_id, created_at, id);

-- The bytes that the files of an owner take: of a member, or of the whole organization. One row to lock, so that two uploads
-- at once can't both find room for one.
CREATE TABLE document_usage (
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    owner_id         uuid NOT NULL,
    bytes            bigint NOT NULL CONSTRAINT document_usage_bytes_check CHECK (bytes >= 0),
    PRIMARY KEY (organization_id, owner_id)
);

ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_tenant ON documents
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE document_usage ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_usage FORCE ROW LEVEL SECURITY;
CREATE POLICY document_usage_tenant ON document_usage
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
