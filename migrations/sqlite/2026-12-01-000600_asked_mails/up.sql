-- Mails that went to an address because somebody typed it: what their limits count, over all organizations. For a day.

CREATE TABLE asked_mails (
    id             BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    kind           TEXT NOT NULL CHECK (kind IN ('registration', 'password-reset', 'invitation', 'email-confirmation')),
    -- A blind index: whoever reads this table learns no address.
    address_index  BLOB NOT NULL CHECK (length(address_index) = 16),
    sent_at        INTEGER NOT NULL
) STRICT;
CREATE INDEX asked_mails_kind_address_index_sent_at_idx ON asked_mails (kind, address_index, sent_at);
CREATE INDEX asked_mails_kind_sent_at_idx ON asked_mails (kind, sent_at);
CREATE INDEX asked_mails_sent_at_idx ON asked_mails (sent_at);
