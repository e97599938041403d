//! Sign-ups: what was asked for, and its confirmation.

use super::statements;

statements! {
    /// $1 customer. When they, or somebody in their name, signed up last.
    LAST_SIGN_UP: one "
        SELECT MAX(at) FROM sign_ups WHERE customer = $1
    ";

    /// $1 record, $2 customer, $3 purpose, $4 at, $5 language, $6 source.
    ADD_SIGN_UP: one "
        INSERT INTO sign_ups (record, customer, purpose, at, language, source)
        VALUES ($1, $2, $3, $4, $5, $6)
    ";

    /// $1 plan, $2 the customer's name in links. What the message asks to confirm.
    TO_CONFIRM: one "
        SELECT s.record, s.customer, s.purpose, s.at
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
