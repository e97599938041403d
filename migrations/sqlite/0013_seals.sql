-- What proves the ledger: seals, and which checkpoints were signed.
-- The same file name stands in migrations/postgres, with the same tables.

-- One row for each second in which something happened. Append-only; what the columns are made of stands in `src/audit/mod.rs`.
CREATE TABLE seals (
    id        INTEGER PRIMARY KEY,
    sealed_at INTEGER NOT NULL,
    -- The last sealed row of each source, as JSON.
    upto      TEXT    NOT NULL,
    -- How many leaves the tree has with this seal, and the full subtrees that it consists of.
    entries   INTEGER NOT NULL,
    peaks     BLOB    NOT NULL,
    -- The leaves that it adds. They stay when a row is erased.
    leaves    BLOB    NOT NULL CHECK (length(leaves) > 0),
    chain     BLOB    NOT NULL CHECK (length(chain) = 32)
) STRICT;

-- The checkpoints that were written to their file, so that one that is missing there is missed.
CREATE TABLE checkpoints (
    id      INTEGER PRIMARY KEY,
    seal    INTEGER NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

CREATE TRIGGER seals_stay_as_written BEFORE UPDATE ON seals
BEGIN
    SELECT RAISE(ABORT, 'seals are append-only');
END;

CREATE TRIGGER seals_stay BEFORE DELETE ON seals
BEGIN
    SELECT RAISE(ABORT, 'seals are append-only');
END;

-- Entries hold numbers and no personal data: an erasure leaves them as they are.
CREATE TRIGGER ledger_stays_as_written BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER ledger_stays BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
