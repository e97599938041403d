-- What stops messages to a person whatever they agreed to: objections, restrictions, and who is a child.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only. What holds now is the fold of it.
CREATE TABLE bars (
    id       INTEGER PRIMARY KEY,
    -- No reference: a leaf of the audit stays when the customer is erased.
    customer INTEGER NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('objected', 'restricted', 'unrestricted', 'minor', 'of-age')),
    -- Of an objection, to which purpose; NULL: to marketing.
    purpose  TEXT    CHECK (purpose IS NULL OR said = 'objected'),
    at       INTEGER NOT NULL,
    -- Where it was said: by the API's key of this name, to the operator.
    source   TEXT    NOT NULL,
    -- What shows it: sealed. An erasure leaves its hash.
    evidence BLOB    NOT NULL
) STRICT;

CREATE INDEX bars_by_customer ON bars (customer, at, id);

CREATE TRIGGER bars_stay_as_written BEFORE UPDATE OF id, customer, said, purpose, at, source ON bars
BEGIN
    SELECT RAISE(ABORT, 'bars are append-only');
END;
