-- Clinicians' slots, who holds and books them, and who waits for one.

CREATE TABLE slots (
    id                   uuid PRIMARY KEY,
    organization_id      uuid NOT NULL REFERENCES organizations (id),
    clinician_member_id  uuid NOT NULL,
    starts_at            timestamptz NOT NULL,
    ends_at              timestamptz NOT NULL CONSTRAINT slots_ends_at_check CHECK (ends_at > starts_at),
    created_by           uuid NOT NULL,
    created_at           timestamptz NOT NULL,
    withdrawn_at         timestamptz,
    CONSTRAINT slots_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT slots_organization_id_clinician_member_id_fkey
        FOREIGN KEY (organization_id, clinician_member_id) REFERENCES members (organization_id, id),
    CONSTRAINT slots_organization_id_created_by_fkey
        FOREIGN KEY (organization_id, created_by) REFERENCES members (organization_id, id)
);
CREATE INDEX slots_organization_id_starts_at_id_idx ON slots (organization_id, starts_at, id);
CREATE INDEX slots_organization_id_clinician_member_id_starts_at_idx
    ON slots (organization_id, clinician_member_id, starts_at);

CREATE TABLE appointments (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    slot_id          uuid NOT NULL,
    patient_id       uuid NOT NULL,
    status           text NOT NULL CONSTRAINT appointments_status_check
                     CHECK (status IN ('held', 'confirmed', 'checked-in', 'completed', 'cancelled', 'expired')),
    booked_by        uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    held_until       timestamptz NOT NULL,
    confirmed_at     timestamptz,
    cancelled_at     timestamptz,
    cancelled_late   boolean NOT NULL,
    CONSTRAINT appointments_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT appointments_organization_id_slot_id_fkey
        FOREIGN KEY (organization_id, slot_id) REFERENCES slots (organization_id, id),
    CONSTRAINT appointments_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT appointments_organization_id_booked_by_fkey
        FOREIGN KEY (organization_id, booked_by) REFERENCES members (organization_id, id)
);
-- One slot, one booking: whatever happens at the same time.
CREATE UNIQUE INDEX appointments_one_per_slot_key ON appointments (organization_id, slot_id)
    WHERE status IN ('held', 'confirmed', 'checked-in', 'completed');
CREATE INDEX appointments_organization_id_patient_id_created_at_idx
    ON appointments (organization_id, patient_id, created_at);
CREATE INDEX appointments_organization_id_created_at_id_idx ON appointments (organization_id, created_at, id);

CREATE TABLE waiting_list (
    id                   uuid PRIMARY KEY,
    organization_id      uuid NOT NULL REFERENCES organizations (id),
    patient_id           uuid NOT NULL,
    clinician_member_id  uuid,
    created_at           timestamptz NOT NULL,
    notified_at          timestamptz,
    CONSTRAINT waiting_list_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT waiting_list_organization_id_clinician_member_id_fkey
        FOREIGN KEY (organization_id, clinician_member_id) REFERENCES members (organization_id, id)
);
-- Nobody waits twice for the same.
CREATE UNIQUE INDEX waiting_list_once_key
    ON waiting_list (organization_id, patient_id, coalesce(clinician_member_id, '00000000-0000-0000-0000-000000000000'));
CREATE INDEX waiting_list_organization_id_created_at_id_idx ON waiting_list (organization_id, created_at, id);

ALTER TABLE slots ENABLE ROW LEVEL SECURITY;
ALTER TABLE slots FORCE ROW LEVEL SECURITY;
CREATE POLICY slots_tenant ON slots
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE appointments ENABLE ROW LEVEL SECURITY;
ALTER TABLE appointments FORCE ROW LEVEL SECURITY;
CREATE POLICY appointments_tenant ON appointments
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE waiting_list ENABLE ROW LEVEL SECURITY;
ALTER TABLE waiting_list FORCE ROW LEVEL SECURITY;
CREATE POLICY waiting_list_tenant ON waiting_list
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
