//! Orders of web shops that come in by their exports: what was bought is a record, whoever bought it is a customer, and a
//! ticked box is a yes only where it is known what stood beside it.

use crate::support::{import::Outcome, shop::Shop};
use comity::{
    base::{Clock, EmailAddress, Source},
    ledger::entry::StopVia,
    people::Customer,
    policy::parse,
    store::StopOrder,
};
use sqlx::{Connection, Row, SqliteConnection};
use std::{collections::BTreeMap, fmt::Write};

/// The columns of Shopify's export.
const SHOPIFY: &str = "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,\
    Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,\
    Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,\
    Billing Street,Billing City,Billing Zip,Notes,Cancelled at,Payment Method,Refunded Amount,Vendor,Id,Tags,Source";

/// One order of Shopify's export, with its lines: quantity, name, price, SKU.
pub struct Order {
    pub name: &'static str,
    pub email: &'static str,
    pub status: &'static str,
    pub marketing: &'static str,
    pub currency: &'static str,
    pub total: &'static str,
    pub refunded: &'static str,
    pub created: &'static str,
    pub cancelled: &'static str,
    pub billing: &'static str,
    pub id: &'static str,
    pub lines: Vec<(&'static str, &'static str, &'static str, &'static str)>,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            name: "#1001",
            email: "anna@mail.example",
            status: "paid",
            marketing: "no",
            currency: "EUR",
            total: "44.40",
            refunded: "0.00",
            created: "2026-11-20 18:30:00 +0100",
            cancelled: "",
            billing: "Anna Smith",
            id: "5001",
            lines: vec![("1", "Desk lamp", "39.90", "L1"), ("1", "Bulb", "4.50", "B1")],
        }
    }
}

/// An export of these.
pub fn shopify(orders: &[Order]) -> String {
    let mut text = SHOPIFY.to_owned() + "\n";
    for order in orders {
        for (place, (quantity, name, price, sku)) in order.lines.iter().enumerate() {
            let first = |cell: &str| if place == 0 { cell.to_owned() } else { String::new() };
            let Order { status, marketing, currency, total, refunded, cancelled, billing, id, .. } = order;
            let mut cells = vec![order.name.to_owned(), order.email.to_owned(), first(status)];
            cells.extend(["", "", ""].map(ToOwned::to_owned));
            cells.extend([first(marketing), first(currency), first(total), String::new(), String::new(), first(total)]);
            cells.extend(["", "", ""].map(ToOwned::to_owned));
            cells.extend(
                [order.created, quantity, name, price, "", sku, "true", "true", "pending"].map(ToOwned::to_owned),
            );
            cells.extend([first(billing), String::new(), String::new(), String::new(), String::new()]);
            cells.extend([first(cancelled), String::new(), first(refunded), "Shop".to_owned(), first(id)]);
            cells.extend(["", "web"].map(ToOwned::to_owned));
            let cells: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
            writeln!(text, "{}", cells.join(",")).unwrap();
        }
    }
    text
}

impl Shop {
    /// The one with this address.
    pub async fn customer(&self, address: &str) -> Option<Customer> {
        let found = self.office.store.find_by_mailbox(&EmailAddress::parse(address).unwrap()).await.unwrap();
        found.into_iter().next()
    }

    /// Purchases by name: their fields as text, in the order of their names.
    pub async fn purchases(&self, address: &str) -> BTreeMap<String, String> {
        let Some(customer) = self.customer(address).await else { return BTreeMap::new() };
        let holdings = self.office.store.all_of(customer.id).await.unwrap().unwrap();
        let records = holdings.tables.into_iter().filter(|(table, _)| table == "records").flat_map(|(_, rows)| rows);
        records.map(|row| (row["external_id"].as_str().unwrap().to_owned(), row["fields"].to_string())).collect()
    }

    /// One number out of the database.
    pub async fn count(&self, sql: &'static str) -> i64 {
        let path = comity::store::file_in(&self.office.in_force.now().config().data);
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(sql).fetch_one(&mut connection).await.unwrap().get(0)
    }
}

