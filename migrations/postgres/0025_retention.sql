-- What is kept besides fields, found by when its time begins.
-- The same file name stands in migrations/sqlite, with the same tables.

CREATE INDEX visits_kept ON visits (starts_at, id) WHERE content IS NOT NULL;
CREATE INDEX tasks_kept ON tasks (ended_at, id) WHERE state <> 'open';
