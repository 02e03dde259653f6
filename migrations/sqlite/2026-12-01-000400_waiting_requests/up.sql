-- A request that waits belongs to the browser in which it waits, and a question to whoever was asked it: a handle in
-- somebody else's hands is worth nothing. Requests that wait at this moment begin anew; they live for minutes.
DELETE FROM authorization_requests;
ALTER TABLE authorization_requests ADD COLUMN browser_hash BLOB
    CHECK ((pushed AND browser_hash IS NULL) OR (NOT pushed AND browser_hash IS NOT NULL AND length(browser_hash) = 32));
-- Of whom a consent page asked what: an answer counts for exactly this.
ALTER TABLE authorization_requests ADD COLUMN question TEXT
    CHECK (question IS NULL OR (NOT pushed AND json_valid(question)));
