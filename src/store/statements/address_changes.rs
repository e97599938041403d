//! Changes of an address, which both mailboxes must agree to.

use super::statements;

statements! {
    /// $1 customer. When they, or somebody in their name, asked last.
    LAST_ADDRESS_CHANGE: one "
        SELECT address, at, former FROM address_changes
        WHERE customer = $1 AND agreed_at IS NULL
        ORDER BY at DESC, id DESC
        LIMIT 1
    ";

    /// $1 customer, $2 at, $3 the new address, $4 the record that asks their mailbox, $5 that mailbox.
    ADD_ADDRESS_CHANGE: one "
        INSERT INTO address_changes (customer, at, address, record, former) VALUES ($1, $2, $3, $4, $5) RETURNING id
    ";

    /// $1 plan, $2 the name in links of whom its message went to. What the link asks, of one mailbox or the other.
    ADDRESS_LINK: one "
        SELECT a.id, a.customer, a.at, a.address, a.former, a.agreed_at, a.done_at, a.guest, a.made_guest, c.mailbox,
               CAST(0 AS BIGINT) AS is_guest,
               CAST(CASE WHEN EXISTS (SELECT 1 FROM address_changes n WHERE n.customer = a.customer AND n.id > a.id)
                   THEN 1 ELSE 0 END AS BIGINT) AS is_outdated
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN address_changes a ON a.record = p.record AND a.customer = p.customer
        WHERE p.id = $1 AND c.handle = $2
        UNION ALL
        SELECT a.id, a.customer, a.at, a.address, a.former, a.agreed_at, a.done_at, a.guest, a.made_guest, c.mailbox,
               CAST(1 AS BIGINT) AS is_guest,
               CAST(CASE WHEN EXISTS (SELECT 1 FROM address_changes n WHERE n.customer = a.customer AND n.id > a.id)
                   THEN 1 ELSE 0 END AS BIGINT) AS is_outdated
        FROM plans p
        JOIN customers c ON c.id = p.customer
        JOIN address_changes a ON a.guest_record = p.record AND a.guest = p.customer
        WHERE p.id = $1 AND c.handle = $2
    ";

    /// $1 the name in links of who was asked at the new mailbox, and is nobody any more since it agreed.
    DONE_ADDRESS_CHANGE: one "
        SELECT customer, address FROM address_changes WHERE guest_handle = $1 AND done_at IS NOT NULL ORDER BY id DESC LIMIT 1
    ";

    /// $1 row, $2 now, $3 who is asked at the new mailbox, $4 their name in links, $5 the record that asks, $6 whether they are new.
    AGREE_TO_ADDRESS: one "
        UPDATE address_changes
        SET agreed_at = $2, guest = $3, guest_handle = $4, guest_record = $5, made_guest = $6
        WHERE id = $1 AND agreed_at IS NULL
    ";

    /// $1 row, $2 now.
    ADDRESS_CHANGED: one "
        UPDATE address_changes SET done_at = $2 WHERE id = $1 AND done_at IS NULL
    ";

    /// $1 mailbox. Who had it before they said that theirs is another one.
    MOVED_FROM: one "
        SELECT customer FROM address_changes WHERE former = $1 AND done_at IS NOT NULL ORDER BY done_at DESC, id DESC LIMIT 1
    ";

    /// $1 customer. Who is asked at the mailboxes that they want, and was nobody before.
    GUESTS_OF: one "
        SELECT DISTINCT guest FROM address_changes WHERE customer = $1 AND made_guest = 1 AND done_at IS NULL
    ";

    /// $1 customer. The mailboxes that they said are theirs no more.
    LEFT_BY: one "
        SELECT former FROM address_changes WHERE customer = $1 AND done_at IS NOT NULL ORDER BY id
    ";

    /// $1 customer, $2 mailbox. Whether they said themselves that it is theirs no more.
    HAS_LEFT: one "
        SELECT COUNT(*) FROM address_changes WHERE former = $2 AND customer = $1 AND done_at IS NOT NULL
    ";

    /// $1 since then, $2 most. Whoever is known by such questions alone, none of them since, and said nothing more.
    UNAGREED: one "
        SELECT c.id
        FROM strangers c
        WHERE (SELECT MAX(a.agreed_at) FROM address_changes a WHERE a.guest = c.id) < $1
            AND (SELECT MAX(a.made_guest) FROM address_changes a WHERE a.guest = c.id) = 1
            AND NOT EXISTS (SELECT 1 FROM sign_ups s WHERE s.customer = c.id AND s.at >= $1)
        ORDER BY c.id
        LIMIT $2
    ";

    /// $1 customer, $2 somebody else. Whether nothing is known of them but that they were asked about an address of that one's.
    IS_JUST_A_GUEST: one "
        SELECT c.id
        FROM strangers c
        WHERE c.id = $1
            AND NOT EXISTS (SELECT 1 FROM sign_ups s WHERE s.customer = c.id)
            AND NOT EXISTS (SELECT 1 FROM address_changes o WHERE o.customer = c.id)
            AND NOT EXISTS (SELECT 1 FROM address_changes g WHERE g.guest = c.id AND g.customer <> $2)
    ";
}
