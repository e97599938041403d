//! What pages and commands read.

use super::statements;

statements! {
    /// How many customers.
    COUNT_CUSTOMERS: one "
        SELECT COUNT(*) FROM customers
    ";

    /// How many records.
    COUNT_RECORDS: one "
        SELECT COUNT(*) FROM records WHERE kind <> 'customer'
    ";

    /// How many suppressions.
    COUNT_SUPPRESSIONS: one "
        SELECT COUNT(*) FROM suppressions
    ";

    /// Plans by state.
    COUNT_PLANS: one "
        SELECT state, COUNT(*) FROM plans GROUP BY state
    ";

    /// Refused plans by reason.
    COUNT_REFUSED: one "
        SELECT refused_for, COUNT(*) FROM plans WHERE refused_for IS NOT NULL GROUP BY refused_for
    ";

    /// The oldest permission that is still open.
    OLDEST_OPEN: one "
        SELECT MIN(permitted_at) FROM attempts WHERE closed_at IS NULL
    ";

    /// $1 plan. When what it is about became known.
    KNOWN_SINCE: one "
        SELECT r.known_at FROM plans p JOIN records r ON r.id = p.record WHERE p.id = $1
    ";

    /// $1 plan.
    PLAN: one "
        SELECT id, epoch, customer, record, workflow, step, occurrence, purpose, marketing, due_at, expires_at, next_at,
               attempts, hold, state, refusal
        FROM plans WHERE id = $1
    ";

    /// $1 customer.
    PLANS_OF: one "
        SELECT id, epoch, customer, record, workflow, step, occurrence, purpose, marketing, due_at, expires_at, next_at,
               attempts, hold, state, refusal
        FROM plans WHERE customer = $1 ORDER BY due_at, id
    ";

    /// $1 plan.
    HISTORY_OF_PLAN: one "
        SELECT id, at, customer, plan, attempt, happening FROM ledger WHERE plan = $1 ORDER BY id
    ";

    /// $1 customer.
    HISTORY_OF_CUSTOMER: one "
        SELECT id, at, customer, plan, attempt, happening FROM ledger WHERE customer = $1 ORDER BY id
    ";

    /// $1 limit. Each time that somebody of the business looked a person up, newest first.
    LOOKS: one "
        SELECT id, at, customer, plan, attempt, happening FROM ledger
        WHERE happening LIKE '{\"looked-up\":%'
        ORDER BY id DESC
        LIMIT $1
    ";

    /// $1 the last id of the page before, $2 limit.
    ENTRIES_AFTER: one "
        SELECT id, at, customer, plan, attempt, happening FROM ledger WHERE id > $1 ORDER BY id LIMIT $2
    ";

    /// The same, as far as it is about messages, with what the sources call their customers and records.
    TOLD_AFTER: one "
        SELECT l.id, l.at, l.customer, l.plan, l.attempt, l.happening, p.workflow, p.step, p.purpose, c.external_id,
               CASE WHEN r.kind = 'customer' THEN COALESCE(c.external_id, CAST(c.id AS TEXT))
                    ELSE r.external_id
               END AS record
        FROM ledger l
        JOIN plans p ON p.id = l.plan
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        WHERE l.id > $1
        ORDER BY l.id
        LIMIT $2
    ";

    /// The last entry.
    LAST_ENTRY: one "
        SELECT COALESCE(MAX(id), 0) FROM ledger
    ";

    /// $1 plan. What the sources call its customer and its record; a card has its customer's name.
    NAMES_OF_PLAN: one "
        SELECT c.external_id,
               CASE WHEN r.kind = 'customer' THEN COALESCE(c.external_id, CAST(c.id AS TEXT))
                    ELSE r.external_id
               END AS record
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        WHERE p.id = $1
    ";
}
