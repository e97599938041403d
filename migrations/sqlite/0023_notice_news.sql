-- Of which changes of the privacy notice people were told, and how far that is.
-- The same file name stands in migrations/postgres, with the same tables.
CREATE TABLE notice_news (
    id             INTEGER PRIMARY KEY,
    -- The notice that they knew before, and the one that they are told of: rows of privacy_notices.
    before         INTEGER NOT NULL,
    notice         INTEGER NOT NULL,
    -- Whoever has a number up to this one was told.
    after_customer INTEGER NOT NULL,
    -- When everybody was, or there was nothing to tell.
    done_at        INTEGER
) STRICT;
