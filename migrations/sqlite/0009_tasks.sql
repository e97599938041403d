-- What people of the business are to do in place of a message.
-- The same file name stands in migrations/postgres, with the same tables.

CREATE TABLE tasks (
    id       INTEGER PRIMARY KEY,
    -- The step of a journey that it is.
    plan     INTEGER NOT NULL UNIQUE REFERENCES plans (id),
    -- What to do, with the customer's own data in it.
    words    BLOB    NOT NULL,
    given_at INTEGER NOT NULL,
    state    TEXT    NOT NULL CHECK (state IN ('open', 'done', 'dropped', 'withdrawn')),
    ended_at INTEGER,
    -- The person who did or dropped it; '' for nobody.
    who      TEXT    NOT NULL,
    CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;

CREATE INDEX tasks_open ON tasks (id) WHERE state = 'open';
