//! Catalogues that come in: as a table, as a feed, product by product. What is sold no more is listed no more, and none
//! empties the shop by mistake.

use crate::support::{import::Outcome, shop::Shop};
use comity::{
    engine::arrivals::import::{Removals, Report},
    store::{Dry, catalogue::Product},
};
use std::fmt::Write;

const TABLE: &str = "sku;name;category;price;url;image;stock;maker;values;sensitive\n\
    L1;Desk lamp;Lamps;39.90;https://shop.example/l1;https://images.shop.example/l1.jpg;12;Atelier;local, seasonal;no\n\
    L2;Floor lamp;Lamps;129 EUR;https://www.shop.example/l2;;0;Atelier;;no\n\
    B1;Bulb;Bulbs;4,50;;;in stock;;;\n\
    T1;Test kit;Health;9.00;;;out of stock;;;yes\n";

async fn product(shop: &Shop, sku: &str) -> Product {
    let all = shop.office.store.catalogue().await.unwrap();
    all.into_iter().find(|product| product.sku == sku).unwrap_or_else(|| panic!("no {sku}"))
}

#[tokio::test]
async fn a_table_is_the_whole_catalogue_and_twice_the_same_changes_nothing() {
    let shop = Shop::open().await;
    let promised = shop.preview("products", TABLE).await;
    assert!(shop.office.store.catalogue().await.unwrap().is_empty());
    let first = shop.import("products", TABLE).await;
    assert_eq!(promised.report(), first.report());
    assert_eq!((first.report().created, first.report().rejected), (4, 0), "{first:?}");
    let lamp = product(&shop, "L1").await;
    assert_eq!(lamp.price.as_ref().map(ToString::to_string).as_deref(), Some("39.90 EUR"));
    assert_eq!(lamp.tags.iter().collect::<Vec<_>>(), ["local", "seasonal"]);
    assert!(lamp.in_stock && lamp.listed && lamp.image.is_some() && !lamp.sensitive);
    assert!(!product(&shop, "L2").await.in_stock && product(&shop, "B1").await.in_stock);
    assert!(product(&shop, "T1").await.sensitive);
    let again = shop.import("products", TABLE).await;
    assert_eq!((again.report().unchanged, again.report().changed, again.report().catalogue.gone), (4, 0, 0));
}

#[tokio::test]
async fn a_product_that_is_called_otherwise_stays_the_same_one() {
    let shop = Shop::open().await;
    shop.import("products", TABLE).await;
    let renamed = shop.import("products", &TABLE.replace("Desk lamp", "Lampe de bureau")).await;
    assert_eq!(renamed.report().fields.get("name"), Some(&1), "{renamed:?}");
    assert_eq!((renamed.report().created, renamed.report().changed), (0, 1));
    assert_eq!(product(&shop, "L1").await.name, "Lampe de bureau");
}

/// So many products.
fn many(count: usize) -> String {
    let mut text = String::from("sku,name\n");
    for n in 0..count {
        writeln!(text, "P{n},Product {n}").unwrap();
    }
    text
}

async fn listed(shop: &Shop) -> usize {
    shop.office.store.listed_products().await.unwrap().len()
}

#[tokio::test]
async fn a_catalogue_that_empties_the_shop_needs_a_person() {
    let shop = Shop::open().await;
    shop.import("products", &many(100)).await;
    for broken in [many(69), "sku,name\n".to_owned(), "<rss><channel></channel></rss>".to_owned()] {
        let preview = shop.preview("products", &broken).await;
        assert!(preview.report().catalogue.needs_a_word && preview.report().catalogue.gone >= 31, "{preview:?}");
        let refused = shop.import("products", &broken).await;
        assert!(refused.failure().contains("--allow-removals"), "{refused:?}");
        assert_eq!(listed(&shop).await, 100);
    }
    let few = shop.import("products", &many(70)).await;
    assert_eq!((few.report().catalogue.gone, few.report().catalogue.listed_before), (30, 100));
    assert_eq!(listed(&shop).await, 70);
    let meant = shop.pieces("products", vec![many(2).into_bytes()], Dry::Apply, Removals::Allowed).await;
    assert_eq!(meant.report().catalogue.gone, 68);
    // Gone is not forgotten: it comes back as the same product.
    let back = shop.import("products", &many(100)).await;
    assert_eq!((back.report().created, back.report().fields.get("listed")), (0, Some(&98)), "{back:?}");
}

