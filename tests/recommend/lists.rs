//! What is in a list and what isn't: doubles, what is bought already, what is sold out, what was asked for.

use super::shops::{SEEDS, rows, settings, shop, till, today};
use comity::{
    base::{Because, recommended::Named},
    people::Language,
    recommend::{
        Listed, Missing, Model, Offer, Pick, Reason, Section, Settings, Shop, Subject, Tuned, Values, View, Weight,
        Weights, Wish, Wishes, pick::By, score::Scores,
    },
};
use std::collections::BTreeSet;

const SECTIONS: [Section; 3] = [Section::Discoveries, Section::Again, Section::Both];

fn list(model: &Model, shop: &Shop, name: &str, wishes: &Wishes, section: Section, settings: &Settings) -> Vec<Pick> {
    model.list(&model.profile(shop, name, settings), wishes, section, settings, &mut Scores::default())
}

fn names<'a>(model: &Model, shop: &'a Shop, picks: &[Pick]) -> Vec<&'a str> {
    picks.iter().map(|pick| model.name(shop, pick.place)).collect()
}

/// The number in a product's name: `P07`.
fn number(name: &str) -> u32 {
    name.trim_start_matches('P').parse().unwrap()
}

#[test]
fn a_list_has_no_doubles_and_is_full_and_holds_what_its_section_says() {
    for seed in SEEDS {
        let rows = rows(seed, 120);
        let shop = shop(&rows);
        for view in [View::Narrow, View::Wide] {
            let settings = Settings { view, ..settings(5) };
            let model = Model::of(&shop, today(), Tuned::default(), &settings);
            for customer in &shop.customers {
                let bought: BTreeSet<&str> =
                    rows.iter().filter(|row| row.customer == *customer.name).map(|row| &*row.product).collect();
                for section in SECTIONS {
                    let picks = list(&model, &shop, &customer.name, &Wishes::default(), section, &settings);
                    let products = names(&model, &shop, &picks);
                    let different: BTreeSet<&str> = products.iter().copied().collect();
                    assert_eq!(different.len(), products.len(), "seed {seed}, {section:?}: {products:?}");
                    assert!(
                        products.len() <= 10 && (section == Section::Again || products.len() == 10),
                        "{products:?}"
                    );
                    let right = |product: &&str| match section {
                        Section::Discoveries => !bought.contains(product),
                        Section::Again => bought.contains(product),
                        Section::Both => true,
                    };
                    assert!(products.iter().all(right), "seed {seed}, {section:?}: {products:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_sold_out_or_not_in_the_catalogue_is_in_no_list_but_still_leads_to_others() {
    let rows = rows(2, 120);
    let mut till = till(&rows);
    for number in 0..60_u32 {
        let offer = if number.is_multiple_of(7) { Offer::OutOfStock } else { Offer::Offered };
        till.list(&format!("P{number:02}"), Listed { offer, ..Listed::default() });
    }
    let shop = till.close();
    let model = Model::of(&shop, today(), Tuned::default(), &settings(5));
    let mut named_though_sold_out = 0;
    for customer in &shop.customers {
        for section in SECTIONS {
            for told in model.explain(&shop, &customer.name, &Wishes::default(), section, &settings(5)) {
                let listed = number(model.name(&shop, told.pick.place));
                assert!(listed < 60 && !listed.is_multiple_of(7), "{listed}");
                if let Reason::Bought { product, .. } = told.reason {
                    let source = number(&shop.products[product as usize].name);
                    named_though_sold_out += u32::from(source.is_multiple_of(7));
                }
            }
        }
    }
    assert!(named_though_sold_out > 0);
}

#[test]
fn what_was_bought_a_moment_ago_rests() {
    let shop = shop(&rows(5, 120));
    let settings = Settings { rest_days: 30, ..settings(5) };
    let model = Model::of(&shop, today(), Tuned::default(), &settings);
    let mut rested = 0;
    for customer in &shop.customers {
        let profile = model.profile(&shop, &customer.name, &settings);
        for section in [Section::Again, Section::Both] {
            for pick in list(&model, &shop, &customer.name, &Wishes::default(), section, &settings) {
                let newest = profile.owned.iter().find(|owned| owned.place == pick.place).map(|owned| owned.newest);
                assert!(newest.is_none_or(|newest| today().since(newest) > 30), "{newest:?}");
            }
        }
        rested += profile.owned.iter().filter(|owned| today().since(owned.newest) <= 30).count();
    }
    assert!(rested > 20, "{rested}");
}

#[test]
fn what_a_customer_said_stands_above_what_is_inferred() {
    for seed in SEEDS {
        let (shop, settings) = (shop(&rows(seed, 120)), settings(5));
        let model = Model::of(&shop, today(), Tuned::default(), &settings);
        let subject = |number: usize| Subject::Category(shop.category(&format!("kind {number}")).unwrap());
        for customer in shop.customers.iter().step_by(5) {
            let plain = list(&model, &shop, &customer.name, &Wishes::default(), Section::Discoveries, &settings);
            let first = model.shelf.item(plain[0].place).unwrap();
            let wishes = Wishes::new([
                (Subject::Product(first.product), Wish::Never),
                (subject(1), Wish::More),
                (subject(2), Wish::Less),
                (subject(3), Wish::Never),
            ]);
            let picks = list(&model, &shop, &customer.name, &wishes, Section::Discoveries, &settings);
            assert!(picks.iter().all(|pick| pick.place != plain[0].place), "seed {seed}: \"not interested\" holds");
            let said: Vec<Wish> = picks.iter().map(|pick| pick.wish).collect();
            assert!(!said.contains(&Wish::Never), "seed {seed}: {said:?}");
            let scored: Vec<Wish> = picks.iter().filter(|pick| pick.by == By::Score).map(|pick| pick.wish).collect();
            assert!(scored.is_sorted(), "seed {seed}: {scored:?}");
            let reasons = model.explain(&shop, &customer.name, &wishes, Section::Discoveries, &settings);
            let asked = |told: &comity::recommend::Explained| told.reason == Reason::Asked;
            let more = reasons.iter().filter(|told| told.pick.wish == Wish::More);
            assert!(more.clone().all(asked), "seed {seed}");
        }
    }
}

#[test]
fn whom_the_shop_does_not_know_gets_what_many_buy_and_is_told_so() {
    let shop = shop(&rows(8, 150));
    let model = Model::of(&shop, today(), Tuned::default(), &settings(10));
    let told = model.explain(&shop, "a stranger", &Wishes::default(), Section::Discoveries, &settings(10));
    assert_eq!(told.len(), 10);
    let popular = |reason: Reason| matches!(reason, Reason::Popular | Reason::PopularOfLate { .. });
    assert!(told.iter().all(|told| popular(told.reason)), "{told:?}");
    let again = list(&model, &shop, "a stranger", &Wishes::default(), Section::Again, &settings(10));
    assert_eq!(again, []);
}

#[test]
fn a_shop_that_is_too_small_says_what_is_missing() {
    let shop = shop(&rows(1, 12));
    let missing = Model::tuned(&shop, today(), &settings(10)).expect_err("too small");
    let sentences: Vec<String> = missing.iter().map(Missing::sentence).collect();
    assert_eq!(
        sentences,
        [
            "12 customers who agreed bought two products or more; 50 are needed.",
            "0 products were bought by 10 different customers or more; 10 are needed.",
            "0 pairs of products have 10 customers or more in common; 10 are needed.",
        ]
    );
}

#[test]
fn a_wider_view_shows_more_kinds_and_keeps_the_last_place_for_something_else() {
    let rows = rows(13, 300);
    let (shop, narrow) = (shop(&rows), settings(5));
    let wide = Settings { view: View::Wide, ..narrow.clone() };
    let model = Model::of(&shop, today(), Tuned::default(), &narrow);
    let (mut few, mut many, mut explored) = (0, 0, 0);
    for customer in &shop.customers {
        let kinds = |settings: &Settings| {
            let picks = list(&model, &shop, &customer.name, &Wishes::default(), Section::Discoveries, settings);
            let kinds: BTreeSet<u32> =
                picks.iter().map(|pick| model.shelf.item(pick.place).unwrap().category).collect();
            (kinds.len(), picks)
        };
        few += kinds(&narrow).0;
        let (wider, picks) = kinds(&wide);
        many += wider;
        let bought: BTreeSet<&str> =
            rows.iter().filter(|row| row.customer == *customer.name).map(|row| &*row.category).collect();
        for (rank, pick) in picks.iter().enumerate().filter(|(_, pick)| pick.by == By::Exploring) {
            let category = model.shelf.item(pick.place).unwrap().category;
            assert!(rank == 9 && !bought.contains(&*shop.categories[category as usize]), "{rank}: {pick:?}");
            explored += 1;
        }
    }
    assert!(many > few, "{many} kinds, not more than {few}");
    assert!(explored > 3, "{explored}");
}

#[test]
fn an_owners_value_lifts_a_product_and_says_so() {
    let rows = rows(21, 120);
    let weights = Weights::new(vec![Weight { name: "local".to_owned(), factor: 9.0 }]);
    let mut till = till(&rows);
    for number in 0..72_u32 {
        let values = if number.is_multiple_of(3) { Values::default().and(0) } else { Values::default() };
        till.list(&format!("P{number:02}"), Listed { values, ..Listed::default() });
    }
    let (shop, plain) = (till.close(), settings(5));
    let valuing = Settings { weights, ..plain.clone() };
    let count = |settings: &Settings| {
        let model = Model::of(&shop, today(), Tuned::default(), settings);
        let mut local = 0;
        for customer in &shop.customers {
            for told in model.explain(&shop, &customer.name, &Wishes::default(), Section::Discoveries, settings) {
                let listed = number(model.name(&shop, told.pick.place));
                local += u32::from(listed.is_multiple_of(3));
                let valued = told.account.of(comity::recommend::account::Ground::Values);
                // The factor is brought down to 2, so what it adds is half of what there is.
                let half = if settings.weights == Weights::default() || !listed.is_multiple_of(3) {
                    0.0
                } else {
                    told.pick.score / 2.0
                };
                assert!((valued - half).abs() < 1e-4, "{valued}, not {half}");
            }
        }
        local
    };
    let (before, after) = (count(&plain), count(&valuing));
    assert!(after > before, "{after} and {before}");
}

#[test]
fn each_reason_has_its_sentence_in_three_languages() {
    let reasons = [
        Because::Asked,
        Because::Bought(Named { product: "L-1".to_owned(), name: "Lantern".to_owned() }),
        Because::GoesWithWhatYouBuy,
        Because::Again { last: today().date() },
        Because::PopularOfLate { days: 7 },
        Because::PopularOfLate { days: 28 },
        Because::Popular,
        Because::Value("seasonal".to_owned()),
        Because::SomethingElse,
    ];
    let mut all = BTreeSet::new();
    for tag in ["en", "fr", "de"] {
        let language = Language::parse(tag).unwrap();
        for reason in &reasons {
            let sentence = reason.sentence(&language, "seasonal");
            assert!(sentence.ends_with('.'), "{sentence}");
            assert_eq!(sentence.contains("Lantern"), matches!(reason, Because::Bought(_)), "{sentence}");
            assert_eq!(sentence.contains("seasonal"), matches!(reason, Because::Value(_)), "{sentence}");
            all.insert(sentence);
        }
    }
    assert_eq!(all.len(), 27, "{all:#?}");
}
