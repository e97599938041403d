//! What customers answered, and what became of their visits.

use super::statements;

statements! {
    /// $1 plan, $2 the customer's name in links. The message that asked, with its customer and record.
    ASKED: one "
        SELECT p.id, p.epoch, p.customer, p.record, p.workflow, p.step, p.occurrence, p.purpose, p.due_at, p.expires_at,
               p.attempts, c.handle, c.mailbox, c.address, c.fields, c.zone, c.language, c.version,
               r.kind, r.external_id, r.fields AS record_fields, r.status,
               r.version AS record_version, y.wrapped
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        LEFT JOIN keystore.keys y ON y.id = p.customer
        WHERE p.id = $1 AND c.handle = $2
    ";

    /// $1 record, $2 occurrence, $3 customer, $4 plan, $5 answer, $6 at.
    TAKE_ANSWER: one "
        INSERT INTO answers (record, occurrence, customer, plan, answer, at)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING id
    ";

    /// The last word about each visit, by answer.
    COUNT_ANSWERS: one "
        SELECT answer, COUNT(*) AS answers
        FROM answers
        WHERE id IN (SELECT MAX(id) FROM answers GROUP BY record, occurrence)
        GROUP BY answer
    ";

    /// $1 now. Of the visits that a message of ours was about and that are past: how many, and how many of them were
    /// kept: the business's own report says so, or without one nobody cancelled or declined. A visit stands at the date of
    /// its last plan that isn't void; its last step expires when it begins.
    COUNT_PAST: one "
        SELECT COUNT(*) AS past,
               COUNT(CASE COALESCE(
                         (SELECT e.kind FROM events e
                          WHERE e.record = v.record AND e.occurrence = v.occurrence
                              AND e.kind IN ('record.kept', 'record.missed')
                          ORDER BY e.id DESC LIMIT 1),
                         CASE WHEN r.status = 'live' AND NOT EXISTS (
                             SELECT 1 FROM answers a
                             WHERE a.id = (SELECT MAX(l.id) FROM answers l
                                           WHERE l.record = v.record AND l.occurrence = v.occurrence)
                                 AND a.answer = 'cant-come') THEN 'record.kept' END)
                     WHEN 'record.kept' THEN 1 END) AS kept
        FROM (SELECT DISTINCT record, occurrence FROM plans WHERE state = 'sent') AS v
        JOIN records r ON r.id = v.record
        -- `+ 0`: of the plans of the record, and not of all in their order.
        WHERE v.occurrence = (SELECT o.occurrence FROM plans o
                              WHERE o.record = v.record AND o.state <> 'void' ORDER BY o.id + 0 DESC LIMIT 1)
          AND $1 >= (SELECT MAX(p.expires_at) FROM plans p WHERE p.record = v.record AND p.occurrence = v.occurrence)
    ";
}
