//! What is kept outside the database, too.

use super::statements;

statements! {
    /// All that mailboxes refuse, but for those that are gone.
    ALL_REFUSED: one "
        SELECT mailbox, purpose, reason, at FROM suppressions WHERE reason <> 'no-such-mailbox' ORDER BY id
    ";

    /// The last word of everybody who withdrew and did not agree again.
    ALL_WITHDRAWN: one "
        SELECT c.handle, k.purpose, k.method, k.at
        FROM consents k
        JOIN customers c ON c.id = k.customer
        WHERE k.kind = 'withdrawn' AND NOT EXISTS (
            SELECT 1 FROM consents n WHERE n.customer = k.customer AND n.purpose = k.purpose AND n.id > k.id)
        ORDER BY k.id
    ";

    /// All objections, restrictions and marks of children, and what lifted them.
    ALL_BARS: one "
        SELECT c.handle, b.id, b.said, b.purpose, b.at FROM bars b JOIN customers c ON c.id = b.customer ORDER BY b.id
    ";

    /// Everybody who was erased, by the name that their links bore, with what sources called them and theirs.
    ALL_ERASED: two "
        SELECT e.handle, e.via, e.at, COALESCE(group_concat(hex(n.name)), '') AS names
        FROM erasures e
        LEFT JOIN erased_names n ON n.erasure = e.id
        WHERE e.handle IS NOT NULL
        GROUP BY e.id
        ORDER BY e.id
    " "
        -- No join: there is no index of the names by their erasure, and they would all be held against each.
        SELECT (array_agg(e.handle) FILTER (WHERE e.handle IS NOT NULL))[1] AS handle, MAX(e.via) AS via, MAX(e.at) AS at,
               COALESCE(string_agg(encode(e.name, 'hex'), ','), '') AS names
        FROM (SELECT id, handle, via, at, CAST(NULL AS BYTEA) AS name FROM erasures WHERE handle IS NOT NULL
              UNION ALL
              SELECT erasure, NULL, NULL, NULL, name FROM erased_names) AS e
        GROUP BY e.id
        HAVING MAX(e.at) IS NOT NULL
        ORDER BY e.id
    ";
}
