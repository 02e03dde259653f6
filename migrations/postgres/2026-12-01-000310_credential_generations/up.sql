-- Counts the changes of what an account is opened with. What was verified of an account takes effect only while this is what
-- it was when it was verified.
ALTER TABLE accounts ADD COLUMN generation integer NOT NULL DEFAULT 1;
