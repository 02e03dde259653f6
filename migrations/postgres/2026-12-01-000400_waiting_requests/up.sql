-- A request that waits belongs to the browser in which it waits, and a question to whoever was asked it: a handle in
-- somebody else's hands is worth nothing. Requests that wait at this moment begin anew; they live for minutes. Row-level
-- security hides them from a DELETE of the migrating role.
TRUNCATE authorization_requests;
ALTER TABLE authorization_requests
    ADD COLUMN browser_hash bytea,
    -- Of whom a consent page asked what: an answer counts for exactly this.
    ADD COLUMN question jsonb,
    ADD CONSTRAINT authorization_requests_browser_hash_check CHECK (pushed = (browser_hash IS NULL)),
    ADD CONSTRAINT authorization_requests_question_check CHECK (question IS NULL OR NOT pushed);
