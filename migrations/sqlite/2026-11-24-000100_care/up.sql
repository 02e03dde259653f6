-- Who treats whom, what they write down, and who broke the glass.

-- A clinician is on a patient's care team from `starts_at` until `ends_at`, and for good if that is empty.
CREATE TABLE care_relations (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    patient_id       BLOB NOT NULL,
    member_id        BLOB NOT NULL,
    added_by         BLOB NOT NULL,
    starts_at        INTEGER NOT NULL,
    ends_at          INTEGER CHECK (ends_at >= starts_at),
    created_at       INTEGER NOT NULL,
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, added_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX care_relations_organization_id_patient_id_member_id_idx
    ON care_relations (organization_id, patient_id, member_id);

-- Broken glass: an hour with a patient's records without a care relation, for a reason that somebody reviews.
CREATE TABLE break_glass_accesses (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    patient_id       BLOB NOT NULL,
    member_id        BLOB NOT NULL,
    reason           BLOB NOT NULL,
    opened_at        INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL CHECK (expires_at > opened_at),
    reviewed_by      BLOB,
    reviewed_at      INTEGER,
    verdict          TEXT CHECK (verdict IN ('justified', 'unjustified')),
    note             BLOB,
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, reviewed_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX break_glass_accesses_organization_id_patient_id_member_id_idx
    ON break_glass_accesses (organization_id, patient_id, member_id);
CREATE INDEX break_glass_accesses_organization_id_opened_at_id_idx
    ON break_glass_accesses (organization_id, opened_at, id);

-- A clinical record: what it is about. What it says stands in its versions.
CREATE TABLE records (
    id                BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id   BLOB NOT NULL REFERENCES organizations (id),
    patient_id        BLOB NOT NULL,
    author_member_id  BLOB NOT NULL,
    kind              TEXT NOT NULL CHECK (kind IN ('note', 'diagnosis', 'treatment')),
    version           INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    amended_at        INTEGER,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, author_member_id) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX records_organization_id_patient_id_created_at_id_idx
    ON records (organization_id, patient_id, created_at, id);

CREATE TABLE record_versions (
    id                BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id   BLOB NOT NULL REFERENCES organizations (id),
    record_id         BLOB NOT NULL,
    version           INTEGER NOT NULL,
    author_member_id  BLOB NOT NULL,
    body              BLOB NOT NULL,
    reason            BLOB,
    signature         BLOB NOT NULL CHECK (length(signature) = 32),
    signed_at         INTEGER NOT NULL,
    UNIQUE (organization_id, record_id, version),
    FOREIGN KEY (organization_id, record_id) REFERENCES records (organization_id, id),
    FOREIGN KEY (organization_id, author_member_id) REFERENCES members (organization_id, id)
) STRICT;

-- What was signed is amended by a further version, and never overwritten.
CREATE TRIGGER record_versions_no_update BEFORE UPDATE ON record_versions
BEGIN SELECT RAISE(ABORT, 'versions of records are never overwritten'); END;
CREATE TRIGGER record_versions_no_delete BEFORE DELETE ON record_versions
BEGIN SELECT RAISE(ABORT, 'versions of records are never overwritten'); END;
