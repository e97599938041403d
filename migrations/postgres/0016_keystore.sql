-- A key for each customer, in a schema of its own: whoever has the rows alone, has nothing. The id is the customer's, or that of a
-- key that seals the visits of nobody. A key that was destroyed leaves its id, so that no id is given twice.
CREATE SCHEMA keystore;

CREATE TABLE keystore.keys (
    id      BIGINT PRIMARY KEY,
    -- By the installation's wrapping key. NULL: destroyed.
    wrapped BYTEA,
    -- 1: made ahead, on disk before anything that it seals.
    spare   BIGINT NOT NULL CHECK (spare IN (0, 1))
);

CREATE INDEX keys_spare ON keystore.keys (id) WHERE spare = 1;
