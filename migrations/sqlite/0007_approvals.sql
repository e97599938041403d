-- What people said about messages before they leave.
-- The same file name stands in migrations/postgres, with the same tables.

-- Append-only. The last row about something holds.
CREATE TABLE approvals (
    id       INTEGER PRIMARY KEY,
    workflow TEXT    NOT NULL,
    -- The message, or 0 for the workflow as a whole.
    plan     INTEGER NOT NULL,
    -- The day of a run ('2027-03-01'), or '' where it is not about one.
    day      TEXT    NOT NULL,
    said     TEXT    NOT NULL CHECK (said IN ('approved', 'withdrawn', 'rejected')),
    -- The workflow's revision; of a message the digest of what the customer would see, '' where it was rejected; of a run
    -- the number of people and the revision ('51 of 0123456789abcdef').
    seen     TEXT    NOT NULL,
    -- The person, by the name that they gave, or by that of their account.
    who      TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE INDEX approvals_by_topic ON approvals (workflow, plan, day, id);

-- How many people a workflow was permitted to write to among what was due on one day. Only where a large run needs a yes.
CREATE TABLE runs (
    workflow TEXT    NOT NULL,
    day      TEXT    NOT NULL,
    people   INTEGER NOT NULL CHECK (people > 0),
    PRIMARY KEY (workflow, day)
) STRICT;

-- Whom a workflow writes to on one day. What ended without being written isn't counted.
CREATE INDEX plans_by_run ON plans (workflow, due_at) WHERE state NOT IN ('void', 'refused', 'rejected');
