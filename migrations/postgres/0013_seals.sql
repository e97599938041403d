-- What proves the ledger: seals, and which checkpoints were signed.
-- The same file name stands in migrations/sqlite, with the same tables.

-- One row for each second in which something happened. Append-only; what the columns are made of stands in `src/audit/mod.rs`.
CREATE TABLE seals (
    id        BIGINT  NOT NULL PRIMARY KEY,
    sealed_at BIGINT  NOT NULL,
    -- The last sealed row of each source, as JSON.
    upto      TEXT    NOT NULL,
    -- How many leaves the tree has with this seal, and the full subtrees that it consists of.
    entries   BIGINT  NOT NULL,
    peaks     BYTEA   NOT NULL,
    -- The leaves that it adds. They stay when a row is erased.
    leaves    BYTEA   NOT NULL CHECK (length(leaves) > 0),
    chain     BYTEA   NOT NULL CHECK (length(chain) = 32)
);

-- The checkpoints that were written to their file, so that one that is missing there is missed.
CREATE TABLE checkpoints (
    id      BIGINT  NOT NULL PRIMARY KEY,
    seal    BIGINT  NOT NULL,
    made_at BIGINT  NOT NULL
);

CREATE TRIGGER seals_stay_as_written BEFORE UPDATE OR DELETE ON seals
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();

-- Entries hold numbers and no personal data: an erasure leaves them as they are.
CREATE TRIGGER ledger_stays_as_written BEFORE UPDATE OR DELETE ON ledger
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();
