//! The promises: k, consent, sensitivity; and that neither the order of rows nor threads are seen in the result.

use super::{
    naive::Naive,
    shops::{Dice, Row, SEEDS, rows, settings, shop, shuffle, till, today, with_hands},
};
use comity::recommend::{Batch, Model, Readers, Reason, Section, Settings, Shop, Wishes};
use std::fmt::Write as _;

const SECTIONS: [Section; 3] = [Section::Discoveries, Section::Again, Section::Both];

/// Everybody in these rows, and somebody whom the shop doesn't know.
fn readers(rows: &[Row]) -> Readers {
    let names = rows.iter().map(|row| row.customer.as_str()).chain(["nobody"]);
    names.map(|name| (name.into(), Wishes::default())).collect()
}

/// All that a batch says, tuning included, as text: two batches are the same if these are.
fn told(shop: &Shop, readers: &Readers, settings: &Settings) -> String {
    let mut text = String::new();
    for section in SECTIONS {
        let batch = Batch::make(shop, today(), readers, section, settings).expect("large enough");
        writeln!(text, "{:?} {}", batch.choice, batch.version(shop, readers)).unwrap();
        for (name, list) in readers.keys().zip(&batch.lists) {
            let list: Vec<_> = list.iter().map(|pick| (batch.model.name(shop, pick.place), pick.score)).collect();
            writeln!(text, "{name}: {list:?}").unwrap();
        }
    }
    text
}

#[test]
fn no_pair_that_fewer_than_k_bought_is_in_the_model_or_in_a_reason() {
    for seed in SEEDS {
        for k in [3, 6, 10] {
            let (rows, settings) = (rows(seed, 130), settings(k));
            let shop = shop(&rows);
            let (model, choice) = Model::tuned(&shop, today(), &settings).expect("large enough");
            let naive = Naive::of(&rows, today(), choice.tuned, &settings);
            let k = usize::try_from(k).unwrap();
            for (place, name) in (0..).zip(naive.buyers.keys()) {
                assert_eq!(model.name(&shop, place), *name, "seed {seed}");
                for partner in model.partners.of(place) {
                    let other = model.name(&shop, partner.place);
                    assert!(naive.common(name, other) >= k, "seed {seed}, k {k}: {name} and {other}");
                }
            }
            for customer in shop.customers.iter().step_by(11) {
                for section in SECTIONS {
                    for told in model.explain(&shop, &customer.name, &Wishes::default(), section, &settings) {
                        let product = model.name(&shop, told.pick.place);
                        assert!(naive.buyers[product].len() >= k, "seed {seed}, k {k}: {product}");
                        if let Reason::Bought { product: source, .. } = told.reason {
                            let source = &shop.products[source as usize].name;
                            assert!(naive.common(source, product) >= k, "seed {seed}, k {k}: {source}, {product}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn neither_the_order_of_rows_nor_the_number_of_threads_changes_anything() {
    for seed in SEEDS {
        let mut all = rows(seed, 120);
        let readers = readers(&all);
        let first = told(&shop(&all), &readers, &settings(5));
        for (turn, hands) in (1..).zip([1, 2, 5]) {
            shuffle(&mut all, seed + turn);
            let again = told(&shop(&all), &readers, &with_hands(&settings(5), hands));
            assert_eq!(first, again, "seed {seed}, {hands} threads");
        }
    }
}

#[test]
fn without_somebodys_purchases_all_is_as_if_they_had_never_been_here() {
    for seed in SEEDS {
        let all = rows(seed, 120);
        let gone = |row: &Row| row.customer.ends_with('7') || row.customer.ends_with('2');
        let left: Vec<Row> = all.iter().filter(|row| !gone(row)).cloned().collect();
        let readers = readers(&all);
        // A shop that never saw them, and one whose till was filled anew from a book in which they had been.
        let never = told(&shop(&left), &readers, &settings(5));
        let mut book = all.clone();
        book.retain(|row| !gone(row));
        shuffle(&mut book, seed);
        assert_eq!(never, told(&shop(&book), &readers, &settings(5)), "seed {seed}");
        // They weren't without weight: with them it is another result.
        assert_ne!(never, told(&shop(&all), &readers, &settings(5)), "seed {seed}");
    }
}

#[test]
fn a_sensitive_product_is_neither_counted_nor_recommended_nor_named() {
    for seed in SEEDS {
        let mut dice = Dice(seed);
        let all = rows(seed, 120);
        let mut names: Vec<String> = all.iter().map(|row| row.product.clone()).collect();
        names.sort();
        names.dedup();
        names.retain(|_| dice.below(5) == 0);
        let mut with = till(&all);
        for name in &names {
            with.keep_private(name);
        }
        let with = with.close();
        let readers = readers(&all);
        let text = told(&with, &readers, &settings(5));
        for name in &names {
            assert!(!text.contains(name.as_str()), "seed {seed}: {name}");
        }
        let model = Model::of(&with, today(), comity::recommend::Tuned::default(), &settings(5));
        for customer in &with.customers {
            for told in model.explain(&with, &customer.name, &Wishes::default(), Section::Both, &settings(5)) {
                if let Reason::Bought { product, .. } = told.reason {
                    let name = &*with.products[product as usize].name;
                    assert!(names.iter().all(|sensitive| sensitive != name), "seed {seed}: {name} is named");
                }
            }
        }
        // And without its rows everything is the same.
        let without: Vec<Row> = all.into_iter().filter(|row| !names.contains(&row.product)).collect();
        assert_eq!(text, told(&shop(&without), &readers, &settings(5)), "seed {seed}");
    }
}

#[test]
fn one_customer_with_fifty_thousand_purchases_counts_as_one() {
    let mut all = rows(1, 120);
    let readers = readers(&all);
    let pushed = || Row {
        customer: "bot".to_owned(),
        product: "P00".to_owned(),
        category: "kind 0".to_owned(),
        on: today().back(3),
    };
    let other = || Row { product: "P71".to_owned(), category: "kind 5".to_owned(), ..pushed() };
    all.extend([pushed(), other()]);
    let once = told(&shop(&all), &readers, &settings(5));
    all.extend((0..25_000).flat_map(|_| [pushed(), other()]));
    assert_eq!(once, told(&shop(&all), &readers, &settings(5)));
}
