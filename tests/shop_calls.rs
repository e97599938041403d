//! Web shops that call: forged, replayed, duplicated, out of order, and by real HTTP.

use crate::support::{
    api::Client,
    http::Answer,
    shop::{CALLERS, SECRET, Shop},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use comity::{
    clock::SystemClock,
    engine::arrivals::{
        entry::EntryDesk,
        shops::{self, Signed},
    },
    intake::orders::ShopKind,
    web::{api, listen},
};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use std::{collections::BTreeMap, fs, num::NonZeroU32, os::unix::fs::PermissionsExt, sync::Arc};
use tokio::{net::TcpListener, sync::watch};

/// An order as Shopify tells it: what matters of it, and something that doesn't.
fn shopify(id: u64, updated: &str, status: &str, lines: &[(u64, &str, i64)], refunds: &Value) -> Value {
    let items: Vec<Value> = lines
        .iter()
        .map(|(line, sku, pieces)| {
            json!({ "id": line, "sku": sku, "name": format!("Product {sku}"), "title": "Product", "quantity": pieces,
                    "price": "4.50", "taxable": true })
        })
        .collect();
    json!({
        "id": id, "name": format!("#{id}"), "email": "anna@mail.example", "currency": "EUR", "financial_status": status,
        "created_at": "2026-11-20T18:30:00+01:00", "updated_at": format!("2026-11-20T{updated}+01:00"),
        "cancelled_at": null, "buyer_accepts_marketing": true, "customer_locale": "fr-FR", "total_price": "9.00",
        "customer": { "id": 7, "first_name": "Anna", "email": "anna@mail.example" },
        "shipping_address": { "city": "Lyon" }, "line_items": items, "refunds": refunds,
    })
}

fn signature(body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The API of a shop, open on a port.
struct Door {
    shop: Shop,
    client: Client,
    _open: watch::Sender<bool>,
}

impl Door {
    async fn open(policy: &str) -> Self {
        let shop = Shop::with(policy, CALLERS).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = Client { address: listener.local_addr().unwrap(), key: String::new() };
        let api = api::Api::new(EntryDesk::new(shop.office.clone()), NonZeroU32::MAX, Arc::new(SystemClock));
        let (open, closed) = watch::channel(false);
        tokio::spawn(listen::serve(listener, api::router(api), Arc::new(SystemClock), closed));
        Self { shop, client, _open: open }
    }

    async fn send(&self, path: &'static str, headers: String, body: Vec<u8>) -> Answer {
        let client = self.client.clone();
        tokio::task::spawn_blocking(move || client.send_bare("POST", path, &headers, &body)).await.unwrap()
    }

    async fn shopify(&self, topic: &str, name: &str, body: &[u8], signature: &str) -> Answer {
        let headers = format!(
            "Content-Type: application/json\r\nX-Shopify-Topic: {topic}\r\nX-Shopify-Webhook-Id: {name}\r\n\
             X-Shopify-Hmac-Sha256: {signature}\r\n"
        );
        self.send("/v1/webhooks/shopify", headers, body.to_vec()).await
    }

    async fn woo(&self, topic: &str, name: &str, body: &[u8]) -> Answer {
        let headers = format!(
            "Content-Type: application/json\r\nX-WC-Webhook-Topic: {topic}\r\nX-WC-Webhook-Delivery-ID: {name}\r\n\
             X-WC-Webhook-Signature: {}\r\n",
            signature(body)
        );
        self.send("/v1/webhooks/woocommerce", headers, body.to_vec()).await
    }

    /// Everything that a call could write.
    async fn written(&self) -> i64 {
        let sql = "SELECT (SELECT COUNT(*) FROM customers) + (SELECT COUNT(*) FROM records) + (SELECT COUNT(*) FROM shop_orders)
                   + (SELECT COUNT(*) FROM shop_calls) + (SELECT COUNT(*) FROM ledger)";
        self.shop.count(sql).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_call_is_done_once_and_a_forged_one_never() {
    let door = Door::open("").await;
    let body = shopify(1, "18:30:00", "paid", &[(11, "L1", 1), (12, "B1", 2)], &json!([])).to_string().into_bytes();
    let right = signature(&body);
    let before = door.written().await;
    for place in 0..32 {
        let mut forged = STANDARD.decode(&right).unwrap();
        forged[place] ^= 1 << (place % 8);
        let answer = door.shopify("orders/create", "a", &body, &STANDARD.encode(forged)).await;
        assert_eq!(answer.status, 401, "byte {place}");
        let mut forged = body.clone();
        let at = body.len() * place / 32;
        forged[at] ^= 1;
        assert_eq!(door.shopify("orders/create", "a", &forged, &right).await.status, 401, "body, byte {at}");
    }
    for none in ["", "AAAA", "not base64!", right.trim_end_matches('=')] {
        assert_eq!(door.shopify("orders/create", "a", &body, none).await.status, 401, "{none}");
    }
    assert_eq!(door.written().await, before, "a forged call writes nothing");

    let answer = door.shopify("orders/create", "a", &body, &right).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "done"));
    let bought = door.shop.purchases("anna@mail.example").await;
    assert_eq!(bought.len(), 2, "{bought:?}");
    assert!(bought["shopify:1:2"].contains("B1") && bought["shopify:1:2"].contains("4.50 EUR"));
    assert_eq!(door.shop.customer("anna@mail.example").await.unwrap().language.unwrap().tag(), "fr");
    let after = door.written().await;
    let answer = door.shopify("orders/create", "a", &body, &right).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "done before"));
    assert_eq!(door.written().await, after);
    // The name isn't signed: under another one the same changes nothing either.
    assert_eq!(door.shopify("orders/updated", "b", &body, &right).await.status, 200);
    assert_eq!(door.shop.purchases("anna@mail.example").await, bought);
    // A box that was ticked without words is no yes.
    assert_eq!(door.shop.count("SELECT COUNT(*) FROM consents").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_order_is_answered_and_left_alone() {
    let door = Door::open("").await;
    let before = door.written().await;
    let order = shopify(1, "18:30:00", "paid", &[(11, "L1", 1)], &json!([]));
    let call = async |topic: &'static str, body: Vec<u8>| {
        let signature = signature(&body);
        door.shopify(topic, "a", &body, &signature).await
    };
    assert_eq!(call("products/update", order.to_string().into_bytes()).await.body, "nothing to do");
    assert_eq!(call("refunds/create", order.to_string().into_bytes()).await.body, "nothing to do");
    let mut nobody = order.clone();
    nobody["email"] = Value::Null;
    nobody["customer"] = Value::Null;
    let mut dollars = order.clone();
    dollars["currency"] = json!("USD");
    for bad in [nobody.to_string(), dollars.to_string(), "{".to_owned(), "[]".to_owned(), String::new()] {
        let answer = call("orders/create", bad.clone().into_bytes()).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "not taken: the log says why"), "{bad}");
    }
    assert_eq!(door.written().await, before);
    assert_eq!(call("orders/create", vec![b' '; 2 * 1024 * 1024]).await.status, 413);
    // WooCommerce asks whether somebody is there, without a signature.
    let ping = |body: &'static str| door.send("/v1/webhooks/woocommerce", String::new(), body.as_bytes().to_vec());
    assert_eq!(ping("webhook_id=12").await.status, 200);
    assert_eq!(ping("webhook_id=12&x=1").await.status, 401);
    // An order that is still there wasn't deleted, whatever the topic says.
    let answer = door.woo("order.deleted", "x", woo(9, "10:00:00", "completed", 2).to_string().as_bytes()).await;
    assert_eq!(answer.body, "not taken: the log says why");
    assert_eq!(door.written().await, before);
}

