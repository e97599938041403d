-- Calendars that are read again and again, and the visits that they and imported calendar files tell of.
-- The same file name stands in migrations/postgres, with the same tables.

-- One row per calendar of comity.toml that was ever fetched.
CREATE TABLE sources (
    name          TEXT    NOT NULL PRIMARY KEY,
    -- What the server said about its version; '' for nothing.
    etag          TEXT    NOT NULL,
    modified      TEXT    NOT NULL,
    -- Complete readings so far: each has its number.
    fetches       INTEGER NOT NULL CHECK (fetches >= 0),
    -- When its present state was last read or confirmed. NULL: never.
    confirmed_at  INTEGER,
    -- Visits in the last complete reading.
    visits        INTEGER NOT NULL,
    -- Why it can't be trusted now, in a sentence; '' for nothing.
    trouble       TEXT    NOT NULL,
    trouble_since INTEGER,
    -- 1: the operator takes it at its word, although it lacks much.
    believed      INTEGER NOT NULL CHECK (believed IN (0, 1)),
    CHECK ((trouble = '') = (trouble_since IS NULL))
) STRICT;

-- What calendars say. A visit whose customer is known has a record, and all that is personal is there; the others keep
-- their fields and texts here, sealed, until somebody says whose they are.
CREATE TABLE visits (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    -- The calendar that tells of it; '' for an imported file.
    source      TEXT    NOT NULL,
    record      INTEGER REFERENCES records (id),
    -- How often it was given to another customer: each has a record of their own.
    turn        INTEGER NOT NULL CHECK (turn >= 0),
    starts_at   INTEGER NOT NULL,
    -- The calendar's own count of changes.
    sequence    INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('live', 'cancelled', 'vanished')),
    -- The last complete reading that had it, and how many since then had it not.
    reading     INTEGER NOT NULL,
    missed      INTEGER NOT NULL CHECK (missed >= 0),
    content     BLOB,
    -- Which key of the key store seals the content.
    key         INTEGER,
    UNIQUE (kind, external_id),
    CHECK (record IS NULL OR content IS NULL),
    CHECK ((key IS NULL) = (content IS NULL))
) STRICT;

CREATE INDEX visits_by_source ON visits (source, starts_at) WHERE state = 'live';
CREATE INDEX visits_by_record ON visits (record) WHERE record IS NOT NULL;
CREATE INDEX visits_by_key ON visits (key) WHERE key IS NOT NULL;
CREATE INDEX visits_of_nobody ON visits (starts_at, id) WHERE record IS NULL AND state = 'live';

-- What a person said about visits that nobody was known for: once and for all, for the whole series.
CREATE TABLE settlements (
    kind     TEXT    NOT NULL,
    -- The visits' name, less what tells one visit of a series from the next.
    series   TEXT    NOT NULL,
    customer INTEGER NOT NULL REFERENCES customers (id),
    at       INTEGER NOT NULL,
    PRIMARY KEY (kind, series)
) STRICT;

CREATE INDEX settlements_by_customer ON settlements (customer);
