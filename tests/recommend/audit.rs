//! The audit: planted disparities, bots and steers are found, and honest shops are left alone.

use super::shops::{Dice, Row, SEEDS, first_day, rows, settings, shop, shuffle, till, today, with_hands};
use comity::recommend::{
    Batch, Listed, Price, Readers, Section, Settings, Shop, View, Wishes,
    audit::{Answer, Asked, Audit, Brought, Gate, Gates, Groups, anomaly::Kind},
    measure::Mean,
};
use std::collections::BTreeSet;

fn everybody(shop: &Shop) -> Readers {
    shop.customers.iter().map(|customer| (customer.name.clone(), Wishes::default())).collect()
}

fn audit(shop: &Shop, settings: &Settings, asked: &Asked) -> Audit {
    Audit::of_window(shop, today().back(28), today(), settings, asked).expect("large enough")
}

/// Purchases of customers who are faithful to one kind of things, and of others who buy anything.
fn faithful_and_fickle(seed: u64) -> (Vec<Row>, Vec<String>) {
    let mut dice = Dice(seed);
    let (mut rows, mut fickle) = (Vec::new(), Vec::new());
    for customer in 0..360 {
        let (name, taste) = (format!("C{customer:03}"), customer % 12);
        let is_fickle = customer % 2 == 1;
        if is_fickle {
            fickle.push(name.clone());
        }
        for number in 0..7 {
            let kind = if is_fickle { dice.below(12) } else { taste };
            let product = kind * 10 + dice.below(10);
            // The last purchase lies in the window.
            let day = if number == 6 { 175 + dice.below(20) } else { dice.below(170) };
            let (product, category) = (format!("P{product:03}"), format!("kind {kind}"));
            rows.push(Row {
                customer: name.clone(),
                product,
                category,
                on: first_day().on(u16::try_from(day).unwrap()),
            });
        }
    }
    (rows, fickle)
}

/// An audit takes a while without optimisation.
const SOME: [u64; 3] = [SEEDS[0], SEEDS[3], SEEDS[6]];

/// Which of two groups each is in, asked as an auditor would.
fn grouped(rows: &[Row], group: impl Fn(&str) -> &'static str) -> Groups {
    let names: BTreeSet<&str> = rows.iter().map(|row| &*row.customer).collect();
    let customers = names.into_iter().map(|name| (name.to_owned(), vec![group(name).to_owned()])).collect();
    Groups::of(&Brought { attributes: vec!["kind".to_owned()], customers }, |name| Some(name.to_owned()))
}

#[test]
fn a_group_that_is_served_worse_is_found_and_a_shuffled_one_isnt() {
    let (rows, fickle) = faithful_and_fickle(5);
    let shop = shop(&rows);
    let asked = |groups| Asked { groups, seed: 1, ..Asked::default() };
    let groups = grouped(&rows, |name| if fickle.iter().any(|f| f == name) { "fickle" } else { "faithful" });
    let found = audit(&shop, &settings(5), &asked(groups));
    let hits = found.groups[0].hits.clone().expect("two groups");
    assert_eq!((&*hits.worst, &*hits.best), ("fickle", "faithful"));
    assert!(hits.ratio < 0.8 && hits.p.unwrap() < 0.01, "{hits:?}");
    let verdicts = found.verdicts(&Gates::default());
    let verdict = verdicts.iter().find(|verdict| verdict.gate == Gate::GroupHits).expect("asked");
    assert_eq!((verdict.answer, verdict.measured), (Answer::Fails, Some(hits.ratio)));
    assert!(verdict.sentence.starts_with("kind: the hit rate of “fickle” is 0."), "{}", verdict.sentence);

    for seed in SOME {
        let mut names: Vec<&str> = rows.iter().map(|row| &*row.customer).collect();
        names.sort_unstable();
        names.dedup();
        shuffle(&mut names, seed);
        let some: BTreeSet<&str> = names.into_iter().take(180).collect();
        let groups = grouped(&rows, |name| if some.contains(name) { "one" } else { "other" });
        let found = audit(&shop, &settings(5), &asked(groups));
        let verdicts = found.verdicts(&Gates::default());
        let verdict = verdicts.iter().find(|verdict| verdict.gate == Gate::GroupHits).expect("asked");
        assert_eq!(verdict.answer, Answer::Holds, "seed {seed}: {}", verdict.sentence);
    }
}