#[tokio::test]
async fn an_export_of_shopify_brings_purchases_and_their_buyers_once() {
    let shop = Shop::open().await;
    let text = shopify(&[Order::default()]);
    let preview = shop.preview("orders", &text).await;
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers").await, 0);
    let first = shop.import("orders", &text).await;
    assert_eq!(preview.report(), first.report());
    let report = first.report();
    assert_eq!((report.rows, report.created, report.rejected), (2, 2, 0), "{first:?}");
    assert_eq!((report.orders.orders, report.orders.new_customers, report.consents), (1, 1, 0));
    let anna = shop.customer("anna@mail.example").await.unwrap();
    assert_eq!(format!("{:?}", anna.fields), "{\"first_name\": Text(\"Anna\")}");
    let bought = shop.purchases("anna@mail.example").await;
    let lamp = &bought["shopify:5001:1"];
    for part in ["L1", "Desk lamp", "39.90 EUR", "paid", "2026-11-20T18:30[Europe/Paris]"] {
        assert!(lamp.contains(part), "{part} is missing in {lamp}");
    }
    assert_eq!(bought.len(), 2, "{bought:?}");
    let again = shop.import("orders", &text).await;
    assert_eq!((again.report().unchanged, again.report().orders.new_customers), (2, 0), "{again:?}");
    assert_eq!(shop.purchases("anna@mail.example").await, bought);
}

#[tokio::test]
async fn what_becomes_of_an_order_becomes_of_its_purchases() {
    let shop = Shop::open().await;
    shop.import("orders", &shopify(&[Order { status: "pending", ..Order::default() }])).await;
    let states = [
        (Order { status: "pending", ..Order::default() }, "pending"),
        (Order::default(), "paid"),
        (Order { status: "partially_refunded", refunded: "4.50", ..Order::default() }, "paid"),
        (Order { status: "refunded", refunded: "44.40", ..Order::default() }, "refunded"),
        (Order { cancelled: "2026-11-22 10:00:00 +0100", ..Order::default() }, "cancelled"),
        (Order::default(), "paid"),
        (Order { status: "voided", ..Order::default() }, "cancelled"),
    ];
    for (order, status) in states {
        let partly = u64::from(order.status == "partially_refunded");
        let outcome = shop.import("orders", &shopify(&[order])).await;
        assert_eq!(outcome.report().orders.partly_refunded, partly);
        let purchases = shop.purchases("anna@mail.example").await;
        assert_eq!(purchases.len(), 2);
        for (name, bought) in purchases {
            assert!(bought.contains(&format!("\"{status}\"")), "{name}: {bought}, not {status}");
        }
    }
}

#[tokio::test]
async fn bad_orders_are_rejected_with_their_reason_and_the_others_come_in() {
    let shop = Shop::open().await;
    let one = || vec![("1", "Bulb", "4.50", "B1")];
    let orders = [
        Order { name: "#1", id: "1", lines: one(), ..Order::default() },
        Order { name: "#2", id: "2", email: "", lines: one(), ..Order::default() },
        Order { name: "#3", id: "3", email: "nobody", lines: one(), ..Order::default() },
        Order { name: "#4", id: "4", currency: "USD", lines: one(), ..Order::default() },
        Order {
            name: "#5",
            id: "5",
            lines: vec![("1", "Bulb", "-4.50", "B1"), ("2", "Lamp", "5.00", "L1")],
            ..Order::default()
        },
        Order { name: "#6", id: "6", lines: vec![("-1", "Bulb", "4.50", "B1")], ..Order::default() },
        Order { name: "#7", id: "7", status: "sold", lines: one(), ..Order::default() },
        Order { name: "#8", id: "8", created: "yesterday", lines: one(), ..Order::default() },
        Order { name: "#9", id: "9", created: "2031-01-01 10:00:00 +0100", lines: one(), ..Order::default() },
        Order { name: "#1", id: "1", lines: one(), ..Order::default() },
    ];
    let outcome = shop.import("orders", &shopify(&orders)).await;
    let reasons = outcome.reasons();
    let says = |line: u64, words: &str| {
        assert!(reasons.iter().any(|(at, why)| *at == line && why.contains(words)), "{line}: {words} in {reasons:#?}");
    };
    says(3, "Email: empty; nobody is known who ordered");
    says(4, "this is not an e-mail address");
    says(5, "Currency: in USD");
    says(6, "Lineitem price: below zero");
    says(8, "Lineitem quantity: below zero");
    says(9, "Financial Status: not a word");
    says(10, "Created at: not a date");
    says(11, "Created at: the date lies in the future");
    says(12, "line 2 already");
    assert_eq!(outcome.report().rejected, 9, "{reasons:#?}");
    let bought = shop.purchases("anna@mail.example").await;
    assert_eq!(bought.keys().collect::<Vec<_>>(), ["shopify:1:1", "shopify:5:2"]);
}

