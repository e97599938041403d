//! Records and their plans.

use super::statements;

statements! {
    /// $1 type, $2 the source's id.
    RECORD_BY_EXTERNAL_ID: one "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.kind = $1 AND r.external_id = $2
    ";

    /// $1 id.
    RECORD_BY_ID: one "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.id = $1
    ";

    /// $1 customer.
    RECORDS_OF: one "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.customer = $1 ORDER BY r.id
    ";

    /// $1 the last id of the page before, $2 limit.
    RECORDS_AFTER: one "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.id > $1 ORDER BY r.id LIMIT $2
    ";

    /// $1 type, $2 the source's id, $3 customer, $4 fields, $5 status, $6 now.
    CREATE_RECORD: one "
        INSERT INTO records (kind, external_id, customer, fields, status, version, known_at)
        VALUES ($1, $2, $3, $4, $5, 1, $6)
        RETURNING id
    ";

    /// $1 id, $2 version as read, $3 fields, $4 status.
    CHANGE_RECORD: one "
        UPDATE records SET fields = $3, status = $4, version = version + 1 WHERE id = $1 AND version = $2
    ";

    /// $1 customer ids. A card for each who has none.
    MAKE_CARDS: two "
        INSERT INTO records (kind, external_id, customer, fields, status, version, known_at)
        SELECT 'customer', CAST(c.id AS TEXT), c.id, x'', 'live', 1, 0
        FROM json_each($1) AS j
        JOIN customers c ON c.id = j.value
        WHERE TRUE
        ON CONFLICT (kind, external_id) DO NOTHING
    " "
        INSERT INTO records (kind, external_id, customer, fields, status, version, known_at)
        SELECT 'customer', CAST(c.id AS TEXT), c.id, ''::bytea, 'live', 1, 0
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        JOIN customers c ON c.id = CAST(j.value AS BIGINT)
        ON CONFLICT (kind, external_id) DO NOTHING
    ";

    /// Rows: customer ids. Their cards.
    CARDS: bulk "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, NULL AS wrapped
        FROM" "
        -- One by one: a join might go through all cards for each of these.
        JOIN records r ON r.id = (SELECT c.id
                                  FROM records c
                                  WHERE c.kind = 'customer' AND c.external_id = CAST(CAST(j.value AS BIGINT) AS TEXT))
    ";

    /// Rows: record ids. Their plans, and when a message of each may have arrived.
    EXISTING: bulk "
        SELECT p.id, p.record, p.workflow, p.step, p.occurrence, p.state, p.refused_for, p.due_at, p.expires_at,
               (SELECT MAX(COALESCE(a.intent_at, a.permitted_at))
                FROM attempts a
                WHERE a.plan = COALESCE(p.merged_into, p.id)
                  AND a.state IN ('intent', 'accepted', 'uncertain', 'rehearsed')) AS left_at
        FROM" "
        JOIN plans p ON p.record = CAST(j.value AS BIGINT)
        ORDER BY p.record, p.id
    ";

    /// Rows: customer, record, workflow, step, occurrence, purpose, marketing, state, `due_at`, `expires_at`, `refused_for`,
    /// refusal. A plan that is there already comes back without a row: nobody is written to twice for one occurrence.
    CREATE_PLANS: bulk "
        INSERT INTO plans (customer, record, workflow, step, occurrence, purpose, marketing, state, due_at, expires_at,
                           next_at, epoch, node, attempts, hold, refused_for, refusal)
        SELECT CAST(j.value ->> 'customer' AS BIGINT), CAST(j.value ->> 'record' AS BIGINT), j.value ->> 'workflow',
               j.value ->> 'step', j.value ->> 'occurrence', j.value ->> 'purpose',
               CAST(j.value ->> 'marketing' AS BIGINT), j.value ->> 'state', CAST(j.value ->> 'due_at' AS BIGINT),
               CAST(j.value ->> 'expires_at' AS BIGINT), CAST(j.value ->> 'due_at' AS BIGINT), 0, 0, 0, '',
               j.value ->> 'refused_for', j.value ->> 'refusal'
        FROM" "
        WHERE TRUE
        ON CONFLICT (workflow, step, customer, occurrence) DO NOTHING
        RETURNING id, customer, due_at, expires_at, refusal
    ";

    /// Rows: plan, `due_at`, `expires_at`. What is on the wire stays there; what is leased is claimed again.
    RETIME_PLANS: bulk "
        UPDATE plans
        SET due_at = n.due_at, expires_at = n.expires_at,
            next_at = CASE WHEN plans.state = 'sending' THEN plans.next_at ELSE n.due_at END,
            epoch = CASE WHEN plans.state = 'leased' THEN plans.epoch + 1 ELSE plans.epoch END,
            state = CASE WHEN plans.state = 'leased' THEN 'planned' ELSE plans.state END,
            waits_for = NULL, hold = ''
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'due_at' AS BIGINT) AS due_at,
                     CAST(j.value ->> 'expires_at' AS BIGINT) AS expires_at
              FROM" ") AS n
        WHERE plans.id = n.plan AND plans.state IN ('planned', 'leased', 'sending')
        RETURNING plans.id, plans.customer, plans.due_at, plans.expires_at
    ";

    /// Rows: plan ids, $2 their state, $3 `refused_for`, $4 refusal. A plan whose attempt has reached an intent doesn't end
    /// so: its message may have arrived.
    END_PLANS: bulk "
        UPDATE plans
        SET state = $2, refused_for = CAST($3 AS TEXT), refusal = CAST($4 AS TEXT), epoch = epoch + 1, waits_for = NULL,
            hold = ''
        WHERE state IN ('planned', 'leased', 'sending') AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
            AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.plan = plans.id AND a.state = 'intent')
        RETURNING id, customer
    ";

    /// Rows: plan, `due_at`, `expires_at`. Under a new epoch, so that no old answer can touch it; never after a message of it
    /// may have arrived.
    REVIVE_PLANS: bulk "
        UPDATE plans
        SET state = 'planned', due_at = n.due_at, expires_at = n.expires_at, next_at = n.due_at, epoch = epoch + 1,
            attempts = 0, refused_for = NULL, refusal = NULL
        FROM (SELECT CAST(j.value ->> 'plan' AS BIGINT) AS plan, CAST(j.value ->> 'due_at' AS BIGINT) AS due_at,
                     CAST(j.value ->> 'expires_at' AS BIGINT) AS expires_at
              FROM" ") AS n
        WHERE plans.id = n.plan AND (plans.state = 'void' OR plans.refused_for IN ('workflow-gone', 'step-gone'))
          AND NOT EXISTS (
            SELECT 1 FROM attempts a
            WHERE a.plan = plans.id AND a.state IN ('permitted', 'intent', 'accepted', 'uncertain', 'rehearsed'))
        RETURNING plans.id, plans.customer, plans.due_at, plans.expires_at
    ";

    /// Rows: plan ids. Permissions that a change of the record finds.
    OPEN_FOR_PLANS: bulk "
        SELECT a.id, a.plan, a.state
        FROM attempts a
        WHERE a.receipt IS NULL AND a.plan IN (
            SELECT COALESCE(p.merged_into, p.id)
            FROM" "
            JOIN plans p ON p.id = CAST(j.value AS BIGINT))
        ORDER BY a.id
    ";
}