#[test]
fn a_group_of_fewer_than_fifty_is_never_shown() {
    let (rows, _) = faithful_and_fickle(2);
    let shop = shop(&rows);
    let mut shown = BTreeSet::new();
    for small in [20, 49, 50, 60, 70, 90] {
        let groups = grouped(&rows, |name| match name.trim_start_matches('C').parse::<u64>().unwrap() {
            number if number < small => "rare and telling",
            number if number < 200 => "some",
            _ => "others",
        });
        let found = audit(&shop, &settings(5), &Asked { groups, ..Asked::default() });
        let [attribute] = &found.groups[..] else { panic!("one attribute") };
        assert!(attribute.groups.iter().all(|group| group.customers >= 50), "{small}: {attribute:?}");
        let is_shown = attribute.groups.iter().any(|group| group.name == "rare and telling");
        assert_eq!(attribute.too_small, u32::from(!is_shown), "{small}: {attribute:?}");
        let told = serde_json::to_string(&(&found, found.verdicts(&Gates::default()))).unwrap();
        assert_eq!(told.contains("telling"), is_shown, "{small}: {told}");
        assert!(!is_shown || small >= 50, "{small}");
        shown.insert(is_shown);
    }
    assert_eq!(shown.len(), 2, "some were, some weren't");
}

/// Twelve accounts buy a pair within three days and nothing else to speak of.
fn pushed(rows: &mut Vec<Row>, accounts: u64, pair: [&str; 2]) {
    for account in 0..accounts {
        let on = today().back(u16::try_from(3 + account % 3).unwrap());
        for product in pair {
            let (customer, product) = (format!("bot {account}"), product.to_owned());
            rows.push(Row { customer, product, category: "kind 0".to_owned(), on });
        }
    }
}

fn batch_audit(shop: &Shop, settings: &Settings) -> Audit {
    let readers = everybody(shop);
    let batch = Batch::make(shop, today(), &readers, Section::Discoveries, settings).expect("large enough");
    Audit::of_batch(shop, &batch.model, batch.shown(&readers), settings, &Asked::default())
}

#[test]
fn a_pair_that_bots_push_is_named_and_no_account() {
    for seed in SOME {
        let mut rows = rows(seed, 260);
        assert_eq!(batch_audit(&shop(&rows), &settings(10)).anomalies, [], "seed {seed}: an honest shop");
        pushed(&mut rows, 12, ["P03", "P70"]);
        let found = batch_audit(&shop(&rows), &settings(10));
        let [one] = &found.anomalies[..] else { panic!("seed {seed}: {:?}", found.anomalies) };
        assert_eq!((&*one.product, one.with.as_deref()), ("P70", Some("P03")), "seed {seed}");
        assert!(one.kind == Kind::FewAccounts && one.burst == 12 && one.of >= 12, "{one:?}");
        assert!(one.sentence().starts_with("“P70” with “P03”: "), "{}", one.sentence());
        let told = serde_json::to_string(&found).unwrap();
        assert!(!told.contains("bot") && !told.contains("\"C0"), "no customer is named: {told}");
    }
}

