//! Calendars and their visits.

use super::statements;

statements! {
    /// $1 type, $2 the source's id.
    VISIT: one "
        SELECT id, source, record, turn, sequence, state FROM visits WHERE kind = $1 AND external_id = $2
    ";

    /// $1 type, $2 the source's id, $3 calendar, $4 record, $5 start, $6 sequence, $7 state, $8 reading, $9 content, $10 its key.
    CREATE_VISIT: one "
        INSERT INTO visits (kind, external_id, source, record, turn, starts_at, sequence, state, reading, missed, content,
                            key)
        VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, 0, $9, $10)
    ";

    /// $1 id, $2 calendar, $3 record, $4 turn, $5 start, $6 sequence, $7 state, $8 reading, $9 content, $10 its key.
    CHANGE_VISIT: one "
        UPDATE visits
        SET source = $2, record = $3, turn = $4, starts_at = $5, sequence = $6, state = $7, reading = $8, missed = 0,
            content = $9, key = $10
        WHERE id = $1
    ";

    /// $1 id, $2 reading. It was there and changes nothing.
    SEE_VISIT: one "
        UPDATE visits SET reading = $2, missed = 0 WHERE id = $1
    ";

    /// $1 record. The calendar that tells of it, '' for a file.
    TELLER_OF_RECORD: one "
        SELECT source FROM visits WHERE record = $1
    ";

    /// $1 calendar, $2 after, $3 until. The visits that the next reading should have.
    KNOWN_VISITS: one "
        SELECT external_id FROM visits
        WHERE source = $1 AND state = 'live' AND starts_at > $2 AND starts_at <= $3
        ORDER BY external_id
    ";

    /// $1 calendar, $2 reading, $3 after, $4 until. One complete reading more without them.
    MISS_VISITS: one "
        UPDATE visits SET missed = missed + 1
        WHERE source = $1 AND state = 'live' AND reading < $2 AND starts_at > $3 AND starts_at <= $4
    ";

    /// $1 calendar, $2 after, $3 how often missed, $4 limit.
    VANISHED_VISITS: one "
        SELECT id, kind, external_id, record, turn
        FROM visits
        WHERE source = $1 AND state = 'live' AND starts_at > $2 AND missed >= $3
        ORDER BY id LIMIT $4
    ";

    /// $1 calendar. Whether a visit is missing that wasn't missed often enough.
    PENDING_VISITS: one "
        SELECT COUNT(*) FROM visits WHERE source = $1 AND state = 'live' AND missed > 0
    ";

    /// $1 id.
    END_VISIT: one "
        UPDATE visits SET state = 'vanished', content = NULL, key = NULL WHERE id = $1
    ";

    /// $1 after, $2 the last id of the page before, $3 limit. Visits that nobody is known for.
    VISITS_OF_NOBODY: one "
        SELECT v.id, v.kind, v.external_id, v.source, v.sequence, v.starts_at, v.reading, v.content, v.key, y.wrapped
        FROM visits v
        LEFT JOIN keystore.keys y ON y.id = v.key
        WHERE v.record IS NULL AND v.state = 'live' AND v.starts_at > $1 AND v.id > $2
        ORDER BY v.id LIMIT $3
    ";

    /// $1 id.
    VISIT_OF_NOBODY: one "
        SELECT v.id, v.kind, v.external_id, v.source, v.sequence, v.starts_at, v.reading, v.content, v.key, y.wrapped
        FROM visits v
        LEFT JOIN keystore.keys y ON y.id = v.key
        WHERE v.record IS NULL AND v.state = 'live' AND v.id = $1
    ";

    /// $1 id. A visit of a calendar: whether it has its customer, and when it begins.
    VISIT_STANDS: one "
        SELECT record, state, starts_at FROM visits WHERE id = $1
    ";

    /// $1 type, $2 series.
    SETTLED: one "
        SELECT customer FROM settlements WHERE kind = $1 AND series = $2
    ";

    /// $1 type, $2 series, $3 customer, $4 now.
    SETTLE: one "
        INSERT INTO settlements (kind, series, customer, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, series) DO UPDATE SET customer = excluded.customer, at = excluded.at
    ";

    /// $1 after.
    COUNT_VISITS_OF_NOBODY: one "
        SELECT COUNT(*) FROM visits WHERE record IS NULL AND state = 'live' AND starts_at > $1
    ";

    /// Rows: name. Visits of calendars that are no more are a file's: whoever tells of them next may.
    RELEASE_VISITS: bulk "
        UPDATE visits SET source = '', missed = 0
        WHERE source <> '' AND source NOT IN (SELECT j.value ->> 'name' FROM" ")
    ";

    /// Rows: name.
    FORGET_SOURCES: bulk "
        DELETE FROM sources WHERE name NOT IN (SELECT j.value ->> 'name' FROM" ")
    ";

    /// All calendars.
    SOURCES: one "
        SELECT name, etag, modified, fetches, confirmed_at, visits, trouble, trouble_since, believed
        FROM sources ORDER BY name
    ";

    /// $1 name. Only what is in doubt needs belief.
    BELIEVE: one "
        UPDATE sources SET believed = 1 WHERE name = $1 AND trouble <> ''
    ";

    /// $1 name.
    JUDGE_AGAIN: one "
        UPDATE sources SET believed = 0 WHERE name = $1 AND believed = 1
    ";

    /// $1 name, $2 etag, $3 modified, $4 fetches, $5 `confirmed_at`, $6 visits, $7 trouble, $8 `trouble_since`. Belief
    /// stays as it is: it is the operator's.
    PUT_SOURCE: one "
        INSERT INTO sources (name, etag, modified, fetches, confirmed_at, visits, trouble, trouble_since, believed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
        ON CONFLICT (name) DO UPDATE
        SET etag = excluded.etag, modified = excluded.modified, fetches = excluded.fetches,
            confirmed_at = excluded.confirmed_at, visits = excluded.visits, trouble = excluded.trouble,
            trouble_since = excluded.trouble_since
    ";
}
