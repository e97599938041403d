-- Ids are whole numbers, instants are UTC milliseconds, personal columns are sealed (`base::sealed`).
-- The same file name stands in migrations/postgres, with the same tables.

-- One row per start of a daemon. The dead are known by their number.
CREATE TABLE nodes (
    id         INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    beat_at    INTEGER NOT NULL
) STRICT;

-- 'clock': the latest instant that this installation has seen.
CREATE TABLE marks (
    name TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

CREATE TABLE halts (
    cause TEXT    NOT NULL PRIMARY KEY CHECK (cause IN
        ('operator', 'clock', 'clock-far-ahead', 'journal', 'route')),
    since INTEGER NOT NULL,
    note  TEXT    NOT NULL
) STRICT;

CREATE TABLE customers (
    id          INTEGER PRIMARY KEY,
    handle      BLOB    NOT NULL UNIQUE CHECK (length(handle) = 16),
    -- NULL: the source has no ids, the mailbox says who it is.
    external_id TEXT    UNIQUE,
    -- A keyed hash: finds the customer without holding the address.
    mailbox     BLOB    NOT NULL CHECK (length(mailbox) = 32),
    address     BLOB    NOT NULL,
    fields      BLOB    NOT NULL,
    -- NULL: not known; the business's holds.
    zone        TEXT,
    language    TEXT,
    -- The customer's own limits as JSON; NULL: none.
    own_limits  TEXT,
    version     INTEGER NOT NULL CHECK (version >= 1)
) STRICT;

CREATE INDEX customers_by_mailbox ON customers (mailbox);

-- Append-only. What holds now is the fold of it.
CREATE TABLE consents (
    id       INTEGER PRIMARY KEY,
    -- No reference: what was said is a leaf of the audit, and stays when the customer is erased.
    customer INTEGER NOT NULL,
    purpose  TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('granted', 'withdrawn')),
    method   TEXT    NOT NULL CHECK (method IN
        ('import', 'one-click', 'in-person', 'form', 'paper', 'telephone', 'preference-page', 'undone', 'confirmed')),
    at       INTEGER NOT NULL,
    -- Where it is written: a file and a line, a link.
    source   TEXT    NOT NULL,
    -- In which language the words were shown; NULL: not known.
    language TEXT,
    -- The end that the person set to a yes; NULL: none.
    expires_at INTEGER,
    CHECK (expires_at IS NULL OR (kind = 'granted' AND expires_at > at))
) STRICT;

CREATE INDEX consents_by_customer ON consents (customer, purpose, at, id);

CREATE TABLE suppressions (
    id      INTEGER PRIMARY KEY,
    mailbox BLOB    NOT NULL CHECK (length(mailbox) = 32),
    -- '': all purposes.
    purpose TEXT    NOT NULL,
    reason  TEXT    NOT NULL CHECK (reason IN ('stopped', 'no-such-mailbox', 'operator', 'erased')),
    at      INTEGER NOT NULL,
    UNIQUE (mailbox, purpose, reason)
) STRICT;

CREATE TABLE records (
    id          INTEGER PRIMARY KEY,
    kind        TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    customer    INTEGER NOT NULL REFERENCES customers (id),
    fields      BLOB    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('live', 'cancelled')),
    version     INTEGER NOT NULL CHECK (version >= 1),
    -- When it became known; 0 for a customer's card.
    known_at    INTEGER NOT NULL,
    UNIQUE (kind, external_id)
) STRICT;

CREATE INDEX records_by_customer ON records (customer);