/// Bots that buy what many buy together anyway are few among them, and yet they are seen: by what they lack.
#[test]
fn bots_in_a_crowd_are_named() {
    let mut rows = rows(3, 260);
    for number in 0..60 {
        let on = today().back(1 + number % 28);
        for product in ["P00", "P12"] {
            let (customer, product) = (format!("C{:03}", number * 3), product.to_owned());
            rows.push(Row { customer, product, category: "kind 0".to_owned(), on });
        }
    }
    assert_eq!(batch_audit(&shop(&rows), &settings(10)).anomalies, []);
    pushed(&mut rows, 12, ["P00", "P12"]);
    let found = batch_audit(&shop(&rows), &settings(10));
    let [one] = &found.anomalies[..] else { panic!("{:?}", found.anomalies) };
    assert_eq!((&*one.product, one.with.as_deref(), one.kind), ("P12", Some("P00"), Kind::FewAccounts));
    assert!(one.burst * 2 < one.of, "{one:?}");
}

#[test]
fn a_product_that_bots_push_beside_anything_is_named() {
    let mut rows = rows(3, 260);
    for account in 0..14 {
        let mut row = |product: String| {
            let (customer, on) = (format!("bot {account}"), today().back(4));
            rows.push(Row { customer, product, category: "kind 5".to_owned(), on });
        };
        row("P71".to_owned());
        row(format!("P{:02}", account * 4));
    }
    let found = batch_audit(&shop(&rows), &settings(10));
    let [one] = &found.anomalies[..] else { panic!("{:?}", found.anomalies) };
    assert_eq!((&*one.product, one.with.as_deref(), one.kind, one.burst), ("P71", None, Kind::FewAccounts, 14));
}

#[test]
fn fewer_accounts_than_k_an_honest_bestseller_and_a_launch_are_not_named() {
    let honest = rows(8, 260);
    let mut few = honest.clone();
    pushed(&mut few, 7, ["P03", "P70"]);
    assert_eq!(batch_audit(&shop(&few), &settings(10)).anomalies, [], "fewer than k");
    // Every third customer discovers an old product in four weeks, and new ones come for it.
    let mut bestseller = honest.clone();
    let mut dice = Dice(8);
    for number in 0..120 {
        let (customer, on) = (format!("C{:03}", number * 3), today().back(1 + u16::try_from(dice.below(27)).unwrap()));
        bestseller.push(Row { customer, product: "P05".to_owned(), category: "kind 0".to_owned(), on });
    }
    assert_eq!(batch_audit(&shop(&bestseller), &settings(10)).anomalies, [], "a bestseller");
    // A new product, by a newsletter, to customers with a past.
    let mut launch = honest;
    for number in 0..60 {
        let (customer, on) = (format!("C{:03}", number * 4), today().back(5));
        launch.push(Row { customer, product: "P99".to_owned(), category: "kind 0".to_owned(), on });
    }
    assert_eq!(batch_audit(&shop(&launch), &settings(10)).anomalies, [], "a launch");
    // The same with an old product that few knew is worth a look.
    let mut leap = launch;
    leap.iter_mut().filter(|row| row.product == "P99").take(2).for_each(|row| row.on = first_day());
    let found = batch_audit(&shop(&leap), &settings(10)).anomalies;
    assert!(!found.is_empty() && found.iter().all(|one| one.kind == Kind::Leap), "{found:?}");
}

#[test]
fn a_shop_to_which_nearly_everybody_comes_once_is_left_alone_and_so_is_a_young_one() {
    for seed in SOME {
        let mut dice = Dice(seed);
        let mut visit = |customer: u64, days: u64| {
            let (kind, on) = (dice.below(4), today().back(1 + u16::try_from(dice.below(days)).unwrap()));
            let mut row = || Row {
                customer: format!("C{customer}"),
                product: format!("P{}", kind * 8 + dice.below(8)),
                category: format!("kind {kind}"),
                on,
            };
            [row(), row(), row()]
        };
        let once: Vec<Row> = (0..500).flat_map(|customer| visit(customer, 120)).collect();
        let young: Vec<Row> = (0..500).flat_map(|customer| visit(customer, 3)).collect();
        for (rows, which) in [(once, "once"), (young, "young")] {
            assert_eq!(batch_audit(&shop(&rows), &settings(6)).anomalies, [], "seed {seed}, {which}");
        }
    }
}

