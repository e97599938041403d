//! Scores are what the formulas say, and an account of a score is the score.

use super::{
    naive::Naive,
    shops::{Row, SEEDS, rows, settings, shop, today},
};
use comity::recommend::{
    Model, Power, Reason, Section, Settings, Shop, Tuned, Use, Wishes, account::Ground, reason::NAMED_FROM,
    score::Scores,
};

const SECTIONS: [Section; 3] = [Section::Discoveries, Section::Again, Section::Both];

fn choices() -> [Tuned; 3] {
    [
        Tuned { power: Power::Root, partners: 5, use_of_it: Use::Alike, popular_days: 7, discoveries: 0.4 },
        Tuned { power: Power::Whole, partners: 300, use_of_it: Use::ByInterest, popular_days: 28, discoveries: 0.05 },
        Tuned { power: Power::Root, partners: 20, use_of_it: Use::ByInterest, popular_days: 28, discoveries: 0.2 },
    ]
}

fn some_customers(shop: &Shop) -> impl Iterator<Item = &str> {
    shop.customers.iter().step_by(9).map(|customer| &*customer.name)
}

fn model(rows: &[Row], tuned: Tuned, settings: &Settings) -> (Shop, Model) {
    let shop = shop(rows);
    let model = Model::of(&shop, today(), tuned, settings);
    (shop, model)
}

#[test]
fn a_naive_model_of_all_pairs_gives_the_same_scores() {
    let settings = Settings { products_max: 9, ..settings(4) };
    for (seed, tuned) in SEEDS.into_iter().zip(choices().into_iter().cycle()) {
        let rows = rows(seed, 90);
        let (shop, model) = model(&rows, tuned, &settings);
        let naive = Naive::of(&rows, today(), tuned, &settings);
        assert!(model.partners.pairs() > 50, "seed {seed}: {} pairs prove little", model.partners.pairs());
        for customer in some_customers(&shop) {
            let profile = model.profile(&shop, customer, &settings);
            for section in SECTIONS {
                let mut scores = Scores::default();
                scores.score(&model, &profile, section);
                let expected = naive.scores(customer, section);
                assert_eq!(scores.all.len(), expected.len(), "seed {seed}");
                for (score, (product, expected)) in scores.all.iter().zip(expected) {
                    let off = (f64::from(*score) - expected).abs();
                    assert!(off < 1e-4, "seed {seed}, {customer}, {section:?}, {product}: {score}, not {expected}");
                }
            }
        }
    }
}

#[test]
fn an_account_of_a_score_adds_up_to_it() {
    for (seed, tuned) in SEEDS.into_iter().zip(choices().into_iter().cycle()) {
        let (shop, model) = model(&rows(seed, 120), tuned, &settings(5));
        for customer in some_customers(&shop) {
            for section in SECTIONS {
                for explained in model.explain(&shop, customer, &Wishes::default(), section, &settings(5)) {
                    let (score, sum) = (explained.pick.score, explained.account.score());
                    let filled = score == 0.0;
                    assert!(filled || (score - sum).abs() < 1e-4, "seed {seed}, {customer}: {score}, not {sum}");
                }
            }
        }
    }
}

#[test]
fn the_product_that_a_reason_names_carries_what_the_formulas_say_and_at_least_a_fifth() {
    let mut named = 0;
    let mut unnamed = 0;
    for (seed, tuned) in SEEDS.into_iter().zip(choices().into_iter().cycle()) {
        let (rows, settings) = (rows(seed, 90), settings(4));
        let (shop, model) = model(&rows, tuned, &settings);
        let naive = Naive::of(&rows, today(), tuned, &settings);
        for customer in some_customers(&shop) {
            let parts = naive.parts(customer);
            let scores = naive.scores(customer, Section::Discoveries);
            let most = parts.values().map(|parts| parts.values().sum::<f64>()).fold(0.0, f64::max);
            for explained in model.explain(&shop, customer, &Wishes::default(), Section::Discoveries, &settings) {
                let product = model.name(&shop, explained.pick.place);
                let truth = |source: &str| parts[product][source] / most / scores[product];
                let largest = parts.get(product).into_iter().flat_map(|parts| parts.keys());
                let largest = largest.map(|source| truth(source)).fold(0.0, f64::max);
                if let Reason::Bought { product: source, share } = explained.reason {
                    let source = &*shop.products[source as usize].name;
                    let expected = truth(source);
                    assert!((f64::from(share) - expected).abs() < 1e-3, "seed {seed}: {share}, not {expected}");
                    assert!(share >= NAMED_FROM, "seed {seed}: {share}");
                    let bought = rows.iter().any(|row| row.customer == customer && row.product == source);
                    assert!(bought, "seed {seed}: {customer} never bought {source}");
                    named += 1;
                } else {
                    assert!(largest < f64::from(NAMED_FROM) + 1e-3, "seed {seed}: {largest} went unnamed");
                    unnamed += 1;
                }
            }
        }
    }
    assert!(named > 50 && unnamed > 50, "{named} named, {unnamed} not: too few to prove anything");
}

#[test]
fn what_a_customer_buys_again_says_when_it_was_bought() {
    let rows = rows(3, 90);
    let (shop, model) = model(&rows, Tuned::default(), &settings(4));
    let mut seen = 0;
    for customer in some_customers(&shop) {
        for explained in model.explain(&shop, customer, &Wishes::default(), Section::Again, &settings(4)) {
            let product = model.name(&shop, explained.pick.place);
            let bought = rows.iter().filter(|row| row.customer == customer && row.product == product);
            let last = bought.map(|row| row.on).max().unwrap();
            assert_eq!(explained.reason, Reason::Again { last }, "{customer}, {product}");
            assert!(explained.account.of(Ground::Again) > 0.0);
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}
