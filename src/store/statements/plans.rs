//! Messages that go into one.

use super::statements;

statements! {
    /// Rows: plan and workflow, $2 until when, $3 now. The open messages of these workflows to the same customer, for the
    /// purpose of the plan, that are due by then and wait for nobody.
    COMPANIONS: bulk "
        SELECT o.id
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT)
        JOIN plans o ON o.customer = p.customer AND o.workflow = j.value ->> 'workflow'
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

    /// Rows: plan ids. What went into them, with its record.
    PARTS: bulk "
        SELECT p.merged_into, p.id, p.epoch, p.customer, p.record, p.workflow, p.step, p.occurrence, p.purpose, p.due_at,
               p.expires_at, r.kind, r.external_id, r.fields AS record_fields, r.status, r.version AS record_version
        FROM" "
        JOIN plans p ON p.merged_into = CAST(j.value AS BIGINT)
        JOIN records r ON r.id = p.record
        ORDER BY p.merged_into, p.due_at, p.id
    ";

    /// Rows: plan ids. The versions of the records of what went into them.
    PART_VERSIONS: bulk "
        SELECT p.merged_into AS plan, p.id, r.version
        FROM" "
        JOIN plans p ON p.merged_into = CAST(j.value AS BIGINT)
        JOIN records r ON r.id = p.record
    ";
}
