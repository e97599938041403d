-- The page of recommendations names the categories that may be recommended: each is found by one look, whatever the catalogue's size.
-- The same file name stands in migrations/sqlite, with the same index.

CREATE INDEX products_categories ON products (category) WHERE listed = 1 AND sensitive = 0;
