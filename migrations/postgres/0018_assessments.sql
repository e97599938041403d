-- Impact assessments that somebody signed.
-- The same file name stands in migrations/sqlite, with the same tables.

-- Append-only. A change of the workflow, or of what is done with its data, is another digest.
CREATE TABLE assessments (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow TEXT    NOT NULL,
    digest   TEXT    NOT NULL CHECK (length(digest) = 16),
    -- The assessment as it was signed, as JSON.
    content  TEXT    NOT NULL,
    -- The person, by the name that they gave, or by that of their account.
    who      TEXT    NOT NULL,
    at       BIGINT  NOT NULL
);

CREATE INDEX assessments_by_digest ON assessments (workflow, digest, id);

CREATE TRIGGER assessments_stay_as_written BEFORE UPDATE OR DELETE ON assessments
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();
