-- What the owner is to hear of: the outbox of mail and webhooks to whoever runs the business.
-- The same file name stands in migrations/postgres, with the same tables.

-- No text stands here: it is made from the facts when it leaves, so that nothing personal is stored twice. A row is
-- written in the transaction of what it tells, or by a duty, once for ever.
CREATE TABLE notices (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind IN
                   ('answer', 'morning', 'calendar-away', 'calendar-doubt', 'halt', 'webhook-gone')),
    -- The civil day, the calendar's name, the halt's cause, the mark of the server that is called; '' for an answer.
    about      TEXT    NOT NULL,
    -- When the trouble began; 0 where there is none.
    since      INTEGER NOT NULL,
    -- The row of `answers`; 0 for none.
    answer     INTEGER NOT NULL,
    way        TEXT    NOT NULL CHECK (way IN ('mail', 'webhook')),
    -- The notice whose letter this one shares; NULL before it is written for the first time.
    letter     INTEGER,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'sent', 'moot', 'given-up')),
    created_at INTEGER NOT NULL,
    next_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    -- How often it failed, and why the last time; '' for nothing.
    tries      INTEGER NOT NULL CHECK (tries >= 0),
    error      TEXT    NOT NULL,
    ended_at   INTEGER,
    UNIQUE (kind, about, since, answer, way),
    CHECK ((state = 'open') = (ended_at IS NULL))
) STRICT;

CREATE INDEX notices_due ON notices (way, next_at, id) WHERE state = 'open';
-- Calls keep their order: the first one says when the next ones are made.
CREATE INDEX notices_in_order ON notices (way, id) WHERE state = 'open';

-- What the morning mail looks for.
CREATE INDEX answers_by_time ON answers (at);
CREATE INDEX suppressions_by_time ON suppressions (at);
CREATE INDEX attempts_failed ON attempts (closed_at) WHERE state IN ('rejected', 'uncertain');
CREATE INDEX plans_held ON plans (next_at, id) WHERE state = 'planned' AND hold <> '';
