//! Many rows at once: whom the rows of an import mean, what stands against them, and what they change.

use super::statements;

statements! {
    /// Rows: place, name. Whom the source calls so.
    CUSTOMERS_CALLED: bulk "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place,
               c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM" "
        JOIN customers c ON c.external_id = j.value ->> 'name'
        LEFT JOIN keystore.keys y ON y.id = c.id
    ";

    /// Rows: place, mailbox in hexadecimal. Whose it is.
    CUSTOMERS_AT: two "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place,
               c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM jsonb_each($1) AS j
        JOIN customers c ON c.mailbox = unhex(j.value ->> 'mailbox')
        LEFT JOIN keystore.keys y ON y.id = c.id
    " "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place,
               c.id, c.handle, c.external_id, c.mailbox, c.address, c.fields, c.zone, c.language, c.version, y.wrapped
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        JOIN customers c ON c.mailbox = decode(j.value ->> 'mailbox', 'hex')
        LEFT JOIN keystore.keys y ON y.id = c.id
    ";

    /// Rows: place, mailbox in hexadecimal. The places of those that somebody had before they said that theirs is another.
    LEFT_MAILBOXES: two "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place
        FROM jsonb_each($1) AS j
        JOIN address_changes a ON a.former = unhex(j.value ->> 'mailbox') AND a.done_at IS NOT NULL
    " "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        JOIN address_changes a ON a.former = decode(j.value ->> 'mailbox', 'hex') AND a.done_at IS NOT NULL
    ";

    /// Rows: place, mailbox in hexadecimal. What they refused, the oldest first.
    SUPPRESSIONS_AT: two "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place, s.id, s.purpose, s.reason, s.at
        FROM jsonb_each($1) AS j
        JOIN suppressions s ON s.mailbox = unhex(j.value ->> 'mailbox')
        ORDER BY s.id
    " "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place, s.id, s.purpose, s.reason, s.at
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        JOIN suppressions s ON s.mailbox = decode(j.value ->> 'mailbox', 'hex')
        ORDER BY s.id
    ";

    /// Rows: place, name as a keyed hash in hexadecimal. The places of those whom an erasure took.
    ERASED_AMONG: two "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place
        FROM jsonb_each($1) AS j
        JOIN erased_names e ON e.name = unhex(j.value ->> 'name')
    " "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        JOIN erased_names e ON e.name = decode(j.value ->> 'name', 'hex')
    ";

    /// Rows: customer ids. Their whole histories, oldest first.
    CONSENTS_OF: bulk "
        SELECT k.customer, k.id, k.purpose, k.kind, k.method, k.at, k.expires_at
        FROM" "
        JOIN consents k ON k.customer = CAST(j.value AS BIGINT)
        ORDER BY k.customer, k.purpose, k.at, k.id
    ";

    /// Rows: customer ids. What stops messages to them whatever they agreed to, oldest first.
    BARS_OF: bulk "
        SELECT b.customer, b.id, b.said, b.purpose, b.at
        FROM" "
        JOIN bars b ON b.customer = CAST(j.value AS BIGINT)
        ORDER BY b.customer, b.at, b.id
    ";

    /// Rows: id of their key, handle, the source's id, mailbox, address, fields, zone, language; $2 now. Bytes in hexadecimal.
    CREATE_CUSTOMERS: two "
        INSERT INTO customers (id, handle, external_id, mailbox, address, fields, zone, language, version, confirmed_at)
        SELECT j.value ->> 'id', unhex(j.value ->> 'handle'), j.value ->> 'external_id', unhex(j.value ->> 'mailbox'),
               unhex(j.value ->> 'address'), unhex(j.value ->> 'fields'), j.value ->> 'zone', j.value ->> 'language', 1, $2
        FROM jsonb_each($1) AS j
    " "
        INSERT INTO customers (id, handle, external_id, mailbox, address, fields, zone, language, version, confirmed_at)
        SELECT CAST(j.value ->> 'id' AS BIGINT), decode(j.value ->> 'handle', 'hex'), j.value ->> 'external_id',
               decode(j.value ->> 'mailbox', 'hex'), decode(j.value ->> 'address', 'hex'),
               decode(j.value ->> 'fields', 'hex'), j.value ->> 'zone', j.value ->> 'language', 1, CAST($2 AS BIGINT)
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
    ";

    /// Rows: id, version as read, address, fields, zone, language; $2 now. Bytes in hexadecimal. Their mailbox stays.
    CHANGE_CUSTOMERS: two "
        UPDATE customers
        SET address = n.new_address, fields = n.new_fields, zone = n.new_zone, language = n.new_language,
            confirmed_at = $2, version = version + 1
        FROM (SELECT CAST(j.value ->> 'id' AS BIGINT) AS customer, CAST(j.value ->> 'version' AS BIGINT) AS seen,
                     unhex(j.value ->> 'address') AS new_address, unhex(j.value ->> 'fields') AS new_fields,
                     j.value ->> 'zone' AS new_zone, j.value ->> 'language' AS new_language
              FROM jsonb_each($1) AS j) AS n
        WHERE customers.id = n.customer AND customers.version = n.seen
    " "
        UPDATE customers
        SET address = n.new_address, fields = n.new_fields, zone = n.new_zone, language = n.new_language,
            confirmed_at = CAST($2 AS BIGINT), version = version + 1
        FROM (SELECT CAST(j.value ->> 'id' AS BIGINT) AS customer, CAST(j.value ->> 'version' AS BIGINT) AS seen,
                     decode(j.value ->> 'address', 'hex') AS new_address, decode(j.value ->> 'fields', 'hex') AS new_fields,
                     j.value ->> 'zone' AS new_zone, j.value ->> 'language' AS new_language
              FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)) AS n
        WHERE customers.id = n.customer AND customers.version = n.seen
    ";

    /// Rows: customer ids.
    FORGET_DAYS_OF: bulk "
        DELETE FROM customer_days WHERE customer IN (SELECT CAST(j.value AS BIGINT) FROM" ")
    ";

    /// Rows: field, day, customer.
    KEEP_DAYS: bulk "
        INSERT INTO customer_days (field, day, customer)
        SELECT j.value ->> 'field', j.value ->> 'day', CAST(j.value ->> 'customer' AS BIGINT)
        FROM" "
        WHERE TRUE
    ";

    /// Rows: customer, purpose, kind, method, at, source, language, the end that was set to it. Each customer says one thing about
    /// a purpose.
    ADD_CONSENTS: bulk "
        INSERT INTO consents (customer, purpose, kind, method, at, source, language, expires_at)
        SELECT CAST(j.value ->> 'customer' AS BIGINT), j.value ->> 'purpose', j.value ->> 'kind', j.value ->> 'method',
               CAST(j.value ->> 'at' AS BIGINT), j.value ->> 'source', j.value ->> 'language',
               CAST(j.value ->> 'expires_at' AS BIGINT)
        FROM" "
        WHERE TRUE
        RETURNING id, customer, purpose
    ";

    /// Rows: place, kind, name. The records that are called so.
    RECORDS_CALLED: bulk "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place,
               r.id, r.kind, r.external_id, r.customer, r.fields, r.status, r.version, y.wrapped
        FROM" "
        JOIN records r ON r.kind = j.value ->> 'kind' AND r.external_id = j.value ->> 'name'
        LEFT JOIN keystore.keys y ON y.id = r.customer
    ";

    /// Rows: record ids. Those of which a calendar tells that is polled.
    TOLD_AMONG: bulk "
        SELECT v.record
        FROM" "
        JOIN visits v ON v.record = CAST(j.value AS BIGINT)
        WHERE v.source <> ''
    ";

    /// Rows: place, shop, the order's id there. The places of those that the shop itself tells of.
    ORDERS_TOLD: bulk "
        SELECT CAST(j.value ->> 'place' AS BIGINT) AS place
        FROM" "
        JOIN shop_orders o ON o.shop = j.value ->> 'shop' AND o.id = j.value ->> 'id'
        WHERE o.customer IS NOT NULL
    ";

    /// Rows: type, the source's id, customer, fields in hexadecimal, status; $2 now.
    CREATE_RECORDS: two "
        INSERT INTO records (kind, external_id, customer, fields, status, version, known_at)
        SELECT j.value ->> 'kind', j.value ->> 'external_id', j.value ->> 'customer', unhex(j.value ->> 'fields'),
               j.value ->> 'status', 1, $2
        FROM jsonb_each($1) AS j
        WHERE TRUE
        RETURNING id, kind, external_id
    " "
        INSERT INTO records (kind, external_id, customer, fields, status, version, known_at)
        SELECT j.value ->> 'kind', j.value ->> 'external_id', CAST(j.value ->> 'customer' AS BIGINT),
               decode(j.value ->> 'fields', 'hex'), j.value ->> 'status', 1, CAST($2 AS BIGINT)
        FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)
        RETURNING id, kind, external_id
    ";

    /// Rows: id, version as read, fields in hexadecimal, status.
    CHANGE_RECORDS: two "
        UPDATE records
        SET fields = n.new_fields, status = n.new_status, version = version + 1
        FROM (SELECT CAST(j.value ->> 'id' AS BIGINT) AS record, CAST(j.value ->> 'version' AS BIGINT) AS seen,
                     unhex(j.value ->> 'fields') AS new_fields, j.value ->> 'status' AS new_status
              FROM jsonb_each($1) AS j) AS n
        WHERE records.id = n.record AND records.version = n.seen
    " "
        UPDATE records
        SET fields = n.new_fields, status = n.new_status, version = version + 1
        FROM (SELECT CAST(j.value ->> 'id' AS BIGINT) AS record, CAST(j.value ->> 'version' AS BIGINT) AS seen,
                     decode(j.value ->> 'fields', 'hex') AS new_fields, j.value ->> 'status' AS new_status
              FROM unnest(ARRAY(SELECT jsonb_array_elements($1::jsonb))) AS j(value)) AS n
        WHERE records.id = n.record AND records.version = n.seen
    ";
}
