-- Which organizations still use an operation that ends, so that their administrators are told in time.

CREATE TABLE deprecated_uses (
    organization_id  BLOB NOT NULL REFERENCES organizations (id),
    operation        TEXT NOT NULL,
    last_used_at     INTEGER NOT NULL,
    -- How many of the notices went out.
    notices          INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, operation)
) STRICT, WITHOUT ROWID;
