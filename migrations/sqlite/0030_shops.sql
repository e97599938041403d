-- What web shops told of their orders by webhooks, so that calls in any order come to the same.
-- The same file name stands in migrations/postgres, with the same tables.

CREATE TABLE shop_orders (
    -- As comity.toml calls the shop.
    shop     TEXT    NOT NULL,
    -- The order's own id there.
    id       TEXT    NOT NULL,
    -- Nobody, where a refund came before its order.
    customer INTEGER REFERENCES customers (id),
    -- Which version each line stands at and what was refunded, as JSON. What was bought stands in the records.
    state    TEXT    NOT NULL,
    -- When it was told of last.
    at       INTEGER NOT NULL,
    PRIMARY KEY (shop, id)
) STRICT;
CREATE INDEX shop_orders_of ON shop_orders (customer);
CREATE INDEX shop_orders_at ON shop_orders (at);

-- Calls that were answered.
CREATE TABLE shop_calls (
    shop TEXT    NOT NULL,
    name TEXT    NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (shop, name)
) STRICT;
CREATE INDEX shop_calls_at ON shop_calls (at);
