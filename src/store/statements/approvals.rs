//! What people said about messages before they leave.

use super::statements;

statements! {
    /// $1 workflow, $2 plan, $3 said, $4 seen, $5 who, $6 now.
    SAY: one "
        INSERT INTO approvals (workflow, plan, said, seen, who, at) VALUES ($1, $2, $3, $4, $5, $6)
    ";

    /// Rows: workflow and plan. The last word about each.
    LAST_WORDS: bulk "
        SELECT a.id, a.workflow, a.plan, a.said, a.seen, a.who, a.at
        FROM" "
        JOIN approvals a
        ON a.id = (SELECT MAX(l.id)
                   FROM approvals l
                   WHERE l.workflow = j.value ->> 'workflow' AND l.plan = CAST(j.value ->> 'plan' AS BIGINT))
    ";

    /// $1 plan, $2 now, $3 what was said. A message that waited for a yes is due; so is any that was rejected.
    WAKE_MESSAGE: one "
        UPDATE plans
        SET next_at = $2, waits_for = NULL
        WHERE id = $1 AND state = 'planned' AND (waits_for = 'approved' OR CAST($3 AS TEXT) = 'rejected')
    ";

    /// $1 until, $2 limit, $3 plan (0 for all); rows: workflows. What is to come of them, in due order.
    QUEUE: two "
        SELECT id, next_at
        FROM plans
        WHERE state = 'planned' AND next_at <= $1 AND (id = $3 OR $3 = 0)
              AND workflow IN (SELECT j.value FROM json_each($4) AS j)
        ORDER BY next_at, id LIMIT $2
    " "
        SELECT id, next_at
        FROM plans
        WHERE state = 'planned' AND next_at <= $1 AND (id = $3 OR $3 = 0)
              AND workflow IN (SELECT j.value #>> '{}' FROM jsonb_array_elements($4::jsonb) AS j)
        ORDER BY next_at, id LIMIT $2
    ";

    /// $1 workflow. Permissions that a withdrawal finds.
    OPEN_FOR_WORKFLOW: one "
        SELECT a.id, a.plan, a.state
        FROM attempts a
        JOIN plans p ON p.id = a.plan
        WHERE a.receipt IS NULL AND p.workflow = $1
        ORDER BY a.mailbox
    ";

    /// $1 now, $2 limit, $3 workflow ('' for all). Plans that waited for a yes are due.
    WAKE_APPROVED: one "
        UPDATE plans
        SET next_at = $1, waits_for = NULL
        WHERE state = 'planned' AND id IN (
            SELECT id
            FROM plans
            WHERE waits_for = 'approved' AND (workflow = $3 OR CAST($3 AS TEXT) = '')
            LIMIT $2)
    ";

    /// How many plans wait for a yes, by workflow.
    COUNT_UNAPPROVED: one "
        SELECT workflow, COUNT(*) FROM plans WHERE waits_for = 'approved' GROUP BY workflow
    ";
}
