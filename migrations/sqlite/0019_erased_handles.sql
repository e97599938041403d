-- By which name an erased person stood in links: where an older database is put here, that is how they are found in it.
ALTER TABLE erasures ADD COLUMN handle BLOB CHECK (handle IS NULL OR length(handle) = 16);
