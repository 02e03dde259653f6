-- Who asked for a patient's data as a file, and who decided. Rows stay: they are what the quotas count.

CREATE TABLE patient_exports (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    patient_id       BLOB NOT NULL,
    requested_by     BLOB NOT NULL,
    format           TEXT NOT NULL CHECK (format IN ('json', 'csv')),
    reason           BLOB NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'refused')),
    version          INTEGER NOT NULL CHECK (version > 0),
    requested_at     INTEGER NOT NULL,
    -- Until when it can be decided; once approved, until when the file can be had.
    expires_at       INTEGER NOT NULL,
    decided_by       BLOB,
    decided_at       INTEGER,
    CHECK ((status = 'pending') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, requested_by) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, decided_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX patient_exports_organization_id_requested_at_id_idx
    ON patient_exports (organization_id, requested_at, id);
CREATE INDEX patient_exports_organization_id_requested_by_requested_at_idx
    ON patient_exports (organization_id, requested_by, requested_at, id);
