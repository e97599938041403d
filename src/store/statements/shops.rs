//! What web shops told of their orders.

use super::statements;

statements! {
    /// $1 shop, $2 name of the call.
    CALL_ANSWERED: one "
        SELECT at FROM shop_calls WHERE shop = $1 AND name = $2
    ";

    /// $1 shop, $2 name of the call, $3 now.
    ANSWER_CALL: one "
        INSERT INTO shop_calls (shop, name, at) VALUES ($1, $2, $3) ON CONFLICT (shop, name) DO NOTHING
    ";

    /// $1 shop, $2 the order's id there.
    SHOP_ORDER: one "
        SELECT customer, state FROM shop_orders WHERE shop = $1 AND id = $2
    ";

    /// $1 shop, $2 the order's id there, $3 customer, $4 state, $5 now.
    PUT_SHOP_ORDER: one "
        INSERT INTO shop_orders (shop, id, customer, state, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (shop, id) DO UPDATE SET customer = excluded.customer, state = excluded.state, at = excluded.at
    ";

    /// When the oldest call was answered.
    OLDEST_CALL: one "
        SELECT at FROM shop_calls ORDER BY at LIMIT 1
    ";

    /// $1 before when, $2 limit.
    FORGET_CALLS: one "
        DELETE FROM shop_calls WHERE (shop, name) IN (SELECT shop, name FROM shop_calls WHERE at < $1 ORDER BY at LIMIT $2)
    ";

    /// $1 before when, $2 limit.
    FORGET_SHOP_ORDERS: one "
        DELETE FROM shop_orders WHERE (shop, id) IN (SELECT shop, id FROM shop_orders WHERE at < $1 ORDER BY at LIMIT $2)
    ";
}
