-- What stops messages to a person whatever they agreed to: objections, restrictions, and who is a child.
-- The same file name stands in migrations/sqlite, with the same tables.

-- Append-only. What holds now is the fold of it.
CREATE TABLE bars (
    id       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- No reference: a leaf of the audit stays when the customer is erased.
    customer BIGINT  NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('objected', 'restricted', 'unrestricted', 'minor', 'of-age')),
    -- Of an objection, to which purpose; NULL: to marketing.
    purpose  TEXT    CHECK (purpose IS NULL OR said = 'objected'),
    at       BIGINT  NOT NULL,
    -- Where it was said: by the API's key of this name, to the operator.
    source   TEXT    NOT NULL,
    -- What shows it: sealed. An erasure leaves its hash.
    evidence BYTEA   NOT NULL
);

CREATE INDEX bars_by_customer ON bars (customer, at, id);

CREATE TRIGGER bars_stay_as_written BEFORE UPDATE OF id, customer, said, purpose, at, source ON bars
FOR EACH STATEMENT EXECUTE FUNCTION stay_as_written();