#[tokio::test]
async fn what_cannot_be_taken_says_why_and_stays_as_it_was() {
    let shop = Shop::open().await;
    shop.import("products", TABLE).await;
    let bad = "sku;name;price;url;stock;image\n\
        L1;Desk lamp;45 USD;;1;\n\
        L2;Floor lamp;-1;;1;\n\
        B1;Bulb;4.50;https://evil.example/b1;1;\n\
        T1;Test kit;9.00;javascript:alert(1);1;\n\
        N1;New;1.00;https://shop.example/n1;many;\n\
        N2;New;1.00;https://shop.example@evil.example/;1;\n\
        ;Nameless;1.00;;1;\n\
        N3;New;1.00;;1;https://tracker.example/pixel.gif\n\
        N3;New again;1.00;;1;\n";
    let outcome = shop.import("products", bad).await;
    let reasons = outcome.reasons();
    let says = |line: u64, words: &str| {
        assert!(reasons.iter().any(|(at, why)| *at == line && why.contains(words)), "{line}: {words} in {reasons:#?}");
    };
    says(2, "in USD, and the business counts in EUR");
    says(3, "below zero");
    says(4, "links = [\"evil.example\"]");
    says(5, "the address of a page");
    says(6, "a number of pieces");
    says(7, "the address of a page");
    says(8, "sku: empty");
    says(10, "stands in line 9 already");
    assert_eq!(reasons.len(), 8, "{reasons:#?}");
    // The rejected ones are named: they stay as they were, and with a row that nobody can read nothing goes.
    assert_eq!(product(&shop, "L1").await.price.unwrap().minor, 3990);
    assert_eq!(outcome.report().catalogue.images_left_out, 1);
    assert_eq!(product(&shop, "N3").await.image, None);
    assert_eq!(listed(&shop).await, 5);
}

#[tokio::test]
async fn where_a_row_cannot_be_read_nothing_is_taken_away() {
    let shop = Shop::open().await;
    shop.import("products", &many(10)).await;
    let outcome = shop.import("products", &many(9).replace("P3,", "P3,one,too,many,")).await;
    assert_eq!((outcome.report().catalogue.gone, outcome.report().catalogue.stay), (0, 2), "{outcome:?}");
    assert_eq!(listed(&shop).await, 10);
}

fn feed(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\">\n<channel>\n\
         <title>Shop</title><link>https://shop.example</link>\n{items}</channel>\n</rss>\n"
    )
}

const LAMP: &str = "<item><g:id>L1</g:id><title><![CDATA[Lamp & shade]]></title><link>https://shop.example/l1?a=1&amp;b=2</link>\
    <g:shipping><g:country>FR</g:country><g:price>4.90 EUR</g:price></g:shipping><g:price>39.90 EUR</g:price>\
    <g:sale_price>29.90 EUR</g:sale_price><g:availability>in_stock</g:availability><g:brand>Atelier &#201;toile</g:brand>\
    <g:product_type>Home &gt; Lamps</g:product_type><g:google_product_category>500</g:google_product_category>\
    <g:custom_label_0>local</g:custom_label_0><g:custom_label_3>Seasonal</g:custom_label_3>\
    <g:image_link>https://images.shop.example/l1.jpg</g:image_link><g:description>Long</g:description></item>\n";

fn is_the_lamp(lamp: &Product) {
    assert_eq!((lamp.name.as_str(), lamp.maker.as_str()), ("Lamp & shade", "Atelier Étoile"));
    assert_eq!(lamp.category, "Home > Lamps");
    assert_eq!(lamp.url.as_deref(), Some("https://shop.example/l1?a=1&b=2"));
    assert_eq!(lamp.price.as_ref().map(|price| price.minor), Some(2990), "the sale's price, not the shipping's");
    assert_eq!(lamp.tags.iter().collect::<Vec<_>>(), ["local", "seasonal"]);
    assert!(lamp.in_stock && lamp.image.is_some());
}

#[tokio::test]
async fn a_feed_means_the_same_however_it_is_cut_into_pieces() {
    let text = feed(LAMP);
    for size in [1, 2, 7, 64, 100_000] {
        let shop = Shop::open().await;
        let pieces = text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let outcome = shop.pieces("products", pieces, Dry::Apply, Removals::Few).await;
        assert_eq!((outcome.report().created, outcome.report().rejected), (1, 0), "{size}: {outcome:?}");
        is_the_lamp(&product(&shop, "L1").await);
    }
}

