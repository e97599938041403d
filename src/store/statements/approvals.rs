//! What people said about messages before they leave.

use super::statements;

statements! {
    /// $1 workflow, $2 plan, $3 day, $4 said, $5 seen, $6 who, $7 now.
    SAY: one "
        INSERT INTO approvals (workflow, plan, day, said, seen, who, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
    ";

    /// Rows: workflow, plan and day. The last word about each.
    LAST_WORDS: bulk "
        SELECT a.id, a.workflow, a.plan, a.day, a.said, a.seen, a.who, a.at
        FROM" "
        JOIN approvals a
        ON a.id = (SELECT MAX(l.id)
                   FROM approvals l
                   WHERE l.workflow = j.value ->> 'workflow' AND l.plan = CAST(j.value ->> 'plan' AS BIGINT)
                         AND l.day = j.value ->> 'day')
    ";

    /// $1 limit. All that was said, the last first.
    WORDS: one "
        SELECT id, workflow, plan, day, said, seen, who, at FROM approvals WHERE id > 0 ORDER BY id DESC LIMIT $1
    ";

    /// Rows: ids.
    WORDS_BY_ROW: bulk "
        SELECT a.id, a.workflow, a.plan, a.day, a.said, a.seen, a.who, a.at
        FROM" "
        JOIN approvals a ON a.id = CAST(j.value AS BIGINT)
        ORDER BY a.id
    ";

    /// Rows: plan ids. What was said about these messages by themselves.
    WORDS_OF_PLANS: bulk "
        SELECT a.id, a.workflow, a.plan, a.day, a.said, a.seen, a.who, a.at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN approvals a ON a.workflow = p.workflow AND a.plan = p.id
        ORDER BY a.id
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
              AND workflow IN (SELECT j.value #>> '{}' FROM unnest(ARRAY(SELECT jsonb_array_elements($4::jsonb))) AS j(value))
        ORDER BY next_at, id LIMIT $2
    ";

    /// $1 workflow. Permissions that a withdrawal finds: of its messages, and of those that one of them went into.
    OPEN_FOR_WORKFLOW: one "
        SELECT a.id, a.plan, a.state
        FROM attempts a
        JOIN plans p ON p.id = a.plan
        WHERE a.receipt IS NULL AND (p.workflow = $1 OR EXISTS (
            SELECT 1 FROM plans o WHERE o.merged_into = p.id AND o.workflow = $1))
        ORDER BY a.mailbox
    ";

    /// $1 now, $2 limit, $3 workflow ('' for all). Plans that waited for a yes are due.
    WAKE_APPROVED: one "
        UPDATE plans
        SET next_at = $1, waits_for = NULL
        WHERE state = (SELECT 'planned') AND id IN (
            SELECT id
            FROM plans
            WHERE waits_for = 'approved' AND (workflow = $3 OR CAST($3 AS TEXT) = '')
            LIMIT $2)
    ";

    /// $1 workflow, $2 from, $3 until, $4 limit. So many people a run would write to or has written to, no more than the limit.
    RUN_PEOPLE: one "
        SELECT COUNT(*)
        FROM (SELECT DISTINCT customer
              FROM plans
              WHERE workflow = $1 AND due_at >= $2 AND due_at < $3 AND state NOT IN ('void', 'refused', 'rejected')
              LIMIT $4) AS those
    ";

    /// $1 workflow, $2 day.
    RUN_PERMITTED: one "
        SELECT people FROM runs WHERE workflow = $1 AND day = $2
    ";

    /// Rows: plan ids, $2 workflow, $3 from, $4 until. Those of their customers whom this run was permitted to write to.
    RUN_AMONG: bulk "
        SELECT DISTINCT o.customer
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        -- As a term, so that it is looked up by the customer: a run may have very many plans.
        JOIN plans o ON o.customer = p.customer AND o.workflow || '' = $2 AND o.due_at >= $3 AND o.due_at < $4
        JOIN attempts a ON a.plan = o.id
    ";

    /// Rows: workflow, day and people, who were not counted before.
    COUNT_PERMITTED: bulk "
        INSERT INTO runs (workflow, day, people)
        SELECT j.value ->> 'workflow', j.value ->> 'day', CAST(j.value ->> 'people' AS BIGINT)
        FROM" "
        WHERE TRUE
        ON CONFLICT (workflow, day) DO UPDATE SET people = runs.people + excluded.people
    ";

    /// Rows: workflow, day, from and until. How each of these runs stands; those of nobody are missing.
    RUNS: bulk "
        SELECT p.workflow, j.value ->> 'day' AS day, COUNT(DISTINCT p.customer) AS people,
               COUNT(DISTINCT CASE WHEN p.state IN ('planned', 'leased') THEN p.customer END) AS waiting,
               COUNT(CASE WHEN p.state = 'planned' THEN 1 END) AS planned,
               MIN(p.due_at) AS first_due_at, MAX(p.due_at) AS last_due_at
        FROM" "
        JOIN plans p
        ON p.workflow = j.value ->> 'workflow' AND p.due_at >= CAST(j.value ->> 'from' AS BIGINT)
           AND p.due_at < CAST(j.value ->> 'until' AS BIGINT) AND p.state NOT IN ('void', 'refused', 'rejected')
        GROUP BY p.workflow, j.value ->> 'day'
    ";

    /// $1 workflow, $2 from, $3 until, $4 limit. What of a run is still to come, in due order.
    RUN_PLANS: one "
        SELECT id
        FROM plans
        WHERE workflow = $1 AND due_at >= $2 AND due_at < $3 AND state NOT IN ('void', 'refused', 'rejected')
              AND state = 'planned'
        ORDER BY due_at, id LIMIT $4
    ";

    /// $1 workflow, $2 from, $3 until. Permissions that a rejection finds.
    OPEN_FOR_RUN: one "
        SELECT a.id, a.plan, a.state
        FROM attempts a
        JOIN plans p ON p.id = a.plan
        -- Each attempt's plan, and not all plans of the run.
        WHERE a.receipt IS NULL AND p.workflow || '' = $1 AND p.due_at >= $2 AND p.due_at < $3
        ORDER BY a.mailbox
    ";

    /// $1 workflow, $2 from, $3 until, $4 now, $5 limit, $6 what was said. Messages of a run that waited for a yes are due;
    /// where it was rejected, all are.
    WAKE_RUN: one "
        UPDATE plans
        SET next_at = $4, waits_for = NULL
        WHERE state = (SELECT 'planned') AND id IN (
            SELECT id
            FROM plans
            WHERE workflow = $1 AND due_at >= $2 AND due_at < $3 AND state NOT IN ('void', 'refused', 'rejected')
                  AND state = 'planned'
                  AND (waits_for = 'approved' OR (CAST($6 AS TEXT) = 'rejected' AND next_at > $4))
            LIMIT $5)
    ";

    /// When the earliest message was due that waits for a yes, by workflow.
    UNAPPROVED_SINCE: one "
        SELECT workflow, MIN(due_at) FROM plans WHERE waits_for = 'approved' GROUP BY workflow
    ";

    /// How many plans wait for a yes, by workflow.
    COUNT_UNAPPROVED: one "
        SELECT workflow, COUNT(*) FROM plans WHERE waits_for = 'approved' GROUP BY workflow
    ";
}
