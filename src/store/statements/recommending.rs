//! Recommendations: what people bought, what they said of it, and the batches.

use super::statements;

statements! {
    /// Rows: `{kind}`. $2 customer. Their records of these types, the oldest first.
    SHOPPING_OF: bulk "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, r.known_at, y.wrapped
        FROM" "
        -- CROSS: SQLite keeps the order, and looks each up by the customer.
        CROSS JOIN records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.customer = $2 AND r.kind = j.value ->> 'kind'
        ORDER BY r.id
    ";

    /// $1 customer.
    TASTES_OF: one "
        SELECT t.words, y.wrapped FROM tastes t LEFT JOIN keystore.keys y ON y.id = t.customer WHERE t.customer = $1
    ";

    /// $1 customer, $2 words, sealed.
    KEEP_TASTES: one "
        INSERT INTO tastes (customer, words) VALUES ($1, $2)
        ON CONFLICT (customer) DO UPDATE SET words = excluded.words
    ";

    /// Rows: `{kind}`. $2 customer. Their live records of these types with a message that hasn't left.
    STILL_TO_SEND: bulk "
        SELECT r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM" "
        CROSS JOIN records r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.customer = $2 AND r.kind = j.value ->> 'kind' AND r.status = 'live'
            AND EXISTS (SELECT 1 FROM plans p WHERE p.record = r.id AND p.state IN ('planned', 'leased', 'sending'))
        ORDER BY r.id
    ";

    /// The last batch.
    LAST_BATCH: one "
        SELECT id, made_at, version, outcome, figures, people, done_at FROM batches WHERE id > 0 ORDER BY id DESC LIMIT 1
    ";

    /// $1 after which batch. The oldest first.
    BATCHES_AFTER: one "
        SELECT id, made_at, version, outcome, figures, people, done_at FROM batches WHERE id > $1 ORDER BY id
    ";

    /// $1 now, $2 version, $3 outcome, $4 figures, $5 when it was done, or NULL, $6 the last batch, or 0. Nothing where there is a later one.
    ADD_BATCH: one "
        INSERT INTO batches (made_at, version, outcome, figures, people, done_at)
        SELECT CAST($1 AS BIGINT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), 0, CAST($5 AS BIGINT)
        WHERE COALESCE((SELECT MAX(id) FROM batches), 0) = $6
        RETURNING id
    ";

    /// $1 batch, $2 how many more.
    COUNT_BATCH: one "
        UPDATE batches SET people = people + $2 WHERE id = $1
    ";

    /// $1 batch, $2 now.
    END_BATCH: one "
        UPDATE batches SET outcome = 'published', done_at = $2 WHERE id = $1 AND outcome = 'publishing'
    ";
}
