//! What is kept outside the database, too.

use super::statements;

statements! {
    /// Up to which line of the file the database knows what was said.
    KEPT_MARK: one "
        SELECT at FROM marks WHERE name = 'kept'
    ";

    /// $1 line.
    MARK_KEPT: one "
        INSERT INTO marks (name, at) VALUES ('kept', $1) ON CONFLICT (name) DO UPDATE SET at = excluded.at
    ";

    /// All that mailboxes refuse, but for those that are gone.
    ALL_REFUSED: one "
        SELECT mailbox, purpose, reason, at FROM suppressions WHERE reason <> 'no-such-mailbox' ORDER BY id
    ";
}
