ALTER TABLE authorization_requests
    DROP CONSTRAINT authorization_requests_question_check,
    DROP CONSTRAINT authorization_requests_browser_hash_check,
    DROP COLUMN question,
    DROP COLUMN browser_hash;
