//! What people were told about their data, and what somebody answers for by name.

use super::statements;

statements! {
    /// $1 version, $2 content, $3 now. What is in force already stays so.
    KEEP_NOTICE: one "
        INSERT INTO privacy_notices (version, content, since)
        SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT)
        WHERE NOT EXISTS (
            SELECT 1
            FROM privacy_notices
            WHERE id = (SELECT MAX(id) FROM privacy_notices) AND version = CAST($1 AS TEXT))
    ";

    /// $1 how many. The last ones, the one in force first.
    NOTICES: one "
        SELECT version, since FROM privacy_notices WHERE id > 0 ORDER BY id DESC LIMIT $1
    ";

    /// $1 version. As it came into force last.
    NOTICE: one "
        SELECT version, since, content FROM privacy_notices WHERE version = $1 ORDER BY id DESC LIMIT 1
    ";

    /// $1 workflow, $2 digest, $3 content, $4 who, $5 now.
    SIGN_ASSESSMENT: one "
        INSERT INTO assessments (workflow, digest, content, who, at) VALUES ($1, $2, $3, $4, $5)
    ";

    /// $1 workflow, $2 digest. The last signature.
    SIGNATURE: one "
        SELECT who, at FROM assessments WHERE workflow = $1 AND digest = $2 ORDER BY id DESC LIMIT 1
    ";
}
