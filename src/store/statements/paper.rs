//! What leaves on paper, in copies.

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
        WHERE p.state = (SELECT 'leased')
    ";

    /// Rows: plan and epoch, $2 now. From leased to sent.
    TO_SENT: bulk "
        UPDATE plans
        SET state = 'sent', next_at = $2, hold = ''
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'epoch' AS BIGINT) AS epoch
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.epoch = n.epoch AND plans.state = (SELECT 'leased')
    ";

    /// The indexes of plans that hang on their state, and how each is made.
    INDEXES_BY_STATE: two "
        SELECT name, sql
        FROM sqlite_schema
        WHERE type = 'index' AND tbl_name = 'plans' AND sql LIKE '% WHERE %state%'
    " "
        SELECT CAST(indexname AS TEXT) AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'plans' AND indexdef LIKE '% WHERE %state%'
    ";

    /// The last plan there is.
    LAST_PLAN: one "
        SELECT COALESCE(MAX(id), 0) FROM plans
    ";

    /// $1 and $2: the first bytes of a share's first mailbox and of the next share's, NULL for none; $3 and $4: after and up
    /// to which plan. What is planned for everybody else is void.
    LEAVE_TO_OTHERS: one "
        UPDATE plans
        SET state = 'void', epoch = epoch + 1, waits_for = NULL, hold = ''
        -- By number: plans lie in that order.
        WHERE id > $3 AND id <= $4 AND state = 'planned' AND customer + 0 IN (
            SELECT id FROM customers WHERE mailbox < $1
            UNION ALL
            SELECT id FROM customers WHERE mailbox >= $2)
    ";
}
