//! Customers, their consents, and what their mailboxes refused.

use super::statements;

statements! {
    /// $1 the source's id.
    CUSTOMER_BY_EXTERNAL_ID: one "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
        WHERE c.external_id = $1
    ";

    /// $1 the blind index.
    CUSTOMERS_BY_MAILBOX: one "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
        WHERE c.mailbox = $1 ORDER BY c.id
    ";

    /// $1 the name in links.
    CUSTOMER_BY_HANDLE: one "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
        WHERE c.handle = $1
    ";

    /// $1 id.
    CUSTOMER_BY_ID: one "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
        WHERE c.id = $1
    ";

    /// Rows: ids.
    CUSTOMERS_BY_ID: bulk "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM" "
        JOIN customers c ON c.id = CAST(j.value AS BIGINT)
        LEFT JOIN keystore.keys y ON y.id = c.id
    ";

    /// $1 the last id of the page before, $2 limit.
    CUSTOMER_IDS_AFTER: one "
        SELECT id FROM customers WHERE id > $1 ORDER BY id LIMIT $2
    ";

    /// $1 field, $2 day, $3 the last id of the page before, $4 limit. Whose day it is.
    CUSTOMERS_ON: one "
        SELECT customer FROM customer_days
        WHERE field = $1 AND day = $2 AND customer > $3
        ORDER BY customer LIMIT $4
    ";

    /// $1 customer.
    FORGET_DAYS: one "
        DELETE FROM customer_days WHERE customer = $1
    ";

    /// $1 field, $2 day, $3 customer.
    KEEP_DAY: one "
        INSERT INTO customer_days (field, day, customer) VALUES ($1, $2, $3)
    ";

    /// Everybody.
    ALL_CUSTOMERS: one "
        SELECT c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM customers c
        LEFT JOIN keystore.keys y ON y.id = c.id
    ";

    /// Changes whenever a customer does.
    CUSTOMERS_STAMP: one "
        SELECT COUNT(*), CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM customers
    ";

    /// $1 the id of their key, $2 handle, $3 the source's id, $4 mailbox, $5 address, $6 fields, $7 zone, $8 language, $9 now.
    CREATE_CUSTOMER: one "
        INSERT INTO customers (id, handle, external_id, mailbox, address, fields, zone, language, version, confirmed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)
    ";

    /// $1 id, $2 version as read, $3 mailbox, $4 address, $5 fields, $6 zone, $7 language, $8 now.
    CHANGE_CUSTOMER: one "
        UPDATE customers
        SET mailbox = $3, address = $4, fields = $5, zone = $6, language = $7, confirmed_at = $8, version = version + 1
        WHERE id = $1 AND version = $2
    ";

    /// $1 customer.
    OWN_LIMITS: one "
        SELECT own_limits FROM customers WHERE id = $1
    ";

    /// $1 customer, $2 the limits. What was drafted before is outdated.
    SET_OWN_LIMITS: one "
        UPDATE customers SET own_limits = $2, version = version + 1 WHERE id = $1
    ";

    /// $1 customer. What they chose on the page of preferences, and which version that is.
    PREFERENCES: one "
        SELECT own_limits, snoozed_until, snoozed, version, confirmed_at FROM customers WHERE id = $1
    ";

    /// $1 customer, $2 now. They saw what is kept about them, and it is right.
    CONFIRM_DATA: one "
        UPDATE customers SET confirmed_at = $2, version = version + 1 WHERE id = $1
    ";

    /// $1 customer, $2 until when, $3 what is silent. What was drafted before is outdated.
    SET_SNOOZE: one "
        UPDATE customers SET snoozed_until = $2, snoozed = $3, version = version + 1 WHERE id = $1
    ";

    /// $1 customer, $2 language. What was drafted before is outdated.
    SET_LANGUAGE: one "
        UPDATE customers SET language = $2, version = version + 1 WHERE id = $1
    ";

    /// $1 customer. The last word that they said.
    LAST_CONSENT: one "
        SELECT MAX(id) FROM consents WHERE customer = $1
    ";

    /// $1 id, $2 mailbox. No row comes back where it is gone.
    RELEASE_MAILBOX: one "
        DELETE FROM suppressions WHERE id = $1 AND mailbox = $2 RETURNING id
    ";

    /// $1 customer. The whole history, oldest first.
    CONSENTS: one "
        SELECT id, purpose, kind, method, at, expires_at FROM consents WHERE customer = $1 ORDER BY purpose, at, id
    ";

    /// $1 customer. The same with what shows it: where it is written, the words that were in force, and the evidence.
    CONSENTS_SHOWN: one "
        SELECT k.id, k.purpose, k.kind, k.method, k.at, k.source, k.language, k.expires_at,
               e.content AS evidence, y.wrapped, w.content AS wording, w.digest
        FROM consents k
        LEFT JOIN consent_evidence e ON e.consent = k.id
        LEFT JOIN keystore.keys y ON y.id = k.customer
        LEFT JOIN wordings w ON w.id = (
            SELECT o.id
            FROM wordings o
            WHERE o.purpose = k.purpose AND (o.since <= k.at OR o.since = 0)
            ORDER BY o.since DESC, o.id DESC
            LIMIT 1)
        WHERE k.customer = $1
        ORDER BY k.at, k.id
    ";

    /// $1 customer, $2 purpose, $3 kind, $4 method, $5 at, $6 source, $7 language, $8 the end that was set to it.
    ADD_CONSENT: one "
        INSERT INTO consents (customer, purpose, kind, method, at, source, language, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING id
    ";

    /// $1 customer. What stops messages to them whatever they agreed to, oldest first.
    BARS: one "
        SELECT b.id, b.said, b.purpose, b.at, b.source, b.evidence, y.wrapped
        FROM bars b
        LEFT JOIN keystore.keys y ON y.id = b.customer
        WHERE b.customer = $1
        ORDER BY b.at, b.id
    ";

    /// $1 customer, $2 word, $3 purpose, $4 at, $5 source, $6 evidence.
    ADD_BAR: one "
        INSERT INTO bars (customer, said, purpose, at, source, evidence)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING id
    ";

    /// $1 mailbox, $2 purpose ('' for all), $3 reason, $4 at. No row comes back where it stood already. One that somebody's
    /// yes may have outweighed since is said anew.
    SUPPRESS: one "
        INSERT INTO suppressions (mailbox, purpose, reason, at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (mailbox, purpose, reason) DO UPDATE
        SET at = excluded.at
        WHERE EXISTS (
            SELECT 1
            FROM customers c
            JOIN consents k ON k.customer = c.id
            WHERE c.mailbox = suppressions.mailbox AND k.kind = 'granted'
              AND k.at > suppressions.at AND k.at <= excluded.at)
        RETURNING id
    ";

    /// $1 mailbox. The purpose '' stands for all.
    SUPPRESSIONS_OF: one "
        SELECT id, purpose, reason, at FROM suppressions WHERE mailbox = $1 ORDER BY id
    ";

    /// $1 mailbox, $2 purpose ('' for all). Permissions that a stop finds.
    OPEN_FOR_MAILBOX: one "
        SELECT id, plan, state
        FROM attempts
        WHERE mailbox = $1 AND (purpose = $2 OR CAST($2 AS TEXT) = '') AND receipt IS NULL
        ORDER BY id
    ";

    /// $1 customer. Permissions that a change of the customer finds.
    OPEN_FOR_CUSTOMER: one "
        SELECT a.id, a.plan, a.state
        FROM attempts a
        WHERE a.customer = $1 AND a.receipt IS NULL
        ORDER BY a.mailbox
    ";

    /// All permissions without a receipt.
    OPEN: one "
        SELECT id, plan, state FROM attempts WHERE receipt IS NULL ORDER BY mailbox
    ";

    /// Rows: attempt ids, $2 now. Takes the permission back where no intent has followed it.
    REVOKE_ATTEMPTS: bulk "
        UPDATE attempts
        SET state = 'revoked', counts_at = NULL, closed_at = $2
        WHERE state = 'permitted' AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
        RETURNING plan
    ";

    /// Rows: plan ids, $2 now. Revoked plans are asked again: the gate says why they don't leave.
    REVOKE_PLANS: bulk "
        UPDATE plans
        SET state = 'planned', next_at = $2, epoch = epoch + 1
        WHERE state = 'sending' AND id IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";
}
