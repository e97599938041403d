//! Messages that go into one.

use super::statements;

statements! {
    /// Rows: plan and workflow, $2 until when, $3 now. The open messages of these workflows to the same customer, for the
    /// purpose of the plan, that are due by then and wait for nobody.
    COMPANIONS: bulk "
        SELECT o.id
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT)
        -- Of the customer's plans; not of those of the workflow.
        JOIN plans o ON o.customer = p.customer AND o.workflow || '' = j.value ->> 'workflow'
        WHERE o.id <> p.id AND p.state = 'leased' AND o.purpose = p.purpose AND o.state IN ('planned', 'leased') AND o.due_at <= $2 AND o.expires_at > $3
          AND (o.waits_for IS NULL OR o.waits_for <> 'approved')
        ORDER BY o.due_at, o.id
    ";

    /// Rows: plan and epoch, $2 the message that they go into.
    MERGE_PLANS: bulk "
        UPDATE plans
        SET state = 'merged', merged_into = $2, hold = '', waits_for = NULL
        WHERE state IN ('planned', 'leased') AND (id, epoch) IN (
            SELECT CAST(j.value ->> 'plan' AS BIGINT), CAST(j.value ->> 'epoch' AS BIGINT) FROM" ")
    ";

    /// Rows: plan ids. What went into them.
    PARTS: bulk "
        SELECT p.merged_into, p.id
        FROM" "
        JOIN plans p ON p.merged_into = CAST(j.value AS BIGINT)
        ORDER BY p.merged_into, p.id
    ";

    /// Rows: plan ids, $2 the message that they went into, $3 its claim. What leaves it is claimed with it, each by itself.
    TO_PARTED: bulk "
        UPDATE plans
        SET state = 'leased', merged_into = NULL, epoch = plans.epoch + 1, node = m.node
        FROM (SELECT id, node FROM plans WHERE id = $2 AND state = 'leased' AND epoch = $3) AS m
        WHERE plans.state = 'merged' AND plans.merged_into = m.id
          AND plans.id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
        RETURNING plans.id, plans.epoch
    ";
}
