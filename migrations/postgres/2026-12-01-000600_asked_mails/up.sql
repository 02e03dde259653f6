-- Mails that went to an address because somebody typed it: what their limits count, over all organizations. For a day.

CREATE TABLE asked_mails (
    id             uuid PRIMARY KEY,
    kind           text NOT NULL CONSTRAINT asked_mails_kind_check
                   CHECK (kind IN ('registration', 'password-reset', 'invitation', 'email-confirmation')),
    -- A blind index: whoever reads this table learns no address.
    address_index  bytea NOT NULL CONSTRAINT asked_mails_address_index_check CHECK (octet_length(address_index) = 16),
    sent_at        timestamptz NOT NULL
);
CREATE INDEX asked_mails_kind_address_index_sent_at_idx ON asked_mails (kind, address_index, sent_at);
CREATE INDEX asked_mails_kind_sent_at_idx ON asked_mails (kind, sent_at);
CREATE INDEX asked_mails_sent_at_idx ON asked_mails (sent_at);

ALTER TABLE asked_mails ENABLE ROW LEVEL SECURITY;
ALTER TABLE asked_mails FORCE ROW LEVEL SECURITY;
CREATE POLICY asked_mails_realm ON asked_mails
    USING (current_setting('app.realm', true) = 'identity')
    WITH CHECK (current_setting('app.realm', true) = 'identity');
