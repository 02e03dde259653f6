DROP INDEX api_keys_expires_at_idx;
ALTER TABLE api_keys DROP COLUMN reminders;
