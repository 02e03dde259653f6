-- Addresses of an organization that are told of events, and what they are told.

CREATE TABLE webhooks (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    -- Ten for each organization, however many are made at once.
    slot             INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 9),
    url              TEXT NOT NULL,
    event_types      TEXT NOT NULL CHECK (json_valid(event_types)),
    -- What deliveries are signed with, and what they were signed with until a moment ago; sealed.
    secret           BLOB NOT NULL,
    former_secret    BLOB,
    former_until     INTEGER,
    -- Pending until the address has answered a challenge.
    status           TEXT NOT NULL CHECK (status IN ('pending', 'active', 'disabled')),
    version          INTEGER NOT NULL,
    created_by       BLOB NOT NULL,
    created_at       INTEGER NOT NULL,
    UNIQUE (organization_id, slot),
    UNIQUE (organization_id, id),
    FOREIGN KEY (organization_id, created_by) REFERENCES members (organization_id, id)
) STRICT;

-- The outbox: written with the change that it tells of.
CREATE TABLE webhook_deliveries (
    id               BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    organization_id  BLOB NOT NULL,
    webhook_id       BLOB NOT NULL,
    event_type       TEXT NOT NULL,
    -- The bytes that are signed and sent: ids, and nothing about anybody.
    payload          TEXT NOT NULL,
    status           TEXT NOT NULL CHECK (status IN ('due', 'delivered', 'failed')),
    attempts         INTEGER NOT NULL,
    due_at           INTEGER NOT NULL,
    -- A replica works at it until then.
    claimed_until    INTEGER,
    attempted_at     INTEGER,
    -- The status that the address answered, if it answered at all. Nothing else of the answer is kept.
    answered         INTEGER,
    created_at       INTEGER NOT NULL,
    FOREIGN KEY (organization_id, webhook_id) REFERENCES webhooks (organization_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (due_at) WHERE status = 'due';
CREATE INDEX webhook_deliveries_attempted_idx ON webhook_deliveries (organization_id, attempted_at);
CREATE INDEX webhook_deliveries_log_idx ON webhook_deliveries (organization_id, webhook_id, created_at, id);
