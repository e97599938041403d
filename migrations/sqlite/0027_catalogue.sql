-- What is sold, as the business's catalogue says it. Nobody's data.
-- The same file name stands in migrations/postgres, with the same tables.

CREATE TABLE products (
    id         INTEGER PRIMARY KEY,
    -- Its own name in the shop, which stays when it is called otherwise.
    sku        TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    -- '': none.
    category   TEXT    NOT NULL,
    maker      TEXT    NOT NULL,
    -- In the currency's minor unit.
    price      INTEGER,
    currency   TEXT    CHECK (length(currency) = 3),
    url        TEXT,
    image      TEXT,
    in_stock   INTEGER NOT NULL CHECK (in_stock IN (0, 1)),
    -- What the owner says of it, such as local, as a JSON list of texts.
    tags       TEXT    NOT NULL,
    -- It says too much of whoever buys it.
    sensitive  INTEGER NOT NULL CHECK (sensitive IN (0, 1)),
    -- 0: the last catalogue doesn't name it any more.
    listed     INTEGER NOT NULL CHECK (listed IN (0, 1)),
    changed_at INTEGER NOT NULL,
    CHECK ((price IS NULL) = (currency IS NULL))
) STRICT;
