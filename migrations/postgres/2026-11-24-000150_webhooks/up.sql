-- Addresses of an organization that are told of events, and what they are told.
--
-- Both are seen by their organization. Whoever delivers finds what is due in every organization, and nothing else: the address
-- and its secret are read in the organization's own transaction.

CREATE TABLE webhooks (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    -- Ten for each organization, however many are made at once.
    slot             integer NOT NULL CONSTRAINT webhooks_slot_check CHECK (slot BETWEEN 0 AND 9),
    url              text NOT NULL,
    event_types      jsonb NOT NULL,
    -- What deliveries are signed with, and what they were signed with until a moment ago; sealed.
    secret           bytea NOT NULL,
    former_secret    bytea,
    former_until     timestamptz,
    -- Pending until the address has answered a challenge.
    status           text NOT NULL CONSTRAINT webhooks_status_check CHECK (status IN ('pending', 'active', 'disabled')),
    version          integer NOT NULL,
    created_by       uuid NOT NULL,
    created_at       timestamptz NOT NULL,
    CONSTRAINT webhooks_organization_id_slot_key UNIQUE (organization_id, slot),
    CONSTRAINT webhooks_organization_id_id_key UNIQUE (organization_id, id),
    CONSTRAINT webhooks_created_by_fkey FOREIGN KEY (organization_id, created_by)
        REFERENCES members (organization_id, id)
);

-- The outbox: written with the change that it tells of.
CREATE TABLE webhook_deliveries (
    id               uuid PRIMARY KEY,
    organization_id  uuid NOT NULL,
    webhook_id       uuid NOT NULL,
    event_type       text NOT NULL,
    -- The bytes that are signed and sent: ids, and nothing about anybody.
    payload          text NOT NULL,
    status           text NOT NULL CONSTRAINT webhook_deliveries_status_check
                     CHECK (status IN ('due', 'delivered', 'failed')),
    attempts         integer NOT NULL,
    due_at           timestamptz NOT NULL,
    -- A replica works at it until then.
    claimed_until    timestamptz,
    attempted_at     timestamptz,
    -- The status that the address answered, if it answered at all. Nothing else of the answer is kept.
    answered         integer,
    created_at       timestamptz NOT NULL,
    CONSTRAINT webhook_deliveries_webhook_fkey FOREIGN KEY (organization_id, webhook_id)
        REFERENCES webhooks (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (due_at) WHERE status = 'due';
CREATE INDEX webhook_deliveries_attempted_idx ON webhook_deliveries (organization_id, attempted_at);
CREATE INDEX webhook_deliveries_log_idx ON webhook_deliveries (organization_id, webhook_id, created_at, id);

ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhooks FORCE ROW LEVEL SECURITY;
CREATE POLICY webhooks_tenant ON webhooks
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);

ALTER TABLE webhook_deliveries ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_deliveries FORCE ROW LEVEL SECURITY;
CREATE POLICY webhook_deliveries_tenant ON webhook_deliveries
    USING (organization_id = nullif(current_setting('app.tenant', true), '')::uuid)
    WITH CHECK (organization_id = nullif(current_setting('app.tenant', true), '')::uuid);
CREATE POLICY webhook_deliveries_realm ON webhook_deliveries
    USING (current_setting('app.realm', true) = 'deliveries')
    WITH CHECK (current_setting('app.realm', true) = 'deliveries');
