-- Documents of patients. What is in them lies in files, sealed; here is the key of each, sealed too.

CREATE TABLE documents (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    patient_id       BLOB NOT NULL,
    uploaded_by      BLOB NOT NULL,
    name             BLOB NOT NULL,
    media_type       TEXT NOT NULL,
    size             INTEGER NOT NULL CHECK (size >= 0),
    file_key         BLOB NOT NULL,
    -- `unscanned`: the operator wants no scanner.
    status           TEXT NOT NULL CHECK (status IN ('pending', 'clean', 'rejected', 'unscanned')),
    created_at       INTEGER NOT NULL,
    judged_at        INTEGER,
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, uploaded_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX documents_organization_id_patient_id_created_at_id_idx
    ON documents (organization_id, patient_id, created_at, id);

-- The bytes that the files of an owner take: of a member, or of the whole organization. One row to lock, so that two uploads
-- at once can't both find room for one.
CREATE TABLE document_usage (
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    owner_id         BLOB NOT NULL CHECK (length(owner_id) = 16),
    bytes            INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (organization_id, owner_id)
) STRICT, WITHOUT ROWID;