/// A shop with prices and makers: the higher the number of a product within its kind, the dearer it is.
fn priced(seed: u64, own: impl Fn(usize) -> bool) -> Shop {
    let rows = rows(seed, 260);
    let mut till = till(&rows);
    for number in 0..72_usize {
        let price = Price::new(u32::try_from(100 + 10 * (number % 12)).unwrap());
        let maker = if own(number) { "House" } else { ["Berg", "Tal"][number % 2] };
        till.tell(&format!("P{number:02}"), price, maker, first_day());
    }
    till.close()
}

#[test]
fn shares_add_up_and_own_brands_are_the_sum_of_their_products() {
    for seed in SOME {
        let shop = priced(seed, |number| number % 3 == 0);
        let asked = Asked { own_brands: vec!["House".to_owned()], ..Asked::default() };
        let found = audit(&shop, &settings(8), &asked);
        let exposure = &found.exposure;
        for shares in [&exposure.products, &exposure.makers] {
            let sum: f64 = shares.iter().map(|share| share.exposure).sum();
            assert!((sum - 1.0).abs() < 1e-9, "seed {seed}: {sum}");
            assert!(shares.is_sorted_by(|a, b| a.exposure >= b.exposure), "seed {seed}");
        }
        let bought: f64 = exposure.makers.iter().map(|share| share.purchases).sum();
        assert!((bought - 1.0).abs() < 1e-9, "seed {seed}: {bought}");
        let own = exposure.own_brands.as_ref().expect("asked for");
        let house = exposure.makers.iter().find(|maker| maker.name == "House").expect("shown");
        assert!((own.exposure - house.exposure).abs() < 1e-12 && (own.purchases - house.purchases).abs() < 1e-12);
        let is_own = |name: &str| name.trim_start_matches('P').parse::<usize>().unwrap() % 3 == 0;
        let sum: f64 = exposure.products.iter().filter(|p| is_own(&p.name)).map(|p| p.exposure).sum();
        assert!((own.exposure - sum).abs() < 1e-9, "seed {seed}: {} {sum}", own.exposure);
        assert!(exposure.places <= exposure.lists * 10 && exposure.coverage <= 1.0);
    }
}

#[test]
fn every_gate_can_hold_and_fail_and_what_isnt_known_holds_nothing_up() {
    let shop = priced(1, |number| number % 3 == 0);
    let asked = Asked { own_brands: vec!["House".to_owned()], ..Asked::default() };
    let mut found = audit(&shop, &settings(8), &asked);
    let answer = |found: &Audit, gates: &Gates, gate| {
        let verdicts = found.verdicts(gates);
        verdicts.iter().find(|verdict| verdict.gate == gate).expect("asked").answer
    };
    let (wide, narrow) = (
        Gates { steer: 1.0, own_brands: 9.0, product: 1.0, ..Gates::default() },
        Gates { steer: -1.0, own_brands: 0.1, product: 0.0, ..Gates::default() },
    );
    for gate in [Gate::Steer, Gate::OwnBrands] {
        assert_eq!(answer(&found, &wide, gate), Answer::Holds, "{gate:?}");
        assert_eq!(answer(&found, &narrow, gate), Answer::Fails, "{gate:?}");
    }
    assert_eq!(answer(&found, &wide, Gate::Product), Answer::Holds);
    let alike = 10.0 / f64::from(found.exposure.shelf);
    let most = found.exposure.in_lists(&found.exposure.products[0]);
    let fails = if most > 1.5 * alike { Answer::Fails } else { Answer::Holds };
    assert_eq!(answer(&found, &narrow, Gate::Product), fails, "a short shelf has room: {most}, {alike}");
    let mut ahead = |value, margin| {
        found.window.as_mut().expect("long enough").new.ahead = Mean { value, margin };
        answer(&found, &wide, Gate::Accuracy)
    };
    assert_eq!(
        [ahead(0.01, 0.02), ahead(-0.01, 0.02), ahead(-0.03, 0.02)],
        [Answer::Holds, Answer::Holds, Answer::Fails]
    );
    found.window = None;
    assert_eq!(answer(&found, &narrow, Gate::Accuracy), Answer::Unknown);
    assert_eq!(answer(&audit(&super::shops::shop(&rows(1, 260)), &settings(8), &asked), &narrow, Gate::Steer), {
        Answer::Unknown
    });
}

