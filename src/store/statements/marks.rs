//! Marks: one number each, under a name, that says how far something has come or when it was.

use super::statements;

statements! {
    /// $1 name.
    MARK: one "SELECT at FROM marks WHERE name = $1";

    /// $1 name, $2 number.
    SET_MARK: one "
        INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at
    ";

    /// $1 name, $2 number. It never goes back.
    RAISE_MARK: one "
        INSERT INTO marks (name, at) VALUES ($1, $2)
        ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE excluded.at > marks.at
    ";

    /// $1 name, $2 of another one that says the same, where there is that.
    COPY_MARK: one "
        INSERT INTO marks (name, at)
        SELECT CAST($1 AS TEXT), at FROM marks WHERE name = $2
        ON CONFLICT (name) DO UPDATE SET at = excluded.at
    ";

    /// $1 name.
    DROP_MARK: one "DELETE FROM marks WHERE name = $1";
}