#[tokio::test]
async fn nobody_orders_a_million_lines_or_buys_fifty_thousand_times() {
    let shop = Shop::open().await;
    let mut text = shopify(&[Order { lines: vec![("1", "Bulb", "4.50", "B1")], ..Order::default() }]);
    let row = |order: usize, email: &str| {
        format!(
            "#{order},{email},paid,,,,no,EUR,,,,,,,,2026-11-20 18:30:00 +0100,1,Bulb,4.50,,B1,,,,,,,,,,,0,,{order},,\n"
        )
    };
    for _ in 0..30_000 {
        text += &row(7, "bot@mail.example");
    }
    for order in 10_000..15_900 {
        text += &row(order, "till@mail.example");
    }
    let outcome = shop.preview("orders", &text).await;
    let reasons: Vec<&str> = outcome.reasons().into_iter().map(|(_, why)| why).collect();
    assert_eq!(reasons.len(), 2, "{:?}", &reasons[..3.min(reasons.len())]);
    assert!(
        reasons[0].contains("more than 2000 lines") && reasons[1].contains("more than 5000 purchases of one customer")
    );
    let report = outcome.report();
    assert_eq!((report.rows, report.created), (35_901, 5_001));
    assert_eq!(report.orders.left_out + report.created + report.rejected, report.rows, "nothing is lost unsaid");
}

/// The columns of Advanced Order Export for WooCommerce, with a meta field of the shop's own.
const WOO: &str = "Order Number;Order Status;Order Date;Customer Note;First Name (Billing);Last Name (Billing);City (Billing);\
    Email (Billing);Phone (Billing);Payment Method Title;Order Refund Amount;Order Total Amount;SKU;Item #;Item Name;Quantity;\
    Quantity (- Refund);Item Cost;_newsletter\n\
    2001;Completed;2026-11-19 10:22;;Ben;Jones;Lyon;ben@mail.example;;Card;4.50;48.90;L1;1;Desk lamp;1;1;39.90;yes\n\
    ;;;;;;;;;;;;B1;2;Bulb;2;0;4.50;\n\
    2002;wc-processing;2026-11-20 09:00;;Ben;Jones;Lyon;ben@mail.example;;Card;0;9.00;B1;1;Bulb;2;2;4.50;\n\
    2003;On hold;2026-11-20 09:05;;Cleo;Roy;Nice;cleo@mail.example;;Card;0;9.00;B1;1;Bulb;2;2;4.50;1\n\
    2004;Remboursée;2026-11-20 09:06;;Cleo;Roy;Nice;cleo@mail.example;;Card;9;9.00;B1;1;Bulb;2;2;4.50;1\n\
    2005;failed;2026-11-20 09:07;;Cleo;Roy;Nice;cleo@mail.example;;Card;0;9.00;;1;Gift card;1;1;9.00;1\n";

