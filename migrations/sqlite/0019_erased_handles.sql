-- By which name an erased person stood in links: where an older database is put here, that is how they are found in it. And those
-- who were signed up and never confirmed it go like erased ones, but for what keeps a person erased.
CREATE TABLE erasures_anew (
    id          INTEGER PRIMARY KEY,
    -- The number that they had here.
    customer    INTEGER NOT NULL,
    handle      BLOB    CHECK (handle IS NULL OR length(handle) = 16),
    at          INTEGER NOT NULL,
    via         TEXT    NOT NULL CHECK (via IN ('link', 'operator', 'unconfirmed')),
    -- Keys that are to be destroyed, as a JSON list: SQLite commits the rows before the key store.
    keys        TEXT    NOT NULL,
    -- When the database's log held nothing of them any more. NULL: not yet.
    scrubbed_at INTEGER
) STRICT;

INSERT INTO erasures_anew (id, customer, at, via, keys, scrubbed_at)
SELECT id, customer, at, via, keys, scrubbed_at FROM erasures;
DROP TABLE erasures;
ALTER TABLE erasures_anew RENAME TO erasures;

CREATE INDEX erasures_to_scrub ON erasures (id) WHERE scrubbed_at IS NULL;

-- Whether the sign-up made the customer: nobody else had brought them.
ALTER TABLE sign_ups ADD COLUMN made_customer INTEGER NOT NULL DEFAULT 0 CHECK (made_customer IN (0, 1));
