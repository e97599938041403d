//! Claims: what is due, and all that it is rendered from.

use super::statements;

statements! {
    /// $1 node, $2 now, $3 limit. At most one plan per customer, and none of a customer of whom one is claimed: their caps are
    /// decided one after the other, the first due first. None as long as plans are not up to the revision in force.
    CLAIM: two "
        UPDATE plans
        SET state = 'leased', node = $1, epoch = epoch + 1, waits_for = NULL
        WHERE state = 'planned' AND id IN (
            SELECT id
            FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY next_at, id) AS turn
                  FROM (SELECT id, customer, next_at
                        FROM plans
                        WHERE state = 'planned' AND next_at <= $2
                          AND customer NOT IN (SELECT customer FROM plans WHERE state = 'leased')
                          AND (SELECT planned_at FROM revisions
                               WHERE id = (SELECT MAX(id) FROM revisions)) IS NOT NULL
                        ORDER BY next_at, id
                        LIMIT $3) AS due) AS turns
            WHERE turn = 1)
        RETURNING id
    " "
        UPDATE plans
        SET state = 'leased', node = $1, epoch = epoch + 1, waits_for = NULL
        -- They are locked below, in their state: it isn't asked again, by an index of all that is planned.
        WHERE id IN (
            SELECT id
            FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY next_at, id) AS turn
                  FROM (SELECT id, customer, next_at
                        FROM plans
                        WHERE state = 'planned' AND next_at <= $2
                          AND customer NOT IN (SELECT customer FROM plans WHERE state = 'leased')
                          AND (SELECT planned_at FROM revisions
                               WHERE id = (SELECT MAX(id) FROM revisions)) IS NOT NULL
                        ORDER BY next_at, id
                        LIMIT $3
                        -- Another node's claim isn't waited for.
                        FOR UPDATE SKIP LOCKED) AS due) AS turns
            WHERE turn = 1)
        RETURNING id
    ";

    /// Rows: plan ids, $2 the state that they are in. All that a plan is rendered from.
    CLAIMED: bulk "
        SELECT p.id, p.epoch, p.customer, p.record, p.workflow, p.step, p.occurrence, p.purpose, p.marketing,
               p.due_at, p.expires_at, p.next_at, p.attempts, p.hold,
               c.handle, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, c.own_limits,
               c.snoozed_until, c.snoozed,
               r.kind, r.external_id, r.fields AS record_fields, r.status, r.version AS record_version,
               y.wrapped
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        LEFT JOIN keystore.keys y ON y.id = p.customer
        WHERE p.state = $2
        ORDER BY p.next_at, p.id
    ";

    /// Rows: plan ids. Digests of attempts whose fate is unknown.
    UNCERTAIN_DIGESTS: bulk "
        SELECT a.plan, a.digest
        FROM" "
        JOIN attempts a ON a.plan = CAST(j.value AS BIGINT)
        WHERE a.state = 'uncertain' AND a.digest IS NOT NULL
        ORDER BY a.plan, a.id
    ";

    /// The earliest due time: the first entry of the index `plans_due`.
    NEXT_DUE: one "
        SELECT next_at FROM plans WHERE state = 'planned' ORDER BY next_at, id LIMIT 1
    ";

    /// $1 revision. The same, as far as [`CLAIM`] takes it for a node whose files are of this revision.
    NEXT_CLAIM: one "
        SELECT next_at
        FROM plans
        WHERE state = 'planned'
          AND (SELECT planned_at FROM revisions
               WHERE id = (SELECT MAX(id) FROM revisions) AND revision = $1) IS NOT NULL
        ORDER BY next_at, id
        LIMIT 1
    ";
}
