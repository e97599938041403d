-- Who was erased: a number that leads to nobody any more, and keyed hashes by which nothing brings them back.
CREATE TABLE erasures (
    id          INTEGER PRIMARY KEY,
    -- The number that they had here.
    customer    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    via         TEXT    NOT NULL CHECK (via IN ('link', 'operator')),
    -- Keys that are to be destroyed, as a JSON list: SQLite commits the rows before the key store.
    keys        TEXT    NOT NULL,
    -- When the database's log held nothing of them any more. NULL: not yet.
    scrubbed_at INTEGER
) STRICT;

CREATE INDEX erasures_to_scrub ON erasures (id) WHERE scrubbed_at IS NULL;

-- What sources call them and their records, as keyed hashes.
CREATE TABLE erased_names (
    name    BLOB    NOT NULL PRIMARY KEY CHECK (length(name) = 32),
    erasure INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What they agreed to stays, about a number that leads to nobody: it is a leaf of the audit.
CREATE TRIGGER consents_stay BEFORE DELETE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are append-only');
END;
