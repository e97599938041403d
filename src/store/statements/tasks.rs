//! What people of the business are to do in place of a message.

use super::statements;

statements! {
    /// $1 plan, $2 epoch. From leased to given.
    TO_GIVEN: one "
        UPDATE plans SET state = 'given', hold = '' WHERE id = $1 AND epoch = $2 AND state = 'leased'
    ";

    /// $1 plan, $2 words, $3 now.
    GIVE: one "
        INSERT INTO tasks (plan, words, given_at, state, who) VALUES ($1, $2, $3, 'open', '') RETURNING id
    ";

    /// $1 limit. What is to be done, the oldest first.
    OPEN_TASKS: one "
        SELECT t.id, t.plan, t.words, t.given_at, p.customer, y.wrapped
        FROM tasks t
        JOIN plans p ON p.id = t.plan
        LEFT JOIN keystore.keys y ON y.id = p.customer
        WHERE t.state = 'open' ORDER BY t.id LIMIT $1
    ";

    /// $1 plan.
    TASK_OF_PLAN: one "
        SELECT t.words, p.customer, y.wrapped
        FROM tasks t
        JOIN plans p ON p.id = t.plan
        LEFT JOIN keystore.keys y ON y.id = p.customer
        WHERE t.plan = $1
    ";

    /// $1 task, $2 state, $3 now, $4 who.
    END_TASK: one "
        UPDATE tasks
        SET state = $2, ended_at = $3, who = $4
        WHERE id = $1 AND state = 'open'
        RETURNING plan, (SELECT p.customer FROM plans p WHERE p.id = tasks.plan)
    ";
}