#[tokio::test]
async fn exports_of_woocommerce_are_read_by_their_own_columns() {
    let shop = Shop::open().await;
    let outcome = shop.import("orders", WOO).await;
    assert_eq!((outcome.report().created, outcome.report().rejected), (6, 0), "{outcome:?}");
    let (ben, cleo) = (shop.purchases("ben@mail.example").await, shop.purchases("cleo@mail.example").await);
    for (bought, name, parts) in [
        (&ben, "woocommerce:2001:1", ["\"paid\"", "L1"]),
        (&ben, "woocommerce:2001:2", ["\"refunded\"", "B1"]),
        (&ben, "woocommerce:2002:1", ["\"paid\"", "4.50 EUR"]),
        (&cleo, "woocommerce:2003:1", ["\"pending\"", "B1"]),
        (&cleo, "woocommerce:2004:1", ["\"refunded\"", "B1"]),
        // Without a SKU the name stands for it.
        (&cleo, "woocommerce:2005:1", ["\"cancelled\"", "Gift card"]),
    ] {
        assert!(parts.iter().all(|part| bought[name].contains(part)), "{name}: {}", bought[name]);
    }
    assert_eq!(
        format!("{:?}", shop.customer("ben@mail.example").await.unwrap().fields),
        "{\"first_name\": Text(\"Ben\")}"
    );
    // The other usual export, with one row for each item.
    let items = "order_id,order_number,date,status,order_currency,order_total,billing_first_name,billing_email,item_id,item_name,\
        item_sku,item_quantity,item_total,item_refunded_qty\n\
        2002,2002,2026-11-20 09:00:00,processing,EUR,9.00,Ben,ben@mail.example,71,Bulb,B1,2,9.00,0\n\
        2006,A-6,2026-11-21 09:00:00,completed,EUR,10.00,Ben,ben@mail.example,72,Shade,S1,3,10.00,-3\n";
    let outcome = shop.import("orders", items).await;
    assert_eq!((outcome.report().unchanged, outcome.report().created), (1, 1), "{outcome:?}");
    let shade = &shop.purchases("ben@mail.example").await["woocommerce:2006:1"];
    assert!(shade.contains("refunded") && shade.contains("3.33 EUR"), "{shade}");
}

const CHECKOUT: &str = r#"
[[purposes.recommendations.checkout]]
shown = "Recommend me what goes with my order."
since = "2026-11-01"

[[purposes.recommendations.checkout]]
shown = "CANARY: recommend me what goes with what I buy."
since = "2026-11-15"

[[purposes.news.checkout]]
shown = "Write me letters."
since = "2026-11-20"
box = "_newsletter"
"#;

async fn agreed(shop: &Shop, address: &str) -> Vec<String> {
    let Some(customer) = shop.customer(address).await else { return vec![] };
    let told = shop.office.consents(&format!("@{}", customer.id.0)).await.unwrap();
    let json = serde_json::to_value(&told).unwrap().to_string();
    vec![json]
}

#[tokio::test]
async fn a_ticked_box_is_a_yes_only_to_what_was_shown() {
    let ticked = |created| shopify(&[Order { marketing: "yes", created, ..Order::default() }]);
    let without = Shop::open().await;
    let outcome = without.import("orders", &ticked("2026-11-20 18:30:00 +0100")).await;
    assert_eq!((outcome.report().consents, outcome.report().orders.yes_without_words), (0, 1), "{outcome:?}");
    assert_eq!(without.count("SELECT COUNT(*) FROM consents").await, 0);

    let shop = Shop::with(CHECKOUT, "").await;
    let early = shop.import("orders", &ticked("2026-10-31 18:30:00 +0100")).await;
    assert_eq!((early.report().consents, early.report().orders.yes_before_the_words), (0, 1), "{early:?}");
    let shop = Shop::with(CHECKOUT, "").await;
    let outcome = shop.import("orders", &ticked("2026-11-20 18:30:00 +0100")).await;
    assert_eq!((outcome.report().consents, outcome.report().orders.yes_without_words), (1, 0), "{outcome:?}");
    let told = agreed(&shop, "anna@mail.example").await.remove(0);
    for part in ["CANARY", "checkout of shopify, order 5001", "orders.csv:2", "form", "recommendations"] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    assert!(!told.contains("what goes with my order"), "these words were replaced: {told}");
    let again = shop.import("orders", &ticked("2026-11-20 18:30:00 +0100")).await;
    assert_eq!(again.report().consents, 0, "the same yes twice is one");
    // A box that wasn't ticked takes nothing back.
    let later = Order { name: "#1002", id: "5002", created: "2026-11-22 10:00:00 +0100", ..Order::default() };
    shop.import("orders", &shopify(&[later])).await;
    assert_eq!(shop.count("SELECT COUNT(*) FROM consents WHERE kind = 'withdrawn'").await, 0);
    // WooCommerce's box is its own.
    let outcome = shop.import("orders", WOO).await;
    assert_eq!((outcome.report().consents, outcome.report().orders.yes_before_the_words), (3, 1), "{outcome:?}");
}

