-- The words that people were asked in, kept as they were.
-- The same file name stands in migrations/sqlite, with the same tables.

-- Append-only. The last row of a purpose is in force; a consent was given to the words in force at its time.
CREATE TABLE wordings (
    id      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    purpose TEXT    NOT NULL,
    -- SHA-256 of title and promise in the policy's own language, in hexadecimal: what a yes is a yes to.
    digest  TEXT    NOT NULL CHECK (length(digest) = 64),
    -- Title, promise and their translations, as JSON.
    content TEXT    NOT NULL,
    -- Since when. 0, from ever, for the first of a purpose: nobody knows of any before.
    since   BIGINT  NOT NULL
);

CREATE INDEX wordings_by_purpose ON wordings (purpose, since, id);

-- What was said stays said: state is what follows from the history, and the history is only added to.
CREATE FUNCTION stay_as_written() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END $$;

CREATE TRIGGER consents_stay_as_written BEFORE UPDATE ON consents
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();

CREATE TRIGGER wordings_stay_as_written BEFORE UPDATE ON wordings
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();
