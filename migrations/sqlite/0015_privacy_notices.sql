-- What people were told about their data, kept as they read it.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only. The last row is in force.
CREATE TABLE privacy_notices (
    id      INTEGER PRIMARY KEY,
    -- The beginning of the content's SHA-256, in hexadecimal. It comes again where the files go back to what they were.
    version TEXT    NOT NULL CHECK (length(version) = 12),
    -- The facts, and what people read in each language, as JSON.
    content TEXT    NOT NULL,
    -- Since when.
    since   INTEGER NOT NULL
) STRICT;

CREATE INDEX privacy_notices_by_version ON privacy_notices (version, id);

CREATE TRIGGER privacy_notices_stay_as_written BEFORE UPDATE ON privacy_notices
BEGIN
    SELECT RAISE(ABORT, 'privacy notices are append-only');
END;

CREATE TRIGGER privacy_notices_stay BEFORE DELETE ON privacy_notices
BEGIN
    SELECT RAISE(ABORT, 'privacy notices are append-only');
END;
