//! Which set of files is in force, and in which words it asks people.

use super::statements;

statements! {
    /// The set in force, and since when all plans are up to it; and up to when messages are not sent any more that were due.
    IN_FORCE: one "
        SELECT revision, in_force_at, planned_at,
               (SELECT m.at FROM marks m WHERE m.name = 'skipped') AS skipped_to
        FROM revisions
        WHERE id = (SELECT MAX(id) FROM revisions)
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

    /// Rows: purpose, digest, content; $2 now. Where the last words of a purpose are others, these follow them.
    REWORD: bulk "
        INSERT INTO wordings (purpose, digest, content, since)
        SELECT j.value ->> 'purpose', j.value ->> 'digest', j.value ->> 'content',
               CASE WHEN EXISTS (SELECT 1 FROM wordings w WHERE w.purpose = j.value ->> 'purpose')
                    THEN CAST($2 AS BIGINT) ELSE 0 END
        FROM" "
        WHERE COALESCE(
            (SELECT w.content
             FROM wordings w
             WHERE w.purpose = j.value ->> 'purpose'
             ORDER BY w.since DESC, w.id DESC
             LIMIT 1), '') <> j.value ->> 'content'
        RETURNING purpose, digest, since
    ";

    /// $1 purpose, $2 digest. People whose last word about it was a yes, to other words.
    AGREED_OTHERWISE: one "
        SELECT COUNT(*)
        FROM (SELECT k.customer, k.kind, k.at,
                     ROW_NUMBER() OVER (PARTITION BY k.customer ORDER BY k.at DESC, k.id DESC) AS turn
              FROM consents k
              WHERE k.purpose = $1) AS turns
        WHERE turn = 1 AND kind = 'granted' AND $2 <> COALESCE(
            (SELECT w.digest
             FROM wordings w
             WHERE w.purpose = $1 AND (w.since <= turns.at OR w.since = 0)
             ORDER BY w.since DESC, w.id DESC
             LIMIT 1), '')
    ";
}
