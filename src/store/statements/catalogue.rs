//! What is sold.

use super::statements;

statements! {
    /// $1 the last id of the page before, $2 limit.
    PRODUCTS_AFTER: one "
        SELECT id, sku, name, category, maker, price, currency, url, image, in_stock, tags, sensitive, listed
        FROM products WHERE id > $1 ORDER BY id LIMIT $2
    ";

    /// Rows: SKUs.
    PRODUCTS_BY_SKU: bulk "
        SELECT p.sku, p.name, p.category, p.maker, p.price, p.currency, p.url, p.image, p.in_stock, p.tags, p.sensitive,
               p.listed
        FROM" "
        JOIN products p ON p.sku = j.value ->> 'sku'
    ";

    /// $1 the last id of the page before, $2 limit. Those that the last catalogue names.
    LISTED_AFTER: one "
        SELECT id, sku FROM products WHERE id > $1 AND listed = 1 ORDER BY id LIMIT $2
    ";

    /// $1 how many at most. The categories of what is listed and not sensitive, each by one look into an index.
    CATEGORIES: one "
        WITH RECURSIVE those (category, place) AS (
            SELECT MIN(p.category), 1 FROM products p WHERE p.listed = 1 AND p.sensitive = 0 AND p.category > ''
            UNION ALL
            SELECT (
                SELECT MIN(p.category) FROM products p
                WHERE p.listed = 1 AND p.sensitive = 0 AND p.category > those.category
            ), those.place + 1
            FROM those WHERE those.category IS NOT NULL AND those.place < $1
        )
        SELECT category FROM those WHERE category IS NOT NULL
    ";

    /// How many the last catalogue names.
    COUNT_LISTED: one "
        SELECT COUNT(*) FROM products WHERE listed = 1
    ";

    /// Rows: products, $2 now.
    PUT_PRODUCTS: bulk "
        INSERT INTO products
            (sku, name, category, maker, price, currency, url, image, in_stock, tags, sensitive, listed, changed_at)
        SELECT j.value ->> 'sku', j.value ->> 'name', j.value ->> 'category', j.value ->> 'maker',
               CAST(j.value ->> 'price' AS BIGINT), j.value ->> 'currency', j.value ->> 'url', j.value ->> 'image',
               CAST(j.value ->> 'in_stock' AS BIGINT), j.value ->> 'tags', CAST(j.value ->> 'sensitive' AS BIGINT),
               CAST(j.value ->> 'listed' AS BIGINT), $2
        FROM" "
        WHERE true
        ON CONFLICT (sku) DO UPDATE SET
            name = excluded.name, category = excluded.category, maker = excluded.maker, price = excluded.price,
            currency = excluded.currency, url = excluded.url, image = excluded.image, in_stock = excluded.in_stock,
            tags = excluded.tags, sensitive = excluded.sensitive, listed = excluded.listed,
            changed_at = excluded.changed_at
    ";

    /// Rows: SKUs, $2 now.
    UNLIST_PRODUCTS: bulk "
        UPDATE products SET listed = 0, changed_at = $2
        WHERE listed = (SELECT 1) AND sku IN (SELECT j.value ->> 'sku' FROM" ")
    ";
}
