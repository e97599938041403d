-- The API: its keys, the answers that it repeats, what was reported by it, and the evidence of consents.
-- The same file name stands in migrations/postgres, with the same tables.

-- A key that was revoked stays, so that what it reported keeps its source.
CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    -- SHA-256 of the secret: 256 random bits need no slow hash, because nobody can try them all.
    digest     BLOB    NOT NULL CHECK (length(digest) = 32),
    -- What it may do, as a JSON list.
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    -- The day; NULL: never.
    used_on    INTEGER,
    revoked_at INTEGER
) STRICT;

CREATE UNIQUE INDEX api_keys_in_force ON api_keys (name) WHERE revoked_at IS NULL;

-- What a request with an Idempotency-Key was answered, for a day.
CREATE TABLE api_answers (
    key     TEXT    NOT NULL REFERENCES api_keys (id),
    -- SHA-256 of the header, and of method, path and body.
    name    BLOB    NOT NULL CHECK (length(name) = 32),
    request BLOB    NOT NULL CHECK (length(request) = 32),
    -- What became of each row, as a JSON list.
    answer  TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (key, name)
) STRICT;

CREATE INDEX api_answers_by_age ON api_answers (at);

-- What the business's programs reported: each event once, for ever.
CREATE TABLE events (
    id          INTEGER PRIMARY KEY,
    -- The name of the key that reported it.
    source      TEXT    NOT NULL,
    external_id TEXT    NOT NULL,
    kind        TEXT    NOT NULL CHECK (kind IN
        ('record.cancelled', 'record.kept', 'record.missed', 'customer.stopped')),
    -- SHA-256 of what it says, so that another event under the same id is noticed.
    digest      BLOB    NOT NULL CHECK (length(digest) = 32),
    at          INTEGER NOT NULL,
    -- The visit that it is about, at the date that it had then.
    record      INTEGER,
    occurrence  TEXT,
    UNIQUE (source, external_id),
    CHECK ((record IS NULL) = (kind = 'customer.stopped'))
) STRICT;

CREATE INDEX events_by_visit ON events (record, occurrence, id) WHERE record IS NOT NULL;

-- What the person was shown, where, and who wrote it down: sealed.
CREATE TABLE consent_evidence (
    consent INTEGER NOT NULL PRIMARY KEY REFERENCES consents (id),
    content BLOB    NOT NULL
) STRICT;
