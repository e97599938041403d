//! What is sealed, the seals, and the checkpoints.
//!
//! The rows of a source come with the columns of `audit::Source::columns`, in that order, and no others.

use super::statements;

statements! {
    /// The last row of each source, in the order of `audit::Source::ALL`. SQLite's one writer makes numbers visible in their
    /// order. PostgreSQL gives them out before transactions end, so that a lower one may become visible later: whoever seals
    /// there asks this with the table locked against writers (`LOCK TABLE … IN SHARE MODE`), for the moment of this statement.
    LAST_ROWS: one "
        SELECT COALESCE((SELECT MAX(id) FROM ledger), 0), COALESCE((SELECT MAX(id) FROM consents), 0),
               COALESCE((SELECT MAX(consent) FROM consent_evidence), 0), COALESCE((SELECT MAX(id) FROM wordings), 0),
               COALESCE((SELECT MAX(id) FROM approvals), 0), COALESCE((SELECT MAX(id) FROM revisions), 0),
               COALESCE((SELECT MAX(id) FROM bars), 0), COALESCE((SELECT MAX(id) FROM privacy_notices), 0),
               COALESCE((SELECT MAX(id) FROM assessments), 0)
    ";

    /// $1 after this row, $2 up to this one, $3 limit. All these rows as one text, because a row that is handed over costs many
    /// times what it takes to read it: each its numbers, the length of what happened in bytes, and what happened.
    LEDGER_LINES: one "
        SELECT string_agg(n.line, '')
        FROM (SELECT CAST(id AS TEXT) || ' ' || CAST(at AS TEXT) || ' ' || COALESCE(CAST(customer AS TEXT), '') || ' '
                     || COALESCE(CAST(plan AS TEXT), '') || ' ' || COALESCE(CAST(attempt AS TEXT), '') || ' '
                     || CAST(octet_length(happening) AS TEXT) || ' ' || happening AS line
              FROM ledger WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3) AS n
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    LEDGER_ROWS: one "
        SELECT id, at, customer, plan, attempt, happening
        FROM ledger WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    CONSENT_ROWS: one "
        SELECT id, customer, purpose, kind, method, at, source, language, expires_at
        FROM consents WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    EVIDENCE_ROWS: one "
        SELECT consent, content
        FROM consent_evidence WHERE consent > $1 AND consent <= $2 ORDER BY consent LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    WORDING_ROWS: one "
        SELECT id, purpose, digest, content, since
        FROM wordings WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    APPROVAL_ROWS: one "
        SELECT id, workflow, plan, day, said, seen, who, at
        FROM approvals WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    REVISION_ROWS: one "
        SELECT id, revision, in_force_at
        FROM revisions WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    BAR_ROWS: one "
        SELECT id, customer, said, purpose, at, source, evidence
        FROM bars WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    NOTICE_ROWS: one "
        SELECT id, version, content, since
        FROM privacy_notices WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 after this row, $2 up to this one, $3 limit.
    ASSESSMENT_ROWS: one "
        SELECT id, workflow, digest, content, who, at
        FROM assessments WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3
    ";

    /// $1 customer. The rows of each source that are about them.
    ROWS_ABOUT: one "
        SELECT 'ledger' AS source, id FROM ledger WHERE customer = $1
        UNION ALL
        SELECT 'consents', id FROM consents WHERE customer = $1
        UNION ALL
        SELECT 'bars', id FROM bars WHERE customer = $1
        UNION ALL
        SELECT 'evidence', e.consent
        FROM consents k
        JOIN consent_evidence e ON e.consent = k.id
        WHERE k.customer = $1
    ";

    /// $1 number, $2 time, $3 upto, $4 entries, $5 peaks, $6 leaves, $7 link.
    ADD_SEAL: one "
        INSERT INTO seals (id, sealed_at, upto, entries, peaks, leaves, chain)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
    ";

    /// $1 the last row that is sealed. When the next one was written.
    UNSEALED_SINCE: one "
        SELECT at FROM ledger WHERE id > $1 ORDER BY id LIMIT 1
    ";

    /// The last one.
    LAST_SEAL: one "
        SELECT id, sealed_at, upto, entries, peaks, leaves, chain
        FROM seals WHERE id = (SELECT MAX(id) FROM seals)
    ";

    /// $1 number.
    SEAL: one "
        SELECT id, sealed_at, upto, entries, peaks, leaves, chain FROM seals WHERE id = $1
    ";

    /// $1 the last number of the page before, $2 limit.
    SEALS_AFTER: one "
        SELECT id, sealed_at, upto, entries, peaks, leaves, chain
        FROM seals WHERE id > $1 ORDER BY id LIMIT $2
    ";

    /// $1 number, $2 seal, $3 time.
    NOTE_CHECKPOINT: one "
        INSERT INTO checkpoints (id, seal, made_at) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO NOTHING
    ";

    /// The last one that was written.
    LAST_CHECKPOINT: one "
        SELECT id, seal, made_at FROM checkpoints WHERE id = (SELECT MAX(id) FROM checkpoints)
    ";
}
