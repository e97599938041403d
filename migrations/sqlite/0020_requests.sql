-- What people asked of the business about their own data, and when it was answered: by it the deadlines of the law are kept
-- (GDPR 12(3)).
-- The same file name stands in migrations/postgres, with the same tables.
CREATE TABLE requests (
    id          INTEGER PRIMARY KEY,
    -- The number that they have here, or had: the row stays when they are erased.
    customer    INTEGER NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN
        ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection')),
    at          INTEGER NOT NULL,
    via         TEXT    NOT NULL CHECK (via IN ('page', 'operator')),
    -- The record that asks for the message by whose link they see their data.
    record      INTEGER,
    -- When that link was opened first.
    opened_at   INTEGER,
    -- What they wrote, sealed. NULL: nothing, or they were erased.
    words       BLOB,
    answered_at INTEGER
) STRICT;

CREATE INDEX requests_open ON requests (at) WHERE answered_at IS NULL;
CREATE INDEX requests_by_customer ON requests (customer, at);
CREATE INDEX requests_by_record ON requests (record) WHERE record IS NOT NULL;
