-- What people were told about their data, kept as they read it.
-- The same file name stands in migrations/sqlite, with the same tables.

-- Append-only. The last row is in force.
CREATE TABLE privacy_notices (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The beginning of the content's SHA-256, in hexadecimal. It comes again where the files go back to what they were.
    version TEXT    NOT NULL CHECK (length(version) = 12),
    -- The facts, and what people read in each language, as JSON.
    content TEXT    NOT NULL,
    -- Since when.
    since   BIGINT  NOT NULL
);

CREATE INDEX privacy_notices_by_version ON privacy_notices (version, id);

CREATE TRIGGER privacy_notices_stay_as_written BEFORE UPDATE OR DELETE ON privacy_notices
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();
