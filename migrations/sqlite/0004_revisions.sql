-- Sets of files that were in force.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only but for `planned_at`. The last row is in force.
CREATE TABLE revisions (
    id          INTEGER PRIMARY KEY,
    revision    TEXT    NOT NULL,
    in_force_at INTEGER NOT NULL,
    -- When all plans were up to it. NULL: not yet, and until then nothing is permitted.
    planned_at  INTEGER
) STRICT;
