//! What the owner is to hear of, and what the morning mail looks for.

use super::statements;

statements! {
    /// $1 kind, $2 about, $3 since, $4 answer, $5 way, $6 now, $7 `next_at`, $8 `expires_at`. Once for ever.
    PUT_NOTICE: one "
        INSERT INTO notices (kind, about, since, answer, way, state, created_at, next_at, expires_at, tries, error)
        VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $8, 0, '')
        ON CONFLICT (kind, about, since, answer, way) DO NOTHING
    ";

    /// $1 kind, $2 about, $3 since, $4 answer, $5 way.
    HAS_NOTICE: one "
        SELECT COUNT(*) FROM notices WHERE kind = $1 AND about = $2 AND since = $3 AND answer = $4 AND way = $5
    ";

    /// $1 now, $2 limit.
    DUE_LETTERS: one "
        SELECT id, kind, about, since, answer, letter, tries, created_at, expires_at
        FROM notices
        WHERE state = 'open' AND way = 'mail' AND next_at <= $1
        ORDER BY next_at, id LIMIT $2
    ";

    /// $1 now, $2 limit. In the order in which they were written; none while the first one waits.
    DUE_CALLS: one "
        SELECT id, kind, about, since, answer, letter, tries, created_at, expires_at
        FROM notices
        WHERE state = 'open' AND way = 'webhook'
            AND (SELECT first.next_at FROM notices AS first
                 WHERE first.state = 'open' AND first.way = 'webhook' ORDER BY first.id LIMIT 1) <= $1
        ORDER BY id LIMIT $2
    ";

    /// Rows: ids, $2 the letter that they share from now on.
    SHARE_LETTER: bulk "
        UPDATE notices SET letter = $2
        WHERE letter IS NULL AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// Rows: ids, $2 state, $3 now.
    END_NOTICES: bulk "
        UPDATE notices SET state = $2, ended_at = $3
        WHERE state = 'open' AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// Rows: ids, $2 when to try again, $3 what went wrong.
    DELAY_NOTICES: bulk "
        UPDATE notices SET tries = tries + 1, next_at = $2, error = $3
        WHERE state = 'open' AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// When the last morning mail was written that arrived.
    LAST_MORNING: one "
        SELECT MAX(created_at) FROM notices WHERE kind = 'morning' AND state = 'sent'
    ";

    /// $1 way. What went wrong with what waits, the first to be tried again first.
    NOTICE_TROUBLE: one "
        SELECT error FROM notices WHERE state = 'open' AND way = $1 AND tries > 0 ORDER BY next_at, id LIMIT 1
    ";

    /// $1 endpoint. Since when it wants no more calls.
    WEBHOOK_GONE: one "
        SELECT since FROM notices WHERE kind = 'webhook-gone' AND about = $1 ORDER BY since LIMIT 1
    ";

    /// Rows: ids of answers. Each with its message, customer and record.
    ANSWERS_TOLD: bulk "
        SELECT a.id AS answer_id, a.answer, a.at AS answered_at,
               p.id, p.epoch, p.customer, p.record, p.workflow, p.step, p.occurrence, p.purpose, p.due_at, p.expires_at,
               p.attempts, c.handle, c.mailbox, c.address, c.fields, c.zone, c.language, c.version,
               r.kind, r.external_id, r.fields AS record_fields, r.status,
               r.version AS record_version, y.wrapped
        FROM" "
        JOIN answers a ON a.id = CAST(j.value AS BIGINT)
        JOIN plans p ON p.id = a.plan
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        LEFT JOIN keystore.keys y ON y.id = p.customer
        ORDER BY a.id
    ";

    /// $1 since, $2 limit. The last word about each visit, where it was said since then.
    ANSWERS_SINCE: one "
        SELECT a.id
        FROM answers a
        WHERE a.at > $1
            AND a.id = (SELECT MAX(l.id) FROM answers l WHERE l.record = a.record AND l.occurrence = a.occurrence)
        ORDER BY a.at, a.id LIMIT $2
    ";

    /// $1 since, $2 limit. Who clicked stop since then: each mailbox by one of its customers.
    STOPS_SINCE: one "
        SELECT s.purpose, (SELECT MIN(c.id) FROM customers c WHERE c.mailbox = s.mailbox) AS customer
        FROM suppressions s
        WHERE s.at > $1 AND s.reason = 'stopped'
        ORDER BY s.at, s.id LIMIT $2
    ";

    /// $1 since, $2 limit. Messages that were refused, or that may have arrived.
    FAILED_SINCE: one "
        SELECT customer, plan, receipt
        FROM attempts
        WHERE state IN ('rejected', 'uncertain') AND closed_at > $1
        ORDER BY closed_at, id LIMIT $2
    ";

    /// $1 after, $2 until, $3 limit. What is asked in this span.
    AGENDA: one "
        SELECT id, next_at
        FROM plans
        WHERE state = 'planned' AND next_at > $1 AND next_at <= $2
        ORDER BY next_at, id LIMIT $3
    ";

    /// $1 after, $2 limit. What was asked, and is held beyond this.
    HELD_BEYOND: one "
        SELECT id, next_at, hold
        FROM plans
        WHERE state = 'planned' AND hold <> '' AND next_at > $1
        ORDER BY next_at, id LIMIT $2
    ";
}
