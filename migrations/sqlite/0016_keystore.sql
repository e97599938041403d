-- A key for each customer, in a file of its own: whoever has the rows alone, has nothing. The id is the customer's, or that of a
-- key that seals the visits of nobody. A key that was destroyed leaves its id, so that no id is given twice.
CREATE TABLE keystore.keys (
    id      INTEGER PRIMARY KEY,
    -- By the installation's wrapping key. NULL: destroyed.
    wrapped BLOB,
    -- 1: made ahead, on disk before anything that it seals.
    spare   INTEGER NOT NULL CHECK (spare IN (0, 1))
) STRICT;

CREATE INDEX keystore.keys_spare ON keys (id) WHERE spare = 1;
