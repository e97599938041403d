//! What is sold.

use super::statements;

statements! {
    /// $1 the last id of the page before, $2 limit.
    PRODUCTS_AFTER: one "
        SELECT id, sku, name, category, maker, price, currency, url, image, in_stock, tags, sensitive, listed
        FROM products WHERE id > $1 ORDER BY id LIMIT $2
    ";
}
