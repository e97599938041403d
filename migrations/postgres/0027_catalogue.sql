-- What is sold, as the business's catalogue says it. Nobody's data.
-- The same file name stands in migrations/sqlite, with the same tables.

CREATE TABLE products (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Its own name in the shop, which stays when it is called otherwise.
    sku        TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL,
    -- '': none.
    category   TEXT    NOT NULL,
    maker      TEXT    NOT NULL,
    -- In the currency's minor unit.
    price      BIGINT,
    currency   TEXT    CHECK (length(currency) = 3),
    url        TEXT,
    image      TEXT,
    in_stock   BIGINT NOT NULL CHECK (in_stock IN (0, 1)),
    -- What the owner says of it, such as local, as a JSON list of texts.
    tags       TEXT    NOT NULL,
    -- It says too much of whoever buys it.
    sensitive  BIGINT NOT NULL CHECK (sensitive IN (0, 1)),
    -- 0: the last catalogue doesn't name it any more.
    listed     BIGINT NOT NULL CHECK (listed IN (0, 1)),
    changed_at BIGINT NOT NULL,
    CHECK ((price IS NULL) = (currency IS NULL))
);