/// An order as WooCommerce tells it, with so many lines.
fn woo(id: u64, modified: &str, status: &str, lines: u64) -> Value {
    let items: Vec<Value> = (1..=lines)
        .map(|line| json!({ "id": line, "name": "Bulb", "sku": format!("B{line}"), "quantity": 2, "total": "9.00", "price": 4.5 }))
        .collect();
    json!({
        "id": id, "number": id.to_string(), "status": status, "currency": "EUR", "total": "18.00",
        "date_created_gmt": "2026-11-20T09:00:00", "date_modified_gmt": format!("2026-11-20T{modified}"),
        "billing": { "email": "ben@mail.example", "first_name": "Ben" }, "line_items": items, "refunds": [],
        "meta_data": [{ "id": 1, "key": "_newsletter", "value": "yes" }],
    })
}

const WORDS: &str =
    "\n[[purposes.news.checkout]]\nshown = \"Write me letters.\"\nsince = \"2026-11-01\"\nbox = \"_newsletter\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_woocommerce_come_with_their_yes_and_go_when_they_are_deleted() {
    let door = Door::open(WORDS).await;
    let answer = door.woo("order.created", "1", woo(5, "09:00:00", "processing", 2).to_string().as_bytes()).await;
    assert_eq!(answer.body, "done", "{answer:?}");
    assert_eq!(door.shop.count("SELECT COUNT(*) FROM consents WHERE kind = 'granted'").await, 1);
    let bought = door.shop.purchases("ben@mail.example").await;
    assert!(bought["woo:5:1"].contains("\"paid\"") && bought["woo:5:1"].contains("4.50 EUR"), "{bought:?}");
    door.woo("order.updated", "2", woo(5, "10:00:00", "completed", 2).to_string().as_bytes()).await;
    assert_eq!(door.shop.count("SELECT COUNT(*) FROM consents").await, 1, "the same yes once more is one");
    door.woo("order.deleted", "3", br#"{"id":5}"#).await;
    let bought = door.shop.purchases("ben@mail.example").await;
    assert!(bought.values().all(|bought| bought.contains("\"cancelled\"")), "{bought:?}");
}

