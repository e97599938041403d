-- Which data directory a node works from: of those that did before, all are dead when another one begins there.
ALTER TABLE nodes ADD COLUMN home TEXT NOT NULL DEFAULT '';
