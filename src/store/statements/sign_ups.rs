//! Sign-ups: what was asked for, and its confirmation.

use super::statements;

statements! {
    /// $1 customer. When they, or somebody in their name, signed up last.
    LAST_SIGN_UP: one "
        SELECT MAX(at) FROM sign_ups WHERE customer = $1
    ";

    /// $1 record, $2 customer, $3 purpose, $4 at, $5 language, $6 source, $7 whether it made the customer.
    ADD_SIGN_UP: one "
        INSERT INTO sign_ups (record, customer, purpose, at, language, source, made_customer)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
    ";

    /// $1 since then, $2 most. Whoever is known by sign-ups alone, none of them since, and said nothing more.
    UNCONFIRMED: one "
        SELECT c.id
        FROM strangers c
        WHERE (SELECT MAX(s.at) FROM sign_ups s WHERE s.customer = c.id) < $1
            AND (SELECT MAX(s.made_customer) FROM sign_ups s WHERE s.customer = c.id) = 1
            AND NOT EXISTS (SELECT 1 FROM address_changes g WHERE g.guest = c.id AND g.agreed_at >= $1)
        ORDER BY c.id
        LIMIT $2
    ";

    /// $1 plan, $2 the customer's name in links. What the message asks to confirm, and whether it went to another mailbox than they
    /// have: uncertain ones may have arrived, and whoever comes by the link of one that is on the wire has it.
    TO_CONFIRM: one "
        SELECT s.record, s.customer, s.purpose, s.at, CAST(CASE WHEN EXISTS (
            SELECT 1 FROM attempts a
            WHERE a.plan = p.id AND a.mailbox <> c.mailbox AND a.state IN ('intent', 'accepted', 'uncertain'))
               THEN 1 ELSE 0 END AS BIGINT) AS went_away
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN sign_ups s ON s.record = p.record AND s.customer = p.customer
        WHERE p.id = $1 AND c.handle = $2
        ORDER BY s.id
    ";

    /// $1 customer, $2 source. When it was confirmed.
    CONFIRMED_AT: one "
        SELECT MIN(at) FROM consents WHERE customer = $1 AND method = 'confirmed' AND source = $2
    ";
}
