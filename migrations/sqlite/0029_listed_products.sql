-- How many products the catalogue names is asked with every request that may take some away.
-- The same file name stands in migrations/postgres, with the same index.

CREATE INDEX products_listed ON products (id) WHERE listed = 1;
