-- How many reminders went out that the key expires: one 30 days before, one 7 days before.
ALTER TABLE api_keys ADD COLUMN reminders INTEGER NOT NULL DEFAULT 0 CHECK (reminders BETWEEN 0 AND 2);
CREATE INDEX api_keys_expires_at_idx ON api_keys (expires_at) WHERE revoked_at IS NULL;
