-- Which customers have a day of the year in a field: who has a birthday is found without opening anybody's fields.
-- The same file name stands in migrations/postgres, with the same tables.

CREATE TABLE customer_days (
    field    TEXT    NOT NULL,
    -- `03-29`.
    day      TEXT    NOT NULL CHECK (length(day) = 5),
    customer BIGINT   NOT NULL REFERENCES customers (id),
    PRIMARY KEY (field, day, customer)
);

CREATE INDEX customer_days_by_customer ON customer_days (customer);
