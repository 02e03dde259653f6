ALTER TABLE authorization_requests DROP COLUMN question;
ALTER TABLE authorization_requests DROP COLUMN browser_hash;
