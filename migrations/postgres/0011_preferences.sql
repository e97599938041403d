-- What customers choose on the page of preferences, beside their consents and limits.
-- The same file name stands in migrations/sqlite, with the same columns.

-- The first instant at which they may be written to again, and what is silent until then; NULL: nothing is.
ALTER TABLE customers ADD COLUMN snoozed_until BIGINT;
ALTER TABLE customers ADD COLUMN snoozed TEXT CHECK (snoozed IN ('marketing', 'everything'));