/// Every order of so many things.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for next in 0..count {
        let longer = |one: Vec<usize>| {
            (0..=one.len()).map(move |at| {
                let mut one = one.clone();
                one.insert(at, next);
                one
            })
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}

/// What comes of these calls in this order; the order's id stands in none of it.
async fn comes_to(shop: &Shop, kind: ShopKind, id: u64, calls: &[(&str, Value)]) -> BTreeMap<String, String> {
    let configured = shop.office.in_force.now().config().shops.clone();
    for (topic, body) in calls {
        let call = Signed {
            shop: configured.iter().find(|shop| shop.kind == kind).unwrap().clone(),
            topic: (*topic).to_owned(),
            name: None,
            body: body.to_string().into_bytes(),
        };
        assert_eq!(shop.office.hear_shop(call).await.unwrap(), shops::Answer::Done);
    }
    let address = if kind == ShopKind::Shopify { "anna@mail.example" } else { "ben@mail.example" };
    let all = shop.purchases(address).await;
    let own = all.into_iter().filter_map(|(name, fields)| {
        let (_, rest) = name.split_once(':')?;
        let (order, place) = rest.split_once(':')?;
        (order == id.to_string()).then(|| (place.to_owned(), fields))
    });
    own.collect()
}

#[tokio::test]
async fn the_same_calls_come_to_the_same_purchases_in_every_order() {
    let shop = Shop::with("", CALLERS).await;
    let both = [(11, "L1", 1), (12, "B1", 2)];
    let refund = |order: u64| json!({ "id": 900 + order, "order_id": order, "refund_line_items": [{ "line_item_id": 12, "quantity": 2 }] });
    let mut first = None;
    for (id, permutation) in (100_u64..).zip(permutations(5)) {
        let calls = [
            (
                "orders/create",
                shopify(id, "18:30:00", "pending", &[(11, "L1", 1), (12, "B1", 2), (13, "X1", 1)], &json!([])),
            ),
            // In the same second as the next one.
            ("orders/updated", shopify(id, "18:31:00", "pending", &both, &json!([]))),
            ("orders/paid", shopify(id, "18:31:00", "paid", &both, &json!([]))),
            ("refunds/create", refund(id)),
            ("orders/updated", shopify(id, "18:40:00", "partially_refunded", &both, &json!([refund(id)]))),
        ];
        let calls: Vec<(&str, Value)> = permutation.iter().map(|place| calls[*place].clone()).collect();
        let came = comes_to(&shop, ShopKind::Shopify, id, &calls).await;
        let first = first.get_or_insert_with(|| came.clone());
        assert_eq!(&came, first, "{permutation:?}");
    }
    let first = first.unwrap();
    assert!(
        first["1"].contains("\"paid\"") && first["2"].contains("\"refunded\"") && first["3"].contains("\"cancelled\"")
    );

    let mut first = None;
    for (id, permutation) in (300_u64..).zip(permutations(4)) {
        let calls = [
            ("order.created", woo(id, "09:00:00", "pending", 3)),
            ("order.updated", woo(id, "09:05:00", "processing", 2)),
            ("order.updated", woo(id, "09:05:00", "processing", 2)),
            ("order.deleted", json!({ "id": id })),
        ];
        let calls: Vec<(&str, Value)> = permutation.iter().map(|place| calls[*place].clone()).collect();
        let came = comes_to(&shop, ShopKind::WooCommerce, id, &calls).await;
        let first = first.get_or_insert_with(|| came.clone());
        assert_eq!(&came, first, "{permutation:?}");
    }
    assert!(first.unwrap().values().all(|bought| bought.contains("\"cancelled\"")));
}

#[tokio::test]
async fn a_long_order_is_taken_in_parts_and_an_older_one_overwrites_none_of_it() {
    let shop = Shop::with("", CALLERS).await;
    let lines: Vec<(u64, String, i64)> = (1..=250).map(|line| (line, format!("P{line}"), 1)).collect();
    let lines: Vec<(u64, &str, i64)> = lines.iter().map(|(line, sku, pieces)| (*line, sku.as_str(), *pieces)).collect();
    let newer = ("orders/updated", shopify(1, "18:40:00", "paid", &lines, &json!([])));
    let older = ("orders/create", shopify(1, "18:30:00", "pending", &lines[..120], &json!([])));
    let came = comes_to(&shop, ShopKind::Shopify, 1, &[newer, older]).await;
    assert_eq!(came.len(), 250);
    assert!(came.values().all(|bought| bought.contains("\"paid\"")));
}

