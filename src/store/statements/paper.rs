//! What leaves on paper.

use super::statements;

statements! {
    /// Rows: plan, epoch, node, `cap_keys`, $2 now, $3 receipt. What left on paper, as if it had been taken at once.
    PUT_ON_PAPER: bulk "
        INSERT INTO attempts
            (plan, customer, node, epoch, mailbox, purpose, marketing, state, permitted_at, counts_at, cap_keys, closed_at,
             receipt)
        SELECT p.id, p.customer, CAST(j.value ->> 'node' AS BIGINT), p.epoch, c.mailbox, p.purpose, p.marketing, 'accepted',
               CAST($2 AS BIGINT), CAST($2 AS BIGINT), j.value ->> 'cap_keys', CAST($2 AS BIGINT), CAST($3 AS TEXT)
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT) AND p.epoch = CAST(j.value ->> 'epoch' AS BIGINT)
        JOIN customers c ON c.id = p.customer
        WHERE p.state = 'leased'
    ";

    /// Rows: plan and epoch, $2 now. From leased to sent.
    TO_SENT: bulk "
        UPDATE plans
        SET state = 'sent', next_at = $2, hold = ''
        WHERE state = 'leased' AND (id, epoch) IN (
            SELECT CAST(j.value ->> 'plan' AS BIGINT), CAST(j.value ->> 'epoch' AS BIGINT) FROM" ")
    ";
}
