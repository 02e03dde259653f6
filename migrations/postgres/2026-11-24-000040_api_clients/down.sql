DROP TABLE api_keys;
ALTER TABLE members DROP COLUMN networks;
DROP TABLE replays;
