//! The key store: a key for each person, apart from the rows that they seal.

use super::statements;

statements! {
    /// The last id there is.
    LAST_KEY: one "
        SELECT COALESCE(MAX(id), 0) FROM keystore.keys
    ";

    /// Rows: id, wrapped in hexadecimal. Whoever makes them takes them.
    ADD_KEYS: two "
        INSERT INTO keystore.keys (id, wrapped, spare)
        SELECT j.value ->> 'id', unhex(j.value ->> 'wrapped'), 0
        FROM jsonb_each($1) AS j
    " "
        INSERT INTO keystore.keys (id, wrapped, spare)
        SELECT CAST(j.value ->> 'id' AS BIGINT), decode(j.value ->> 'wrapped', 'hex'), 0
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
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

    /// Rows: ids of keys that were taken and seal nothing.
    GIVE_KEYS_BACK: bulk "
        UPDATE keystore.keys
        SET spare = 1
        WHERE wrapped IS NOT NULL AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
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
