//! What a database that was moved is told about where it is now.

use super::statements;

statements! {
    /// $1 home. Nodes of files had none, because nobody else could work with them.
    TAKE_HOME: one "UPDATE nodes SET home = $1 WHERE home = ''";
}