#[tokio::test]
async fn an_atom_feed_is_read_by_any_prefix() {
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:x=\"http://base.google.com/ns/1.0\"><title>Shop</title>\
        <entry><id>tag:shop.example,2026:1</id><x:id>L1</x:id><title>Lamp</title><link href=\"https://shop.example/l1\"/>\
        <x:availability>preorder</x:availability><x:adult>yes</x:adult><x:price>5 EUR</x:price>\
        <x:google_product_category>Lighting</x:google_product_category></entry></feed>";
    let shop = Shop::open().await;
    let outcome = shop.import("products", atom).await;
    assert_eq!(outcome.report().created, 1, "{outcome:?}");
    let lamp = product(&shop, "L1").await;
    assert_eq!((lamp.url.as_deref(), lamp.category.as_str()), (Some("https://shop.example/l1"), "Lighting"));
    assert!(lamp.sensitive && !lamp.in_stock);
    // A feed that doesn't speak of it takes no such mark away.
    shop.import("products", &atom.replace("<x:adult>yes</x:adult>", "")).await;
    assert!(product(&shop, "L1").await.sensitive);
}

#[tokio::test]
async fn a_price_of_a_sale_holds_while_the_sale_does() {
    for (times, minor) in [
        ("2026-11-20T00:00+0100/2026-11-30T00:00+0100", 2990),
        ("2026-11-24T00:00+0100/2026-11-30T00:00+0100", 3990),
        ("next week", 3990),
    ] {
        let shop = Shop::open().await;
        let times = format!("<g:sale_price_effective_date>{times}</g:sale_price_effective_date></item>");
        shop.import("products", &feed(&LAMP.replace("</item>", &times))).await;
        assert_eq!(product(&shop, "L1").await.price.unwrap().minor, minor);
    }
}

#[tokio::test]
async fn a_hostile_feed_costs_its_sender_and_nobody_else() {
    let shop = Shop::open().await;
    shop.import("products", &feed(LAMP)).await;
    let laughs = format!(
        "<!DOCTYPE rss [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n{}",
        feed(&LAMP.replace("Home &gt; Lamps", "&b;&x;")).replace("<?xml version=\"1.0\"?>\n", "")
    );
    let outcome = shop.import("products", &laughs).await;
    assert!(outcome.reasons()[0].1.contains("an entity"), "{outcome:?}");
    is_the_lamp(&product(&shop, "L1").await);
    let deep = "<rss>".to_owned() + &"<a>".repeat(100_000);
    let huge = feed(&format!("<item><g:id>{}</g:id></item>", "x".repeat(3_000_000)));
    let cut = feed(LAMP).replace("</channel>\n</rss>\n", "");
    let page = "<!doctype html><html><body>404</body></html>".to_owned();
    for (broken, says) in
        [(deep, "without end"), (huge, "longer than a megabyte"), (cut, "ends in the middle"), (page, "neither `rss`")]
    {
        let outcome: Outcome = pieced(&shop, &broken).await;
        assert!(outcome.failure().contains(says), "{says}: {outcome:?}");
        is_the_lamp(&product(&shop, "L1").await);
    }
}

async fn pieced(shop: &Shop, text: &str) -> Outcome {
    let pieces = text.as_bytes().chunks(64 * 1024).map(<[u8]>::to_vec).collect();
    shop.pieces("products", pieces, Dry::Apply, Removals::Few).await
}

#[tokio::test]
async fn a_header_that_does_not_fit_is_refused_with_its_remedy() {
    let shop = Shop::open().await;
    let outcome = shop.import("products", "sku;nme;prise\nL1;Lamp;1\n").await;
    let header = outcome.end.unwrap_err().header.unwrap().into_findings();
    let told: Vec<String> = header.0.iter().map(|one| format!("{} {:?}", one.message, one.help)).collect();
    assert!(told.iter().any(|one| one.contains("did you mean `name`?")), "{told:?}");
    assert!(told.iter().any(|one| one.contains("did you mean `price`?")), "{told:?}");
    assert_eq!(shop.import("products", "sku;name\n").await.report(), &Report::default());
}
