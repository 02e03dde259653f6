-- Which organizations still use an operation that ends, so that their administrators are told in time.

CREATE TABLE deprecated_uses (
    organization_id  uuid NOT NULL REFERENCES organizations (id),
    operation        text NOT NULL,
    last_used_at     timestamptz NOT NULL,
    -- How many of the notices went out.
    notices          integer NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, operation)
);

-- The notices look across organizations, so the realm alone can be asked.
ALTER TABLE deprecated_uses ENABLE ROW LEVEL SECURITY;
ALTER TABLE deprecated_uses FORCE ROW LEVEL SECURITY;
CREATE POLICY deprecated_uses_realm ON deprecated_uses
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
