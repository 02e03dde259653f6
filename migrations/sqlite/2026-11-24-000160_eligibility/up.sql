-- What insurers answered about patients, and what the asking may cost.

CREATE TABLE eligibility_checks (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    patient_id       BLOB NOT NULL,
    checked_by       BLOB NOT NULL,
    -- A keyed fingerprint of the question, to find the same one again.
    question_index   BLOB NOT NULL CHECK (length(question_index) = 16),
    payer            TEXT NOT NULL,
    member_no        BLOB NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'unknown')),
    plan             BLOB,
    valid_from       TEXT,
    valid_until      TEXT,
    copay_cents      INTEGER CHECK (copay_cents >= 0),
    checked_at       INTEGER NOT NULL,
    FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    FOREIGN KEY (organization_id, checked_by) REFERENCES members (organization_id, id)
) STRICT;
CREATE INDEX eligibility_checks_organization_id_patient_id_checked_at_id_idx
    ON eligibility_checks (organization_id, patient_id, checked_at, id);

-- What an organization spent on a day, for each thing that is paid for. One row to lock, so that two at once can't both have
-- what is left.
CREATE TABLE spend (
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    purpose          TEXT NOT NULL,
    day              TEXT NOT NULL,
    uses             INTEGER NOT NULL CHECK (uses >= 0),
    units            INTEGER NOT NULL CHECK (units >= 0),
    PRIMARY KEY (organization_id, purpose, day)
) STRICT, WITHOUT ROWID;

-- How fast a member may spend: the microsecond since 1970 at which all of what they did is forgiven (GCRA).
CREATE TABLE spend_rates (
    organization_id  BLOB NOT NULL,
    member_id        BLOB NOT NULL,
    purpose          TEXT NOT NULL,
    due_at           INTEGER NOT NULL,
    PRIMARY KEY (organization_id, member_id, purpose),
    FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
) STRICT, WITHOUT ROWID;
