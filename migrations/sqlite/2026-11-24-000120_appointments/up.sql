-- Clinicians' slots, who holds and books them, and who waits for one.

CREATE TABLE slots (
    id                   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id      BLOB NOT NULL REFERENCES organizations (id),
    clinician_member_id  BLOB NOT NULL,
    starts_at            INTEGER NOT NULL,
    ends_at              INTEGER NOT NULL CHECK (ends_at > starts_at),
    created_by           BLOB NOT NULL,
    created_at           INTEGER NOT NULL,
    withdrawn_at         INTEGER,
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, clinician_member_id) REFERENCES members (organization_id, id),
    FOREIGN KEY (organization_id, created_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX slots_organization_id_starts_at_id_idx ON slots (organization_id, starts_at, id);
CREATE INDEX slots_organization_id_clinician_member_id_starts_at_idx
    ON slots (organization_id, clinician_member_id, starts_at);

CREATE TABLE appointments (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    slot_id          BLOB NOT NULL,
    patient_id       BLOB NOT NULL,
    status           TEXT NOT NULL
                     CHECK (status IN ('held', 'confirmed', 'checked-in', 'completed', 'cancelled', 'expired')),
    booked_by        BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    held_until       INTEGER NOT NULL,
    confirmed_at     INTEGER,
    cancelled_at     INTEGER,
    cancelled_late   INTEGER NOT NULL CHECK (cancelled_late IN (0, 1)),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, slot_id) REFERENCES slots (organization_id, id),
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, booked_by) REFERENCES members (organization_id, id)
) STRICT;
-- One slot, one booking: whatever happens at the same time.
CREATE UNIQUE INDEX appointments_one_per_slot_key ON appointments (organization_id, slot_id)
    WHERE status IN ('held', 'confirmed', 'checked-in', 'completed');
CREATE INDEX appointments_organization_id_patient_id_created_at_idx
    ON appointments (organization_id, patient_id, created_at);
CREATE INDEX appointments_organization_id_created_at_id_idx ON appointments (organization_id, created_at, id);

CREATE TABLE waiting_list (
    id                   BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id      BLOB NOT NULL REFERENCES organizations (id),
    patient_id           BLOB NOT NULL,
    clinician_member_id  BLOB,
    created_at           INTEGER NOT NULL,
    notified_at          INTEGER,
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, clinician_member_id) REFERENCES members (organization_id, id)
) STRICT;
-- Nobody waits twice for the same.
CREATE UNIQUE INDEX waiting_list_once_key
    ON waiting_list (organization_id, patient_id, ifnull(clinician_member_id, x''));
CREATE INDEX waiting_list_organization_id_created_at_id_idx ON waiting_list (organization_id, created_at, id);