CREATE TABLE plans (
    id          INTEGER PRIMARY KEY,
    customer    INTEGER NOT NULL REFERENCES customers (id),
    record      INTEGER NOT NULL REFERENCES records (id),
    workflow    TEXT    NOT NULL,
    step        TEXT    NOT NULL,
    occurrence  TEXT    NOT NULL,
    purpose     TEXT    NOT NULL,
    marketing   INTEGER NOT NULL CHECK (marketing IN (0, 1)),
    state       TEXT    NOT NULL CHECK (state IN
        ('planned', 'leased', 'sending', 'sent', 'rehearsed', 'given', 'rejected', 'refused', 'void', 'uncertain',
         'merged')),
    due_at      INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL CHECK (expires_at >= due_at),
    -- When it is asked next, while it is planned.
    next_at     INTEGER NOT NULL,
    -- Counts claims: an answer for an earlier one is void.
    epoch       INTEGER NOT NULL CHECK (epoch >= 0),
    -- The claim's owner; 0 before the first.
    node        INTEGER NOT NULL,
    -- Attempts that failed.
    attempts    INTEGER NOT NULL CHECK (attempts >= 0),
    -- The last hold as JSON, so that an identical one isn't written to the ledger again; '' for none.
    hold        TEXT    NOT NULL,
    -- The event that ends the hold, where it has no date.
    waits_for   TEXT    CHECK (waits_for IN ('halt-lifted', 'step-ended', 'approved')),
    -- Why it was refused: the name of the reason, and all of it as JSON.
    refused_for TEXT,
    refusal     TEXT,
    -- The message that it went into.
    merged_into INTEGER REFERENCES plans (id),
    -- Nobody is written to twice for one occurrence, over all states, for ever.
    UNIQUE (workflow, step, customer, occurrence),
    CHECK ((state = 'refused') = (refusal IS NOT NULL)),
    CHECK ((refusal IS NULL) = (refused_for IS NULL)),
    CHECK ((state = 'merged') = (merged_into IS NOT NULL)),
    CHECK (waits_for IS NULL OR state = 'planned')
) STRICT;

CREATE INDEX plans_due ON plans (next_at, id) WHERE state = 'planned';
CREATE INDEX plans_leased ON plans (id) WHERE state = 'leased';
CREATE INDEX plans_waiting ON plans (waits_for, record) WHERE waits_for IS NOT NULL;
CREATE INDEX plans_by_record ON plans (record, workflow);
CREATE INDEX plans_merged ON plans (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX plans_by_customer ON plans (customer, workflow);

-- The permission, on disk before the wire; then the intent; then what became of it. An attempt is also its slot under
-- the caps: it counts for its mailbox at `counts_at`, or not any more.
CREATE TABLE attempts (
    id           INTEGER PRIMARY KEY,
    plan         INTEGER NOT NULL REFERENCES plans (id),
    customer     INTEGER NOT NULL,
    node         INTEGER NOT NULL,
    epoch        INTEGER NOT NULL,
    mailbox      BLOB    NOT NULL CHECK (length(mailbox) = 32),
    purpose      TEXT    NOT NULL,
    marketing    INTEGER NOT NULL CHECK (marketing IN (0, 1)),
    state        TEXT    NOT NULL CHECK (state IN
        ('permitted', 'intent', 'accepted', 'deferred', 'rejected', 'route-refused', 'aborted', 'not-begun', 'revoked',
         'uncertain', 'rehearsed', 'rehearsal-over')),
    permitted_at INTEGER NOT NULL,
    intent_at    INTEGER,
    -- SHA-256 of what the customer would see, in hexadecimal.
    digest       TEXT    CHECK (length(digest) = 64),
    counts_at    INTEGER,
    -- By which values caps count it, where they count by a field: pairs of its name and a keyed hash, as JSON.
    cap_keys     TEXT,
    closed_at    INTEGER,
    receipt      TEXT,
    CHECK ((state IN ('permitted', 'intent')) = (closed_at IS NULL)),
    CHECK ((intent_at IS NULL) = (digest IS NULL)),
    CHECK (state <> 'intent' OR intent_at IS NOT NULL),
    CHECK ((state IN ('permitted', 'intent', 'accepted', 'uncertain', 'rehearsed')) = (counts_at IS NOT NULL))
) STRICT;

CREATE INDEX attempts_by_plan ON attempts (plan);
-- What only the owner got: it counts until the rehearsal is over.
CREATE INDEX attempts_rehearsed ON attempts (id) WHERE state = 'rehearsed';
CREATE INDEX attempts_counted ON attempts (mailbox, counts_at) WHERE counts_at IS NOT NULL;
-- No receipt yet: open, or revoked while its lane may be writing MAIL. Every stop waits for these.
CREATE INDEX attempts_unanswered ON attempts (mailbox) WHERE receipt IS NULL;
-- One open attempt per plan, whatever goes wrong elsewhere.
CREATE UNIQUE INDEX attempts_one_open ON attempts (plan) WHERE closed_at IS NULL;

-- What happened, for ever. Ids only: it outlives the rows that it speaks of.
CREATE TABLE ledger (
    id        INTEGER PRIMARY KEY,
    at        INTEGER NOT NULL,
    customer  INTEGER,
    plan      INTEGER,
    attempt   INTEGER,
    happening TEXT    NOT NULL
) STRICT;

CREATE INDEX ledger_by_plan ON ledger (plan) WHERE plan IS NOT NULL;
CREATE INDEX ledger_by_customer ON ledger (customer) WHERE customer IS NOT NULL;
