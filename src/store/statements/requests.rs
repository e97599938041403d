//! What people ask of the business about their own data.

use super::statements;

statements! {
    /// $1 customer. When they asked last for the link to their data.
    LAST_DATA_REQUEST: one "
        SELECT MAX(at) FROM requests WHERE customer = $1 AND record IS NOT NULL
    ";

    /// $1 customer, $2 kind, $3 at, $4 how it came, $5 record, $6 words, $7 when it was answered.
    ADD_REQUEST: one "
        INSERT INTO requests (customer, kind, at, via, record, words, answered_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id
    ";

    /// $1 plan, $2 the customer's name in links. What the link of its message leads to, and when that left to the mailbox that they
    /// have. Uncertain messages may have arrived, and whoever comes by the link of one that is on the wire has it.
    DATA_LINK: one "
        SELECT r.id, r.customer, r.opened_at, (
            SELECT MAX(COALESCE(a.closed_at, a.intent_at)) FROM attempts a
            WHERE a.plan = p.id AND a.mailbox = c.mailbox AND a.state IN ('intent', 'accepted', 'uncertain')) AS sent_at
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN requests r ON r.record = p.record AND r.customer = p.customer
        WHERE p.id = $1 AND c.handle = $2
    ";

    /// $1 customer. What is to be put right, and isn't yet.
    OPEN_CORRECTIONS: one "
        SELECT COUNT(*) FROM requests WHERE customer = $1 AND kind = 'rectification' AND answered_at IS NULL
    ";

    /// $1 request, $2 now. Opened for the first time: whoever asked to see their data sees it.
    OPEN_DATA_LINK: one "
        UPDATE requests SET opened_at = $2, answered_at = COALESCE(answered_at, $2) WHERE id = $1 AND opened_at IS NULL
    ";

    /// $1 request, $2 now. What they wrote served the answer.
    ANSWER_REQUEST: one "
        UPDATE requests SET answered_at = $2, words = NULL WHERE id = $1 AND answered_at IS NULL RETURNING customer
    ";

    /// $1 customer, $2 now. An erasure leaves nothing else to answer, and nothing of what they wrote.
    ANSWER_ALL_REQUESTS: one "
        UPDATE requests SET answered_at = COALESCE(answered_at, $2), words = NULL WHERE customer = $1
    ";

    /// Those that wait for the business: the link to their data waits for them once its message has left.
    OPEN_REQUESTS: one "
        SELECT r.id, r.customer, r.kind, r.at, r.via, r.words, r.answered_at, y.wrapped, CAST(CASE WHEN EXISTS (
            SELECT 1 FROM plans p JOIN attempts a ON a.plan = p.id
            WHERE p.record = r.record AND a.state IN ('accepted', 'uncertain'))
               THEN 1 ELSE 0 END AS BIGINT) AS mailed
        FROM requests r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        WHERE r.answered_at IS NULL
        ORDER BY r.at, r.id
    ";

    /// $1 most. The last ones, whatever became of them.
    LAST_REQUESTS: one "
        SELECT r.id, r.customer, r.kind, r.at, r.via, r.words, r.answered_at, y.wrapped, CAST(CASE WHEN EXISTS (
            SELECT 1 FROM plans p JOIN attempts a ON a.plan = p.id
            WHERE p.record = r.record AND a.state IN ('accepted', 'uncertain'))
               THEN 1 ELSE 0 END AS BIGINT) AS mailed
        FROM requests r
        LEFT JOIN keystore.keys y ON y.id = r.customer
        ORDER BY r.id DESC
        LIMIT $1
    ";
}
