-- What people said about messages before they leave.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only. The last row about something holds.
CREATE TABLE approvals (
    id       INTEGER PRIMARY KEY,
    workflow TEXT    NOT NULL,
    -- The message, or 0 for the workflow as a whole.
    plan     INTEGER NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('approved', 'withdrawn', 'rejected')),
    -- The workflow's revision; of a message the digest of what the customer would see, '' where it was rejected.
    seen     TEXT    NOT NULL,
    -- The person, by the name that they gave, or by that of their account.
    who      TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE INDEX approvals_by_topic ON approvals (workflow, plan, id);
