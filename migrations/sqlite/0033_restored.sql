-- An older database was put in the place of the one that was here: nothing is sent until a person has said what becomes of the
-- messages that may have left already.
CREATE TABLE halts_with_restored (
    cause    TEXT    NOT NULL PRIMARY KEY CHECK (cause IN
        ('operator', 'clock', 'clock-far-ahead', 'journal', 'route', 'restored')),
    since    INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    -- Of 'restored': the last sign of life that the database knows, and the last one that there was.
    knows_to INTEGER,
    came_to  INTEGER
) STRICT;

INSERT INTO halts_with_restored (cause, since, note) SELECT cause, since, note FROM halts;

DROP TABLE halts;

ALTER TABLE halts_with_restored RENAME TO halts;
