-- What insurers answered about patients, and what the asking may cost.

CREATE TABLE eligibility_checks (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    patient_id       uuid NOT NULL,
    checked_by       uuid NOT NULL,
    -- A keyed fingerprint of the question, to find the same one again.
    question_index   bytea NOT NULL CONSTRAINT eligibility_checks_question_index_check
                     CHECK (octet_length(question_index) = 16),
    payer            text NOT NULL,
    member_no        bytea NOT NULL,
    status           text NOT NULL CONSTRAINT eligibility_checks_status_check
                     CHECK (status IN ('active', 'inactive', 'unknown')),
    plan             bytea,
    valid_from       date,
    valid_until      date,
    copay_cents      bigint CONSTRAINT eligibility_checks_copay_cents_check CHECK (copay_cents >= 0),
    checked_at       timestamptz NOT NULL,
    CONSTRAINT eligibility_checks_organization_id_patient_id_fkey
        FOREIGN KEY (organization_id, patient_id) REFERENCES patients (organization_id, id),
    CONSTRAINT eligibility_checks_organization_id_checked_by_fkey
        FOREIGN KEY (organization_id, checked_by) REFERENCES members (organization_id, id)
);
CREATE INDEX eligibility_checks_organization_id_patient_id_checked_at_id_idx
    ON eligibility_checks (organization_id, patient_id, checked_at, id);

-- What an organization spent on a day, for each thing that is paid for. One row to lock, so that two at once can't both have
-- what is left.
CREATE TABLE spend (
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    purpose          text NOT NULL,
    day              date NOT NULL,
    uses             bigint NOT NULL CONSTRAINT spend_uses_check CHECK (uses >= 0),
    units            bigint NOT NULL CONSTRAINT spend_units_check CHECK (units >= 0),
    PRIMARY KEY (organization_id, purpose, day)
);

-- How fast a member may spend: the microsecond since 1970 at which all of what they did is forgiven (GCRA).
CREATE TABLE spend_rates (
    organization_id  uuid NOT NULL,
    member_id        uuid NOT NULL,
    purpose          text NOT NULL,
    due_at           bigint NOT NULL,
    PRIMARY KEY (organization_id, member_id, purpose),
    CONSTRAINT spend_rates_organization_id_member_id_fkey
        FOREIGN KEY (organization_id, member_id) REFERENCES members (organization_id, id)
);

ALTER TABLE eligibility_checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE eligibility_checks FORCE ROW LEVEL SECURITY;
CREATE POLICY eligibility_checks_tenant ON eligibility_checks
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE spend ENABLE ROW LEVEL SECURITY;
ALTER TABLE spend FORCE ROW LEVEL SECURITY;
CREATE POLICY spend_tenant ON spend
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE spend_rates ENABLE ROW LEVEL SECURITY;
ALTER TABLE spend_rates FORCE ROW LEVEL SECURITY;
CREATE POLICY spend_rates_tenant ON spend_rates
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
