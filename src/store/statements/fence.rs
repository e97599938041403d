//! How far the database has come, and what follows where it had come further.

use super::statements;

statements! {
    /// $1 the name under which this node counts. The latest instant seen, the last word about an older database, and its count.
    FENCE_MARKS: one "
        SELECT name, at FROM marks WHERE name IN ('clock', 'restored', $1)
    ";

    /// $1 up to when the database knows, $2 up to when it had come. What several nodes know goes together.
    NOTE_RESTORED: one "
        UPDATE halts
        SET knows_to = COALESCE(knows_to, $1), came_to = CASE WHEN came_to > $2 THEN came_to ELSE $2 END
        WHERE cause = 'restored'
    ";

    /// The halt of an older database.
    RESTORED: one "
        SELECT since, knows_to, came_to FROM halts WHERE cause = 'restored'
    ";

    /// $1 up to when the database had come, $2 now. Messages that were due by then, and would leave now.
    AT_STAKE: one "
        SELECT COUNT(*)
        FROM plans
        WHERE state = 'planned' AND (next_at <= $2 OR waits_for = 'halt-lifted') AND due_at <= $1 AND expires_at > $2
    ";
}
