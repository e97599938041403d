//! The API: its keys, the answers that it repeats, events, and the evidence of consents.

use super::statements;

statements! {
    /// $1 id, $2 name, $3 digest, $4 scopes, $5 now. No row comes back where a key in force has this name.
    ADD_KEY: one "
        INSERT INTO api_keys (id, name, digest, scopes, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
        RETURNING id
    ";

    /// All that ever were.
    KEYS: one "
        SELECT id, name, digest, scopes, created_at, used_on, revoked_at FROM api_keys ORDER BY created_at, id
    ";

    /// $1 id. A key in force.
    KEY_IN_FORCE: one "
        SELECT id, name, digest, scopes, created_at, used_on, revoked_at
        FROM api_keys WHERE id = $1 AND revoked_at IS NULL
    ";

    /// $1 name, $2 now.
    REVOKE_KEY: one "
        UPDATE api_keys SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL
    ";

    /// $1 id, $2 day.
    USE_KEY: one "
        UPDATE api_keys SET used_on = $2 WHERE id = $1
    ";

    /// $1 key, $2 name.
    ANSWER_GIVEN: one "
        SELECT request, answer FROM api_answers WHERE key = $1 AND name = $2
    ";

    /// $1 key, $2 name, $3 request, $4 answer, $5 now.
    KEEP_ANSWER: one "
        INSERT INTO api_answers (key, name, request, answer, at) VALUES ($1, $2, $3, $4, $5)
    ";

    /// When the oldest answer was given.
    OLDEST_ANSWER: one "
        SELECT at FROM api_answers ORDER BY at LIMIT 1
    ";

    /// $1 before when, $2 limit.
    FORGET_ANSWERS: one "
        DELETE FROM api_answers
        WHERE (key, name) IN (SELECT key, name FROM api_answers WHERE at < $1 ORDER BY at LIMIT $2)
    ";

    /// $1 source, $2 the source's id.
    EVENT: one "
        SELECT digest FROM events WHERE source = $1 AND external_id = $2
    ";

    /// $1 source, $2 the source's id, $3 kind, $4 digest, $5 at, $6 record. The visit is meant at the date of its last
    /// plan that isn't void.
    TAKE_EVENT: one "
        INSERT INTO events (source, external_id, kind, digest, at, record, occurrence)
        VALUES ($1, $2, $3, $4, $5, $6,
                (SELECT o.occurrence FROM plans o
                 WHERE o.record = $6 AND o.state <> 'void' ORDER BY o.id DESC LIMIT 1))
    ";

    /// $1 consent, $2 content.
    ADD_EVIDENCE: one "
        INSERT INTO consent_evidence (consent, content) VALUES ($1, $2)
    ";
}
