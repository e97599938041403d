//! All that is known about one person, as it stands in each table.

use super::{Statement, statements};

statements! {
    /// $1 customer.
    EXPORT_CUSTOMER: one "
        SELECT c.*, y.wrapped FROM customers c LEFT JOIN keystore.keys y ON y.id = c.id WHERE c.id = $1
    ";

    /// $1 customer.
    EXPORT_CONSENTS: one "
        SELECT * FROM consents WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_EVIDENCE: one "
        SELECT e.* FROM consents k JOIN consent_evidence e ON e.consent = k.id WHERE k.customer = $1 ORDER BY e.consent
    ";

    /// $1 customer.
    EXPORT_BARS: one "
        SELECT * FROM bars WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer. What their mailbox refused.
    EXPORT_SUPPRESSIONS: one "
        SELECT s.* FROM customers c JOIN suppressions s ON s.mailbox = c.mailbox WHERE c.id = $1 ORDER BY s.id
    ";

    /// $1 customer.
    EXPORT_SHOP_ORDERS: one "
        SELECT * FROM shop_orders WHERE customer = $1 ORDER BY shop, id
    ";

    /// $1 customer.
    EXPORT_SIGN_UPS: one "
        SELECT * FROM sign_ups WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_REQUESTS: one "
        SELECT * FROM requests WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_ADDRESS_CHANGES: one "
        SELECT * FROM address_changes WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_TASTES: one "
        SELECT * FROM tastes WHERE customer = $1
    ";

    /// $1 customer.
    EXPORT_DAYS: one "
        SELECT * FROM customer_days WHERE customer = $1 ORDER BY field, day
    ";

    /// $1 customer.
    EXPORT_RECORDS: one "
        SELECT * FROM records WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_VISITS: one "
        SELECT v.* FROM records r JOIN visits v ON v.record = r.id WHERE r.customer = $1 ORDER BY v.id
    ";

    /// $1 customer.
    EXPORT_SETTLEMENTS: one "
        SELECT * FROM settlements WHERE customer = $1 ORDER BY at
    ";

    /// $1 customer.
    EXPORT_ANSWERS: one "
        SELECT a.* FROM records r JOIN answers a ON a.record = r.id WHERE r.customer = $1 ORDER BY a.id
    ";

    /// $1 customer.
    EXPORT_EVENTS: one "
        SELECT e.* FROM records r JOIN events e ON e.record = r.id WHERE r.customer = $1 ORDER BY e.id
    ";

    /// $1 customer. What the owner was told of their answers.
    EXPORT_NOTICES: one "
        SELECT n.*
        FROM records r
        JOIN answers a ON a.record = r.id
        JOIN notices n ON n.kind = 'answer' AND n.about = '' AND n.since = 0 AND n.answer = a.id
        WHERE r.customer = $1
        ORDER BY n.id
    ";

    /// $1 customer.
    EXPORT_PLANS: one "
        SELECT * FROM plans WHERE customer = $1 ORDER BY id
    ";

    /// $1 customer.
    EXPORT_ATTEMPTS: one "
        SELECT a.* FROM plans p JOIN attempts a ON a.plan = p.id WHERE p.customer = $1 ORDER BY a.id
    ";

    /// $1 customer.
    EXPORT_TASKS: one "
        SELECT t.* FROM plans p JOIN tasks t ON t.plan = p.id WHERE p.customer = $1 ORDER BY t.id
    ";

    /// $1 customer. What people of the business said about their messages.
    EXPORT_APPROVALS: one "
        SELECT a.*
        FROM plans p
        JOIN approvals a ON a.workflow = p.workflow AND a.plan = p.id
        WHERE p.customer = $1
        ORDER BY a.id
    ";

    /// $1 customer. Each decision, with what it saw.
    EXPORT_LEDGER: one "
        SELECT * FROM ledger WHERE customer = $1 ORDER BY id
    ";
}

/// Each table with what is theirs in it, in the order in which a person reads them.
pub(in crate::store) const EXPORT: [(&str, Statement); 22] = [
    ("customers", EXPORT_CUSTOMER),
    ("consents", EXPORT_CONSENTS),
    ("consent_evidence", EXPORT_EVIDENCE),
    ("bars", EXPORT_BARS),
    ("suppressions", EXPORT_SUPPRESSIONS),
    ("sign_ups", EXPORT_SIGN_UPS),
    ("shop_orders", EXPORT_SHOP_ORDERS),
    ("requests", EXPORT_REQUESTS),
    ("address_changes", EXPORT_ADDRESS_CHANGES),
    ("tastes", EXPORT_TASTES),
    ("customer_days", EXPORT_DAYS),
    ("records", EXPORT_RECORDS),
    ("visits", EXPORT_VISITS),
    ("settlements", EXPORT_SETTLEMENTS),
    ("answers", EXPORT_ANSWERS),
    ("events", EXPORT_EVENTS),
    ("notices", EXPORT_NOTICES),
    ("plans", EXPORT_PLANS),
    ("attempts", EXPORT_ATTEMPTS),
    ("tasks", EXPORT_TASKS),
    ("approvals", EXPORT_APPROVALS),
    ("ledger", EXPORT_LEDGER),
];
