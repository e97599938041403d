//! What is kept of people, looked at for what is to go, and taken out.

use super::statements;

statements! {
    /// $1 the last id of the page before, $2 limit. Records, and whether their customer ever stopped anything.
    RECORDS_KEPT: one "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, r.known_at, y.wrapped,
               -- LIMIT: EXISTS would read all that was ever withdrawn, for each page.
               CAST(COALESCE((SELECT 1 FROM consents k WHERE k.customer = r.customer AND k.kind = 'withdrawn' LIMIT 1), 0)
                    AS BIGINT) AS said_no
        FROM records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.id > $1
        ORDER BY r.id
        LIMIT $2
    ";

    /// $1 the last id of the page before, $2 limit. Customers, whether they ever stopped anything, and when they were last
    /// heard of; 0 for never.
    CUSTOMERS_KEPT: one "
        SELECT c.id, c.handle, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped,
               CAST(COALESCE((SELECT 1 FROM consents k WHERE k.customer = c.id AND k.kind = 'withdrawn' LIMIT 1), 0)
                    AS BIGINT) AS said_no,
               COALESCE((SELECT MAX(r.known_at) FROM records r WHERE r.customer = c.id), 0) AS known_at,
               COALESCE((SELECT MAX(k.at) FROM consents k WHERE k.customer = c.id), 0) AS said_at
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
        WHERE c.id > $1
        ORDER BY c.id
        LIMIT $2
    ";

    /// $1 id, $2 version as read, $3 fields.
    FORGET_FIELDS: one "
        UPDATE customers SET fields = $3, version = version + 1 WHERE id = $1 AND version = $2
    ";

    /// $1 now, $2 limit. What past visits of nobody are kept with, the oldest first.
    VISITS_KEPT: one "
        SELECT id, starts_at FROM visits WHERE content IS NOT NULL AND starts_at <= $1 ORDER BY starts_at, id LIMIT $2
    ";

    /// Rows: ids. The visit stays, without a word, so that its calendar doesn't bring it anew.
    FORGET_VISITS: bulk "
        UPDATE visits SET content = NULL, key = NULL
        WHERE record IS NULL AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// $1 now, $2 limit. Tasks that have ended, the oldest first.
    TASKS_KEPT: one "
        SELECT id, ended_at FROM tasks WHERE state <> 'open' AND ended_at <= $1 ORDER BY ended_at, id LIMIT $2
    ";

    /// Rows: ids.
    FORGET_TASKS: bulk "
        DELETE FROM tasks WHERE state <> 'open' AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";
}
