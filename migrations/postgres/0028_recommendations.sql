-- Batches of recommendations, and what people said of them.
-- The same file name stands in migrations/sqlite, with the same tables.

-- One row per night. What was recommended to whom stands in the records that were made.
CREATE TABLE batches (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    made_at  BIGINT NOT NULL,
    -- Another one where any list is another; '' where there are none.
    version  TEXT    NOT NULL,
    outcome  TEXT    NOT NULL CHECK (outcome IN ('publishing', 'published', 'too-small', 'withheld')),
    -- What chose it, what it was measured by, what is missing or which gate withheld it, as JSON. Nobody is named in it.
    figures  TEXT    NOT NULL,
    -- How many were recommended something.
    people   BIGINT NOT NULL,
    done_at  BIGINT,
    CHECK ((outcome = 'publishing') = (done_at IS NULL))
);

-- What customers want more of, less of, never, or not looked at. Sealed; a row only for those who said something.
CREATE TABLE tastes (
    customer BIGINT PRIMARY KEY REFERENCES customers (id),
    words    BYTEA NOT NULL
);