#[test]
fn the_same_batch_gives_the_same_audit_whatever_the_order_and_the_threads() {
    let (rows, fickle) = faithful_and_fickle(3);
    let asked = || Asked {
        groups: grouped(&rows, |name| if fickle.iter().any(|f| f == name) { "fickle" } else { "faithful" }),
        seed: 9,
        ..Asked::default()
    };
    let told =
        |rows: &[Row], settings: &Settings| serde_json::to_string(&audit(&shop(rows), settings, &asked())).unwrap();
    let first = told(&rows, &settings(5));
    let mut others = rows.clone();
    shuffle(&mut others, 77);
    assert_eq!(told(&others, &with_hands(&settings(5), 3)), first);
    let without = audit(&shop(&rows), &settings(5), &Asked::default());
    let with = audit(&shop(&rows), &settings(5), &asked());
    assert_eq!((without.exposure, without.window), (with.exposure, with.window), "attributes change no list");
}

#[test]
fn the_audit_of_a_batch_looks_at_its_lists_and_at_the_window_before_it() {
    let shop = priced(5, |_| false);
    let settings = Settings { view: View::Wide, ..settings(8) };
    let readers: Readers =
        everybody(&shop).into_iter().take(100).chain([("a stranger".into(), Wishes::default())]).collect();
    let batch = Batch::make(&shop, today(), &readers, Section::Discoveries, &settings).expect("large enough");
    let found = Audit::of_batch(&shop, &batch.model, batch.shown(&readers), &settings, &Asked::default());
    assert_eq!((found.on, found.exposure.lists), (today().date(), 101));
    let window = found.window.as_ref().expect("200 days");
    assert_eq!((window.from, window.to), (today().back(28).date(), today().back(1).date()));
    // The figures are those of the window by itself.
    let alone = audit(&shop, &settings, &Asked::default());
    assert_eq!(found.window, alone.window);
    // A shop of six weeks has no window with a past of its own length.
    let young: Vec<Row> = rows(5, 260).into_iter().filter(|row| row.on >= today().back(45)).collect();
    let young = super::shops::shop(&young);
    let readers = everybody(&young);
    let batch = Batch::make(&young, today(), &readers, Section::Discoveries, &settings).expect("large enough");
    let found = Audit::of_batch(&young, &batch.model, batch.shown(&readers), &settings, &Asked::default());
    assert_eq!((found.window, found.groups.len()), (None, 0));
}

#[test]
fn the_catalogue_knows_price_and_maker_better_and_what_is_sensitive_is_in_no_figure() {
    let rows = rows(1, 260);
    let mut till = till(&rows);
    for number in 0..72 {
        let product = format!("P{number:02}");
        till.tell(&product, Price::new(100 + number), "Berg", first_day());
    }
    till.tell("P01", Price::new(900), "Tal", first_day().on(1));
    till.keep_private("P00");
    till.list("P01", Listed { price: Price::new(555), maker: Some("House".into()), ..Listed::default() });
    for number in 2..72 {
        till.list(&format!("P{number:02}"), Listed::default());
    }
    let shop = till.close();
    let of = |name: &str| {
        let product = &shop.products[shop.product(name).unwrap() as usize];
        (product.price.map(Price::get), &*shop.makers[product.maker as usize])
    };
    assert_eq!([of("P01"), of("P02")], [(Some(555), "House"), (Some(102), "Berg")]);
    let found = audit(&shop, &settings(8), &Asked { own_brands: vec!["House".to_owned()], ..Asked::default() });
    assert!(found.exposure.own_brands.is_some());
    assert!(!serde_json::to_string(&found).unwrap().contains("\"P00\""));
}
