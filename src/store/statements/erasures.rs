//! Erasing one person, and keeping them erased.

use super::{Statement, statements};

statements! {
    /// $1 customer, $2 their name in links, $3 now, $4 how it came.
    ADD_ERASURE: one "
        INSERT INTO erasures (customer, handle, at, via, keys) VALUES ($1, $2, $3, $4, '[]') RETURNING id
    ";

    /// $1 customer. What their source calls them.
    NAME_OF_CUSTOMER: one "
        SELECT external_id FROM customers WHERE id = $1
    ";

    /// $1 customer. What sources call their records and visits.
    NAMES_OF_RECORDS: one "
        SELECT kind, external_id FROM records WHERE customer = $1
        UNION
        SELECT v.kind, v.external_id
        FROM records r
        JOIN visits v ON v.record = r.id
        WHERE r.customer = $1
    ";

    /// $1 name, $2 erasure.
    KEEP_ERASED_NAME: one "
        INSERT INTO erased_names (name, erasure) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING
    ";

    /// $1 name. Whether it is one of somebody who was erased.
    IS_ERASED_NAME: one "
        SELECT COUNT(*) FROM erased_names WHERE name = $1
    ";

    /// $1 mailbox. When somebody was erased who had it alone.
    MAILBOX_ERASED_AT: one "
        SELECT at FROM suppressions WHERE mailbox = $1 AND purpose = '' AND reason = 'erased'
    ";

    /// $1 customer. What shows what they said: the hash of each stays in its place, as the audit has it.
    EVIDENCE_OF: one "
        SELECT e.consent, e.content
        FROM consents k
        JOIN consent_evidence e ON e.consent = k.id
        WHERE k.customer = $1
    ";

    /// $1 consent, $2 the hash of its content.
    FORGET_EVIDENCE: one "
        UPDATE consent_evidence SET content = $2 WHERE consent = $1
    ";

    /// $1 customer. What shows what was said of objections and restrictions.
    BAR_EVIDENCE_OF: one "
        SELECT id, evidence FROM bars WHERE customer = $1
    ";

    /// $1 row, $2 the hash of its evidence.
    FORGET_BAR_EVIDENCE: one "
        UPDATE bars SET evidence = $2 WHERE id = $1
    ";

    /// $1 customer.
    ERASE_NOTICES: one "
        DELETE FROM notices
        WHERE kind = 'answer' AND about = '' AND since = 0 AND answer IN (
            SELECT a.id FROM records r JOIN answers a ON a.record = r.id WHERE r.customer = $1)
    ";

    /// $1 customer.
    ERASE_ANSWERS: one "
        DELETE FROM answers WHERE record IN (SELECT id FROM records WHERE customer = $1)
    ";

    /// $1 customer.
    ERASE_EVENTS: one "
        DELETE FROM events WHERE record IN (SELECT id FROM records WHERE customer = $1)
    ";

    /// $1 customer.
    ERASE_TASKS: one "
        DELETE FROM tasks WHERE plan IN (SELECT id FROM plans WHERE customer = $1)
    ";

    /// $1 customer.
    ERASE_ATTEMPTS: one "
        DELETE FROM attempts WHERE plan IN (SELECT id FROM plans WHERE customer = $1)
    ";

    /// $1 customer.
    ERASE_PLANS: one "
        DELETE FROM plans WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_SHOP_ORDERS: one "
        DELETE FROM shop_orders WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_SIGN_UPS: one "
        DELETE FROM sign_ups WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_ADDRESS_CHANGES: one "
        DELETE FROM address_changes WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_VISITS: one "
        DELETE FROM visits WHERE record IN (SELECT id FROM records WHERE customer = $1)
    ";

    /// $1 customer.
    ERASE_SETTLEMENTS: one "
        DELETE FROM settlements WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_DAYS: one "
        DELETE FROM customer_days WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_TASTES: one "
        DELETE FROM tastes WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_RECORDS: one "
        DELETE FROM records WHERE customer = $1
    ";

    /// $1 customer.
    ERASE_CUSTOMER: one "
        DELETE FROM customers WHERE id = $1
    ";

    /// $1 mailbox. What it refused, where nobody else has it.
    ERASE_SUPPRESSIONS: one "
        DELETE FROM suppressions
        WHERE mailbox = $1 AND NOT EXISTS (SELECT 1 FROM customers c WHERE c.mailbox = $1)
    ";

    /// $1 mailbox, $2 now. It is written to no more, where nobody else has it.
    SUPPRESS_ERASED: one "
        INSERT INTO suppressions (mailbox, purpose, reason, at)
        SELECT $1, '', 'erased', CAST($2 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.mailbox = $1)
    ";

    /// $1 key. What it sealed is gone for good, here and in each copy.
    DESTROY_KEY: one "
        UPDATE keystore.keys SET wrapped = NULL, spare = 0 WHERE id = $1
    ";

    /// $1 visit.
    ERASE_VISIT_OF_NOBODY: one "
        DELETE FROM visits WHERE id = $1 AND record IS NULL
    ";

    /// $1 visit, $2 content, $3 its key.
    SEAL_VISIT_ANEW: one "
        UPDATE visits SET content = $2, key = $3 WHERE id = $1 AND record IS NULL
    ";

    /// $1 erasure, $2 keys as a JSON list.
    KEYS_TO_DESTROY: one "
        UPDATE erasures SET keys = $2 WHERE id = $1
    ";

    /// Erasures of which the database's log may still hold something.
    TO_SCRUB: one "
        SELECT id, keys FROM erasures WHERE scrubbed_at IS NULL ORDER BY id
    ";

    /// $1 now, $2 the last one that is done.
    SCRUBBED: one "
        UPDATE erasures SET scrubbed_at = $1 WHERE scrubbed_at IS NULL AND id <= $2
    ";
}

/// What is deleted of a customer, in this order: what refers to something goes before it.
pub(in crate::store) const ERASE: [Statement; 15] = [
    ERASE_NOTICES,
    ERASE_ANSWERS,
    ERASE_EVENTS,
    ERASE_TASKS,
    ERASE_ATTEMPTS,
    ERASE_PLANS,
    ERASE_SHOP_ORDERS,
    ERASE_SIGN_UPS,
    ERASE_ADDRESS_CHANGES,
    ERASE_VISITS,
    ERASE_SETTLEMENTS,
    ERASE_DAYS,
    ERASE_TASTES,
    ERASE_RECORDS,
    ERASE_CUSTOMER,
];
