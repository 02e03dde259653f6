-- Who asked for a patient's data as a file, and who decided. Rows stay: they are what the quotas count.

CREATE TABLE patient_exports (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    patient_id       uuid NOT NULL,
    requested_by     uuid NOT NULL,
    format           text NOT NULL CONSTRAINT patient_exports_format_check CHECK (format IN ('json', 'csv')),
    reason           bytea NOT NULL,
    status           text NOT NULL CONSTRAINT patient_exports_status_check
                     CHECK (status IN ('pending', 'approved', 'refused')),
    version          integer NOT NULL CONSTRAINT patient_exports_version_check CHECK (version > 0),
    requested_at     timestamptz NOT NULL,
    -- Until when it can be decided; once approved, until when the file can be had.
    expires_at       timestamptz NOT NULL,
    decided_by       uuid,
    decided_at       timestamptz,
    CONSTRAINT patient_exports_decided_by_check CHECK ((status = 'pending') = (decided_by IS NULL)),
    CONSTRAINT patient_exports_decided_at_check CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT patient_exports_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT patient_exports_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT patient_exports_organization_id_requested_by_fkey
        FOREIGN KEY (organization_id, requested_by) REFERENCES members (organization_id, id),
    CONSTRAINT patient_exports_organization_id_decided_by_fkey
        FOREIGN KEY (organization_id, decided_by) REFERENCES members (organization_id, id)
);
CREATE INDEX patient_exports_organization_id_requested_at_id_idx
    ON patient_exports (organization_id, requested_at, id);
CREATE INDEX patient_exports_organization_id_requested_by_requested_at_idx
    ON patient_exports (organization_id, requested_by, requested_at, id);

ALTER TABLE patient_exports ENABLE ROW LEVEL SECURITY;
ALTER TABLE patient_exports FORCE ROW LEVEL SECURITY;
CREATE POLICY patient_exports_tenant ON patient_exports
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
