//! The marks of a database that moves, or was moved.

use super::statements;

statements! {
    MARKED: one "SELECT at FROM marks WHERE name = $1";
    MARK_AT: one "
        INSERT INTO marks (name, at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET at = excluded.at
    ";
    DROP_MARK: one "DELETE FROM marks WHERE name = $1";
    /// Nodes of files had no home, because nobody else could work with them.
    TAKE_HOME: one "UPDATE nodes SET home = $1 WHERE home = ''";
}
