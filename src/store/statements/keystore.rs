//! The key store: a key for each person, apart from the rows that they seal.

use super::statements;

statements! {
    /// $1 how many are wanted. How many keys are spare, no more than those counted, and the last id there is.
    KEYS_IN_STOCK: one "
        SELECT (SELECT COUNT(*)
                FROM (
                    SELECT k.id
                    FROM keystore.keys k
                    WHERE k.spare = 1
                      AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = k.id)
                      AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.key = k.id)
                    LIMIT $1) AS those) AS spare,
               (SELECT COALESCE(MAX(id), 0) FROM keystore.keys) AS last
    ";

    /// Rows: id, wrapped in hexadecimal.
    STOCK_KEYS: two "
        INSERT INTO keystore.keys (id, wrapped, spare)
        SELECT j.value ->> 'id', unhex(j.value ->> 'wrapped'), 1
        FROM jsonb_each($1) AS j
    " "
        INSERT INTO keystore.keys (id, wrapped, spare)
        SELECT CAST(j.value ->> 'id' AS BIGINT), decode(j.value ->> 'wrapped', 'hex'), 1
        FROM jsonb_array_elements($1::jsonb) AS j
    ";

    /// $1 how many. Out of the stock. That they were taken may be lost in a power cut, and what they seal not: so it is looked for.
    TAKE_KEYS: one "
        UPDATE keystore.keys
        SET spare = 0
        WHERE id IN (
            SELECT k.id
            FROM keystore.keys k
            WHERE k.spare = 1
              AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.id = k.id)
              AND NOT EXISTS (SELECT 1 FROM visits v WHERE v.key = k.id)
            ORDER BY k.id
            LIMIT $1)
        RETURNING id, wrapped
    ";

    /// $1 id.
    KEY: one "
        SELECT wrapped FROM keystore.keys WHERE id = $1
    ";

    /// $1 the last id of the page before, $2 limit. Keys that are there.
    KEYS_AFTER: one "
        SELECT id, wrapped FROM keystore.keys WHERE id > $1 AND wrapped IS NOT NULL ORDER BY id LIMIT $2
    ";

    /// $1 id, $2 wrapped. One that was destroyed stays so.
    REWRAP_KEY: one "
        UPDATE keystore.keys SET wrapped = $2 WHERE id = $1 AND wrapped IS NOT NULL
    ";

    /// The key of the visits that nobody is known for.
    KEY_OF_NOBODY: one "
        SELECT MAX(key) FROM visits WHERE key IS NOT NULL
    ";
}
