-- What somebody asked for by our form, under an address that nobody has confirmed.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only: the first half of a double opt-in. Its second half is the consent whose source names the record.
CREATE TABLE sign_ups (
    id       INTEGER PRIMARY KEY,
    record   INTEGER NOT NULL REFERENCES records (id),
    customer INTEGER NOT NULL REFERENCES customers (id),
    purpose  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    -- In which language the form was shown.
    language TEXT    NOT NULL,
    -- Where it stands: a page's name.
    source   TEXT    NOT NULL,
    UNIQUE (record, purpose)
) STRICT;

CREATE INDEX sign_ups_by_customer ON sign_ups (customer, at);
