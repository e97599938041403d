//! What people said about messages before they leave.

use super::statements;

statements! {
    /// $1 workflow, $2 said, $3 seen, $4 who, $5 now.
    SAY: one "
        INSERT INTO approvals (workflow, said, seen, who, at) VALUES ($1, $2, $3, $4, $5)
    ";

    /// Rows: workflows. The last word about each.
    LAST_WORDS: bulk "
        SELECT a.id, a.workflow, a.said, a.seen, a.who, a.at
        FROM" "
        JOIN approvals a
        ON a.id = (SELECT MAX(l.id) FROM approvals l WHERE l.workflow = j.value ->> 'workflow')
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
