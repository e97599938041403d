//! Of which changes of the privacy notice people were told.

use super::statements;

statements! {
    /// The last time that people were told, or there was nothing to tell.
    LAST_NEWS: one "
        SELECT id, before, notice, after_customer, done_at FROM notice_news WHERE id > 0 ORDER BY id DESC LIMIT 1
    ";

    /// The notice in force.
    LAST_NOTICE: one "
        SELECT id, since FROM privacy_notices WHERE id > 0 ORDER BY id DESC LIMIT 1
    ";

    /// $1 row.
    NOTICE_BY_ID: one "
        SELECT content FROM privacy_notices WHERE id = $1
    ";

    /// $1 the notice before, $2 the one in force, $3 now, where there is nothing to tell, else NULL.
    BEGIN_NEWS: one "
        INSERT INTO notice_news (before, notice, after_customer, done_at) VALUES ($1, $2, 0, $3)
    ";

    /// $1 row, $2 the last customer who was told, $3 now, where nobody is left, else NULL.
    TOLD_NEWS: one "
        UPDATE notice_news SET after_customer = $2, done_at = $3 WHERE id = $1 AND done_at IS NULL
    ";
}
