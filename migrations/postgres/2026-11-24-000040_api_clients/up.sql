-- What programs that call the API leave behind. Rows of the identity realm: no tenant's transaction sees them.

-- What may be used once (`jti` of proofs and of assertions), as digests.
CREATE TABLE replays (
    key         bytea PRIMARY KEY,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX replays_expires_at_idx ON replays (expires_at);

ALTER TABLE replays ENABLE ROW LEVEL SECURITY;
ALTER TABLE replays FORCE ROW LEVEL SECURITY;
CREATE POLICY replays_identity ON replays
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