#[tokio::test]
async fn no_order_brings_back_who_said_stop_or_was_erased() {
    let shop = Shop::with(CHECKOUT, "").await;
    let text = shopify(&[Order { marketing: "yes", ..Order::default() }]);
    shop.import("orders", &text).await;
    let anna = shop.customer("anna@mail.example").await.unwrap();
    let order = StopOrder {
        customer: anna.handle,
        purpose: "recommendations".to_owned(),
        via: StopVia::Page,
        plan: None,
        at: shop.clock.now(),
    };
    let _ = shop.office.store.stop(order).await.unwrap();
    let next =
        Order { name: "#2", id: "2", marketing: "yes", created: "2026-11-23 07:00:00 +0100", ..Order::default() };
    let outcome = shop.import("orders", &shopify(&[next])).await;
    assert_eq!(
        (outcome.report().created, outcome.report().consents, outcome.report().stay_stopped),
        (2, 0, 1),
        "{outcome:?}"
    );

    shop.office.erase("anna@mail.example").await.unwrap();
    let outcome: Outcome = shop.import("orders", &text).await;
    assert_eq!((outcome.report().created, outcome.report().rejected), (0, 2), "{outcome:?}");
    assert!(outcome.reasons()[0].1.contains("was erased"));
    assert_eq!(shop.count("SELECT COUNT(*) FROM customers").await, 0);
}

#[tokio::test]
async fn an_order_says_nothing_new_about_somebody_who_is_known_and_takes_nobody_elses() {
    let shop = Shop::open().await;
    shop.import("customers", "id;email;first_name\nC1;anna@mail.example;Annabelle\n").await;
    shop.import("orders", &shopify(&[Order::default()])).await;
    let anna = shop.customer("anna@mail.example").await.unwrap();
    assert_eq!(format!("{:?}", anna.fields), "{\"first_name\": Text(\"Annabelle\")}");
    let other = shop.import("orders", &shopify(&[Order { email: "ben@mail.example", ..Order::default() }])).await;
    assert!(other.reasons()[0].1.contains("belongs to another customer"), "{other:?}");
    assert!(shop.customer("ben@mail.example").await.is_none());
}

#[tokio::test]
async fn a_table_of_no_shop_is_refused_with_what_to_do() {
    let shop = Shop::open().await;
    let own = shop.import("orders", "id;customer;product\nA1;anna@mail.example;L1\n").await;
    assert!(own.failure().contains("neither of Shopify's") && own.failure().contains("import purchases"), "{own:?}");
    let cut = SHOPIFY.replace("Email,", "") + "\n";
    assert!(shop.import("orders", &cut).await.failure().contains("with the buyer's address"));
}

#[test]
fn words_beside_a_box_that_nobody_could_have_seen_are_found() {
    let words = |purpose: &str, since: &str| {
        format!("\n[[purposes.{purpose}.checkout]]\nshown = \"Yes\"\nsince = \"{since}\"\n")
    };
    let found = |policy: String| {
        let source = Source::new("policy.toml", crate::support::shop::POLICY.to_owned() + &policy);
        format!("{:?}", parse::parse(&source).findings)
    };
    let good = found(words("news", "2026-05-01"));
    assert!(!good.contains("message"), "{good}");
    for (policy, says) in [
        (words("thanks", "2026-05-01"), "nobody agrees to this purpose by ticking a box"),
        (words("news", "May"), "`May` is not a day"),
        (words("news", "2026-05-01") + &words("news", "2026-05-01"), "since one day"),
        ("\n[[purposes.news.checkout]]\nsince = \"2026-05-01\"\n".to_owned(), "shown"),
    ] {
        let found = found(policy);
        assert!(found.contains(says), "{says}: {found}");
    }
}
