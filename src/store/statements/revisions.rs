//! Which set of files is in force.

use super::statements;

statements! {
    /// The set in force, and since when all plans are up to it.
    IN_FORCE: one "
        SELECT revision, in_force_at, planned_at FROM revisions WHERE id = (SELECT MAX(id) FROM revisions)
    ";

    /// $1 revision, $2 now. What is in force already stays so.
    PUT_IN_FORCE: one "
        INSERT INTO revisions (revision, in_force_at)
        SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT)
        WHERE NOT EXISTS (
            SELECT 1 FROM revisions WHERE id = (SELECT MAX(id) FROM revisions) AND revision = CAST($1 AS TEXT))
    ";

    /// $1 revision, $2 now.
    ADOPT: one "
        UPDATE revisions
        SET planned_at = COALESCE(planned_at, $2)
        WHERE id = (SELECT MAX(id) FROM revisions) AND revision = $1
    ";
}
