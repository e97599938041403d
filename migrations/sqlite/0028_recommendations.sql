-- Batches of recommendations, and what people said of them.
-- The same file name stands in migrations/postgres, with the same tables.

-- One row per night. What was recommended to whom stands in the records that were made.
CREATE TABLE batches (
    id       INTEGER PRIMARY KEY,
    made_at  INTEGER NOT NULL,
    -- Another one where any list is another; '' where there are none.
    version  TEXT    NOT NULL,
    outcome  TEXT    NOT NULL CHECK (outcome IN ('publishing', 'published', 'too-small', 'withheld')),
    -- What chose it, what it was measured by, what is missing or which gate withheld it, as JSON. Nobody is named in it.
    figures  TEXT    NOT NULL,
    -- How many were recommended something.
    people   INTEGER NOT NULL,
    done_at  INTEGER,
    CHECK ((outcome = 'publishing') = (done_at IS NULL))
) STRICT;

-- What customers want more of, less of, never, or not looked at. Sealed; a row only for those who said something.
CREATE TABLE tastes (
    customer INTEGER PRIMARY KEY REFERENCES customers (id),
    words    BLOB NOT NULL
) STRICT;
