//! Permit, intent, receipt; leases and halts.

use super::statements;

statements! {
    /// Rows: plan ids. What was told about the same record before, the last one last.
    TOLD_BEFORE: bulk "
        SELECT p.id, o.occurrence
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN plans o ON o.record = p.record AND o.workflow = p.workflow AND o.id <> p.id
        JOIN attempts a ON a.plan = COALESCE(o.merged_into, o.id)
          AND a.state IN ('intent', 'accepted', 'uncertain', 'rehearsed')
        ORDER BY p.id, a.permitted_at, a.id
    ";

    /// What is halted, the operator's word first.
    HALTS: one "
        SELECT cause, since FROM halts ORDER BY cause DESC
    ";

    /// $1 cause, $2 now, $3 note.
    HALT: one "
        INSERT INTO halts (cause, since, note) VALUES ($1, $2, $3) ON CONFLICT (cause) DO NOTHING
    ";

    /// $1 cause.
    RESUME: one "
        DELETE FROM halts WHERE cause = $1
    ";

    /// $1 limit. What was rehearsed neither counts under the caps nor as told from now on.
    END_REHEARSAL: one "
        UPDATE attempts
        SET state = 'rehearsal-over', counts_at = NULL
        WHERE id IN (SELECT id FROM attempts WHERE state = 'rehearsed' LIMIT $1)
    ";

    /// $1 now, $2 limit. Plans that a halt held are due.
    WAKE_HALTED: one "
        UPDATE plans
        SET next_at = $1, waits_for = NULL
        WHERE state = (SELECT 'planned') AND id IN (SELECT id FROM plans WHERE waits_for = 'halt-lifted' LIMIT $2)
    ";

    /// Rows: ids of plans that ended, $2 now. Plans that waited for another step of their records are due, and of the
    /// records of what went into them.
    WAKE_STEPS: bulk "
        WITH ended AS (SELECT CAST(j.value AS BIGINT) AS plan FROM" ")
        UPDATE plans
        SET next_at = $2, waits_for = NULL
        WHERE waits_for = 'step-ended' AND state = 'planned' AND record IN (
            SELECT o.record FROM ended JOIN plans o ON o.id = ended.plan
            UNION ALL
            SELECT o.record FROM ended JOIN plans o ON o.merged_into = ended.plan)
    ";

    /// Rows: plan and epoch, $2 the state that they are in. What the claim may not know of plan, customer and record.
    ASKED: bulk "
        SELECT p.id, p.epoch, p.record, p.workflow, p.purpose, p.marketing, p.expires_at, p.hold,
               c.mailbox, c.zone, c.version AS customer_version, r.version AS record_version,
               (SELECT COUNT(*)
                FROM plans o
                JOIN attempts a ON a.plan = o.id AND a.counts_at IS NOT NULL
                WHERE o.record = p.record AND o.workflow = p.workflow AND o.id <> p.id) AS about
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT) AND p.epoch = CAST(j.value ->> 'epoch' AS BIGINT)
        JOIN customers c ON c.id = p.customer
        JOIN records r ON r.id = p.record
        WHERE p.state = $2
    ";

    /// Rows: plan ids. The same number, of those where there are any.
    ASKED_ABOUT: bulk "
        SELECT p.id AS plan, COUNT(*) AS about
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN plans o ON o.record = p.record AND o.workflow = p.workflow AND o.id <> p.id
        JOIN attempts a ON a.plan = o.id AND a.counts_at IS NOT NULL
        GROUP BY p.id
    ";

    /// Rows: plan ids. What their mailboxes refused.
    ASKED_SUPPRESSIONS: bulk "
        SELECT p.id AS plan, s.id, s.purpose, s.reason, s.at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN customers c ON c.id = p.customer
        JOIN suppressions s ON s.mailbox = c.mailbox
        ORDER BY p.id, s.id
    ";

    /// Rows: plan ids. Each customer's history for the plan's purpose, and for everything, oldest first; with the words that
    /// were in force then.
    ASKED_CONSENTS: bulk "
        SELECT p.id AS plan, k.id, k.kind, k.method, k.at, k.expires_at,
               (SELECT w.digest
                FROM wordings w
                WHERE w.purpose = p.purpose AND (w.since <= k.at OR w.since = 0)
                ORDER BY w.since DESC, w.id DESC
                LIMIT 1) AS wording
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN consents k ON k.customer = p.customer AND k.purpose IN (p.purpose, '')
        ORDER BY p.id, k.at, k.id
    ";

    /// Rows: plan ids. What stops messages to their customers whatever they agreed to, oldest first.
    ASKED_BARS: bulk "
        SELECT p.id AS plan, b.id, b.said, b.purpose, b.at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN bars b ON b.customer = p.customer
        ORDER BY p.id, b.at, b.id
    ";

    /// Rows: plan ids. Other steps of the same record and workflow: those on the wire, and those of the same occurrence. One
    /// that went into another message stands where that one does.
    ASKED_STEPS: bulk "
        SELECT p.id AS plan, o.id, o.step, COALESCE(m.state, o.state) AS state,
               CAST(CASE WHEN o.occurrence = p.occurrence THEN 1 ELSE 0 END AS BIGINT) AS together,
               (SELECT MAX(a.counts_at) FROM attempts a WHERE a.plan = COALESCE(o.merged_into, o.id)) AS left_at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN plans o ON o.record = p.record AND o.workflow = p.workflow AND o.id <> p.id
        LEFT JOIN plans m ON m.id = o.merged_into
        WHERE COALESCE(m.state, o.state) = 'sending' OR o.occurrence = p.occurrence
        ORDER BY p.id, o.id
    ";

    /// Rows: plan ids. The first plan of the same step about another record of the customer whose time is later, and the last
    /// one of those at the same time: of several records at one time the one that was made last is the last.
    ASKED_LATER: bulk "
        SELECT p.id AS plan, MIN(CASE WHEN o.due_at > p.due_at THEN o.id END) AS later,
               MAX(CASE WHEN o.due_at = p.due_at THEN o.id END) AS same_date
        FROM" "
        JOIN plans p ON p.id = CAST(j.value AS BIGINT)
        JOIN plans o ON o.workflow = p.workflow AND o.step = p.step AND o.customer = p.customer
        WHERE o.record <> p.record AND o.state <> 'void' AND (o.due_at, o.record) > (p.due_at, p.record)
        GROUP BY p.id
    ";

    /// Rows: plan and kind. When the last other record of that type became known, after the plan's own one did.
    ASKED_ARRIVALS: bulk "
        SELECT p.id AS plan, r.kind, MAX(r.known_at) AS known_at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT)
        JOIN records own ON own.id = p.record
        JOIN records r ON r.customer = p.customer AND r.kind = j.value ->> 'kind'
        WHERE r.id <> p.record AND r.status = 'live' AND r.known_at > own.known_at
        GROUP BY p.id, r.kind
    ";

    /// Rows: plan and workflow, $2 now. Open messages of these workflows to the same customer, who agreed to them, that are
    /// due before the plan expires. Those that wait for a person need no place.
    ASKED_AHEAD: bulk "
        SELECT p.id AS plan, o.id, o.workflow, o.purpose, o.marketing, o.record, o.next_at, o.expires_at
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT)
        -- Of the customer's plans; not of those of the workflow.
        JOIN plans o ON o.customer = p.customer AND o.workflow || '' = j.value ->> 'workflow'
        WHERE o.state IN ('planned', 'leased') AND o.due_at < p.expires_at AND o.expires_at > $2
          AND (o.waits_for IS NULL OR o.waits_for <> 'approved')
          AND COALESCE(
              (SELECT k.kind
               FROM consents k
               WHERE k.customer = o.customer AND k.purpose IN (o.purpose, '')
               ORDER BY k.at DESC, k.id DESC
               LIMIT 1),
              CASE o.marketing WHEN 0 THEN 'granted' ELSE 'withdrawn' END) = 'granted'
        ORDER BY p.id, o.next_at, o.id
    ";

    /// Rows: plan ids, $2 the start of the longest window. What counts for their mailboxes.
    ASKED_SLOTS: bulk "
        SELECT a.plan, a.mailbox, a.counts_at, a.purpose, a.marketing, a.cap_keys, o.workflow, o.record
        FROM attempts a
        JOIN plans o ON o.id = a.plan
        WHERE a.counts_at > $2 AND a.mailbox IN (
            SELECT c.mailbox
            FROM" "
            JOIN plans p ON p.id = CAST(j.value AS BIGINT)
            JOIN customers c ON c.id = p.customer)
    ";

    /// Rows: plan, epoch and `cap_keys`, $2 node, $3 now. The permission, with its slot under the caps.
    ///
    /// Here and elsewhere, `(SELECT 'leased')`: the word alone would make PostgreSQL hold all that is leased against each row.
    PERMIT: bulk "
        INSERT INTO attempts
            (plan, customer, node, epoch, mailbox, purpose, marketing, state, permitted_at, counts_at, cap_keys)
        SELECT p.id, p.customer, CAST($2 AS BIGINT), p.epoch, c.mailbox, p.purpose, p.marketing, 'permitted',
               CAST($3 AS BIGINT), CAST($3 AS BIGINT), j.value ->> 'cap_keys'
        FROM" "
        JOIN plans p ON p.id = CAST(j.value ->> 'plan' AS BIGINT) AND p.epoch = CAST(j.value ->> 'epoch' AS BIGINT)
        JOIN customers c ON c.id = p.customer
        WHERE p.state = (SELECT 'leased')
        RETURNING id, plan, customer
    ";

    /// Rows: plan and epoch.
    TO_SENDING: bulk "
        UPDATE plans
        SET state = 'sending', hold = ''
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'epoch' AS BIGINT) AS epoch
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.epoch = n.epoch AND plans.state = (SELECT 'leased')
    ";

    /// Rows: plan, epoch, `next_at`, `waits_for`, hold. From leased back to planned; `hold` NULL leaves what stands there.
    TO_PLANNED: bulk "
        UPDATE plans
        SET state = 'planned', next_at = n.next_at, waits_for = n.waits_for, hold = COALESCE(n.hold, plans.hold)
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'epoch' AS BIGINT) AS epoch,
                     CAST(j.value ->> 'next_at' AS BIGINT) AS next_at, j.value ->> 'waits_for' AS waits_for,
                     j.value ->> 'hold' AS hold
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.epoch = n.epoch AND plans.state = (SELECT 'leased')
    ";

    /// Rows: plan, epoch, `refused_for`, refusal. From leased to refused.
    TO_REFUSED: bulk "
        UPDATE plans
        SET state = 'refused', refused_for = n.refused_for, refusal = n.refusal, hold = ''
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'epoch' AS BIGINT) AS epoch,
                     j.value ->> 'refused_for' AS refused_for, CAST(j.value -> 'refusal' AS TEXT) AS refusal
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.epoch = n.epoch AND plans.state = (SELECT 'leased')
        RETURNING id, customer
    ";

    /// $1 customer, $2 now. What is held until a time may leave earlier, or only later.
    WAKE_HELD_OF: one "
        UPDATE plans
        SET next_at = $2
        WHERE customer = $1 AND state = 'planned' AND next_at > $2 AND hold <> '' AND waits_for IS NULL
    ";

    /// Rows: attempt and digest, $2 now. After an attempt of unknown fate only the same message may follow.
    INTENT: bulk "
        UPDATE attempts
        SET state = 'intent', intent_at = $2, digest = n.digest
        FROM (SELECT CAST(j.value ->> 'attempt' AS BIGINT) AS attempt, j.value ->> 'digest' AS digest FROM" ") AS n
        WHERE attempts.id = n.attempt AND attempts.state = 'permitted' AND NOT EXISTS (
            SELECT 1
            FROM attempts earlier
            WHERE earlier.plan = attempts.plan AND earlier.state = 'uncertain' AND earlier.digest <> n.digest)
        RETURNING id
    ";

    /// $1 attempt.
    ATTEMPT_STATE: one "
        SELECT state FROM attempts WHERE id = $1
    ";

    /// Rows: attempt ids. What a receipt needs to know.
    CLOSING: bulk "
        SELECT a.id, a.state, a.plan, a.epoch, a.customer, a.mailbox, a.digest,
               p.state AS plan_state, p.epoch AS plan_epoch, p.marketing, p.expires_at, p.workflow
        FROM" "
        JOIN attempts a ON a.id = CAST(j.value AS BIGINT)
        JOIN plans p ON p.id = a.plan
    ";

    /// Rows: attempt, state, receipt, `counts_at`, $2 now. `counts_at` NULL releases the slot.
    CLOSE_ATTEMPTS: bulk "
        UPDATE attempts
        SET state = n.state, receipt = n.receipt, counts_at = n.counts_at, closed_at = $2
        FROM (SELECT CAST(j.value ->> 'attempt' AS BIGINT) AS attempt, j.value ->> 'state' AS state,
                     CAST(j.value -> 'receipt' AS TEXT) AS receipt, CAST(j.value ->> 'counts_at' AS BIGINT) AS counts_at
              FROM" ") AS n
        WHERE attempts.id = n.attempt
    ";

    /// Rows: plan, epoch, from, state, `next_at`, failed, `refused_for`, refusal. What follows for the plan.
    CLOSE_PLANS: bulk "
        UPDATE plans
        SET state = n.state, next_at = n.next_at, attempts = plans.attempts + n.failed,
            refused_for = n.refused_for, refusal = n.refusal, waits_for = NULL
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'epoch' AS BIGINT) AS epoch,
                     j.value ->> 'from' AS was, j.value ->> 'state' AS state,
                     CAST(j.value ->> 'next_at' AS BIGINT) AS next_at, CAST(j.value ->> 'failed' AS BIGINT) AS failed,
                     j.value ->> 'refused_for' AS refused_for, j.value ->> 'refusal' AS refusal
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.epoch = n.epoch AND plans.state = n.was
    ";

    /// Rows: customer, plan, attempt, happening, $2 now.
    ENTER: bulk "
        INSERT INTO ledger (at, customer, plan, attempt, happening)
        SELECT CAST($2 AS BIGINT), CAST(j.value ->> 'customer' AS BIGINT), CAST(j.value ->> 'plan' AS BIGINT),
               CAST(j.value ->> 'attempt' AS BIGINT), CAST(j.value -> 'happening' AS TEXT)
        FROM" "
        WHERE TRUE
    ";

    /// $1 now.
    /// $1 now by its own clock, $2 now by the clock that all nodes go by, $3 where it works from.
    BEGIN_NODE: one "
        INSERT INTO nodes (started_at, beat_at, home) VALUES ($1, $2, $3) RETURNING id
    ";

    /// What time it is by the clock that all nodes go by. A database in files has one node, and its clock.
    SERVER_TIME: two "
        SELECT 0
    " "
        SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)
    ";

    /// $1 node, $2 now.
    BEAT: one "
        UPDATE nodes SET beat_at = $2 WHERE id = $1
    ";

    /// $1 node. The same, where the server's clock need not be known. Files have one node, and nobody takes it for dead.
    LIVES: two "
        UPDATE nodes SET beat_at = beat_at WHERE id = $1
    " "
        UPDATE nodes SET beat_at = CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) WHERE id = $1
    ";

    /// $1 a node, $2 a moment by the clock of all. Nodes that are dead: those that worked from where this one does, and those that
    /// haven't beaten since.
    DEAD_NODES: one "
        SELECT d.id
        FROM nodes n
        JOIN nodes d ON d.id <> n.id AND (d.home = n.home OR d.beat_at < $2)
        WHERE n.id = $1
    ";

    /// $1 a moment by the clock of all. Nodes that have beaten since, and what they hold.
    LIVING_NODES: one "
        SELECT n.id, n.home, n.beat_at,
               (SELECT COUNT(*) FROM plans p WHERE p.state = 'leased' AND p.node = n.id) AS holds
        FROM nodes n
        WHERE n.beat_at >= $1
        ORDER BY n.id
    ";

    /// Rows: dead nodes. Attempts that they left open; and whether another one of the plan is of unknown fate already.
    ORPHANS: bulk "
        SELECT a.id, a.node, a.state, a.plan, p.workflow,
               CAST(CASE WHEN EXISTS (SELECT 1 FROM attempts e WHERE e.plan = a.plan AND e.state = 'uncertain')
                         THEN 1 ELSE 0 END AS BIGINT) AS repeats
        FROM attempts a
        JOIN plans p ON p.id = a.plan
        WHERE a.receipt IS NULL AND a.node IN (SELECT CAST(j.value AS BIGINT) FROM" ")
        -- The order of the index of attempts without a receipt: by id it would read all that there ever were.
        ORDER BY a.mailbox
    ";

    /// $1 node. Its attempts without an intent and without a receipt.
    UNFLOWN: one "
        SELECT id
        FROM attempts
        WHERE receipt IS NULL AND state IN ('permitted', 'revoked') AND node = $1
        -- As above.
        ORDER BY mailbox
    ";

    /// Rows: attempt ids. Those of them that are still without an intent and without a receipt.
    LOST: bulk "
        SELECT a.id, a.state, a.plan
        FROM" "
        JOIN attempts a ON a.id = CAST(j.value AS BIGINT)
        WHERE a.receipt IS NULL AND a.state IN ('permitted', 'revoked')
    ";

    /// Rows: dead nodes, $2 now. Plans that they had claimed; or had permitted, and then lost the attempt.
    RELEASE_ORPHANS: bulk "
        UPDATE plans
        SET state = 'planned', next_at = $2
        WHERE state = 'leased' AND node IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// Rows: attempts. How many of them may still begin, on whatever node: neither an intent nor a receipt is written. One that was
    /// erased with its customer says nothing of what its lane is about to do.
    NOT_BEGUN: bulk "
        SELECT COUNT(*)
        FROM" "
        LEFT JOIN attempts a ON a.id = CAST(j.value AS BIGINT)
        WHERE a.id IS NULL OR (a.receipt IS NULL AND a.state IN ('permitted', 'revoked'))
    ";
}