#[tokio::test]
async fn an_erased_buyer_stays_erased_and_nothing_of_their_orders_is_left() {
    let shop = Shop::with("", CALLERS).await;
    let order = ("orders/create", shopify(1, "18:30:00", "paid", &[(11, "L1", 1)], &json!([])));
    comes_to(&shop, ShopKind::Shopify, 1, std::slice::from_ref(&order)).await;
    assert_eq!(shop.count("SELECT COUNT(*) FROM shop_orders").await, 1);
    shop.office.erase("anna@mail.example").await.unwrap();
    assert_eq!(shop.count("SELECT COUNT(*) FROM shop_orders").await, 0);
    let configured = shop.office.in_force.now().config().shops[0].clone();
    // The same order, to the same mailbox; and to another one, which the shop changed since.
    let mut elsewhere = order.1.clone();
    elsewhere["email"] = json!("anna@elsewhere.example");
    elsewhere["customer"]["email"] = json!("anna@elsewhere.example");
    for body in [order.1, elsewhere] {
        let body = body.to_string().into_bytes();
        let call = Signed { shop: configured.clone(), topic: "orders/updated".to_owned(), name: None, body };
        let answer = shop.office.hear_shop(call).await.unwrap();
        assert!(matches!(&answer, shops::Answer::NotTaken(why) if why.contains("was erased")), "{answer:?}");
        assert_eq!(shop.count("SELECT COUNT(*) FROM customers").await, 0);
    }
}

#[tokio::test]
async fn a_file_and_a_call_mean_the_same_order() {
    let shop = Shop::with("", CALLERS).await;
    shop.import("orders", &crate::orders::shopify(&[crate::orders::Order::default()])).await;
    let order = shopify(5001, "18:30:00", "refunded", &[(11, "L1", 1), (12, "B1", 1)], &json!([]));
    let came = comes_to(&shop, ShopKind::Shopify, 5001, &[("orders/updated", order)]).await;
    assert_eq!(came.len(), 2);
    assert!(came.values().all(|bought| bought.contains("\"refunded\"")), "{came:?}");
    // The file is old by now.
    let again = shop.import("orders", &crate::orders::shopify(&[crate::orders::Order::default()])).await;
    assert_eq!((again.report().unchanged, again.report().orders.told_by_the_shop), (2, 1), "{again:?}");
    assert!(shop.purchases("anna@mail.example").await.values().all(|bought| bought.contains("\"refunded\"")));
}

#[test]
fn a_shop_that_could_not_call_is_found_with_what_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str, mode: u32| {
        let path = folder.path().join(file);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("good", SECRET, 0o600);
    write("open", SECRET, 0o644);
    write("short", "secret", 0o600);
    let api = "[api]\nlisten = \"127.0.0.1:0\"\n";
    let shop = |name: &str, kind: &str, file: &str| {
        format!("[[shops]]\nname = \"{name}\"\nkind = \"{kind}\"\nsecret_file = \"{file}\"\n")
    };
    let found = |settings: &str| {
        write("comity.toml", &(crate::support::shop::SETTINGS.to_owned() + settings), 0o600);
        write("policy.toml", crate::support::shop::POLICY, 0o600);
        format!("{:?}", comity::config::load(folder.path()).err())
    };
    let good = found(&(api.to_owned() + &shop("a", "shopify", "good")));
    assert!(!good.contains("shop"), "{good}");
    for (settings, says) in [
        (shop("a", "shopify", "good"), "no port is open"),
        (api.to_owned() + &shop("a", "shopify", "open"), "everybody on this machine can read the secret"),
        (api.to_owned() + &shop("a", "shopify", "short"), "holds no secret of a shop"),
        (api.to_owned() + &shop("a", "shopify", "none"), "there is no file"),
        (api.to_owned() + &shop("a", "magento", "good"), "shopify"),
        (api.to_owned() + &shop("A shop", "shopify", "good"), "can't be the name of a shop"),
        (api.to_owned() + &shop("a", "shopify", "good") + &shop("a", "woocommerce", "good"), "two shops are called"),
    ] {
        let found = found(&settings);
        assert!(found.contains(says), "{says}: {found}");
        assert!(!found.contains(SECRET), "a secret is shown");
    }
}
