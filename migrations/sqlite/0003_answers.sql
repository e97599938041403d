-- What customers answered about their visits, by the links of their messages.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only. The last row about a visit at one date holds; the record's field says the same.
CREATE TABLE answers (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL,
    -- The date that the message named.
    occurrence TEXT    NOT NULL,
    customer   INTEGER NOT NULL,
    -- The message whose link was used.
    plan       INTEGER NOT NULL,
    answer     TEXT    NOT NULL CHECK (answer IN ('coming', 'cant-come', 'another-time')),
    at         INTEGER NOT NULL
) STRICT;

CREATE INDEX answers_by_visit ON answers (record, occurrence, id);
