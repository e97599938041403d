-- Each time that somebody of the business looked a person up, so that it is found without reading the whole ledger.
-- The same file name stands for both databases, with the same tables.
CREATE INDEX ledger_looks ON ledger (id) WHERE happening LIKE '{"looked-up":%';
