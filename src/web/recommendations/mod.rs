//! The audit of recommendations as a page of its own: one file, no script, nothing from elsewhere, readable in light and dark
//! and on paper. Each plot has its figures as a table beside it.

mod plot;

use crate::recommend::{
    Settings, View,
    audit::{Accuracy, Anomaly, Answer, Attribute, Audit, Gates, Group, Line, Share, Verdict, gates::p_in_words},
    measure::Mean,
};
use askama::Template;
use plot::{Bar, Dot, Drawn, Plot};

/// So many products, makers and anomalies are shown.
const SHOWN: usize = 10;

/// What the page is made of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What was found.
    pub audit: &'a Audit,
    /// What the gates say of it.
    pub verdicts: &'a [Verdict],
    /// Their limits, which the plots show.
    pub gates: &'a Gates,
    /// How the lists were made.
    pub settings: &'a Settings,
}

/// A plot with its figures.
struct Figure {
    title: String,
    /// What it says, and how to read it.
    words: Vec<String>,
    plots: Vec<Drawn>,
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

struct Section {
    title: &'static str,
    words: Vec<String>,
    figures: Vec<Figure>,
    items: Vec<String>,
}

struct Word {
    class: &'static str,
    mark: &'static str,
    sentence: String,
}

#[derive(Template)]
#[template(path = "pages/recommendations.html")]
struct Page {
    on: String,
    about: String,
    short: String,
    verdicts: Vec<Word>,
    sections: Vec<Section>,
}

impl Report<'_> {
    /// The page, as HTML.
    ///
    /// # Errors
    /// Never with the templates that this binary holds.
    pub fn page(&self) -> askama::Result<String> {
        let Self { audit, verdicts, settings, .. } = self;
        let fails = verdicts.iter().filter(|verdict| verdict.answer == Answer::Fails).count();
        let view = if settings.view == View::Wide { "the wider view" } else { "the best by score" };
        let page = Page {
            on: day(audit.on),
            about: format!(
                "{} lists of {} products each, {view}, from {} products that at least {} different customers bought.",
                audit.exposure.lists, settings.list, audit.exposure.shelf, settings.k
            ),
            short: match fails {
                0 => "No gate fails.".to_owned(),
                1 => "One gate fails.".to_owned(),
                _ => format!("{fails} gates fail."),
            },
            verdicts: verdicts.iter().map(word).collect(),
            sections: vec![self.accuracy()?, self.served()?, self.prices()?, self.shown()?, self.pushed()],
        };
        page.render()
    }

    fn accuracy(&self) -> askama::Result<Section> {
        let title = "How good the lists were";
        let Some(window) = &self.audit.window else {
            let words = vec!["No closed window has enough customers who came back, so it isn't known.".to_owned()];
            return Ok(Section { title, words, figures: Vec::new(), items: Vec::new() });
        };
        let words = vec![
            format!(
                "From what was known before {}, lists were made, and held against what was bought until {}. A list is right \
                 where at least one of its products was bought; NDCG counts all right ones, and the more the higher they stand.",
                day(window.from),
                day(window.to)
            ),
            "Offline figures: they say what people bought next, not whether a message pleased them. Whiskers are 95 % \
             intervals."
                .to_owned(),
        ];
        let (new, all) = (&window.new, &window.all);
        let found = format!(
            "{} of the customers with something new to find found nothing. Spread of NDCG over customers (Gini): {:.3}.",
            percent(new.without_hit),
            new.utility_gini
        );
        let figures = vec![
            methods("Discoveries: what they never bought", "new", new, vec![found])?,
            methods("What they buy next, new or not", "all", all, Vec::new())?,
        ];
        Ok(Section { title, words, figures, items: Vec::new() })
    }

    fn served(&self) -> askama::Result<Section> {
        let mut figures = Vec::new();
        for (number, attribute) in self.attributes().enumerate() {
            if attribute.groups.is_empty() {
                continue;
            }
            let dots = attribute.groups.iter().map(|group| Dot::of(&group.name, group.hit_rate)).collect();
            let name = heading(&attribute.name);
            let plot = Plot::dots(&format!("served-{number}"), "Share of customers with a hit", dots, 3).with_zero();
            let row = |group: &Group| vec![group.name.clone(), group.customers.to_string(), mean(group.hit_rate, 3)];
            let activity = "By how often they had bought something before.".to_owned();
            let activity = (number == 0).then_some(activity);
            figures.push(Figure {
                title: name,
                words: activity.into_iter().chain(compared(attribute)).collect(),
                plots: vec![plot.draw()?],
                header: vec!["group", "customers", "with a hit"],
                rows: attribute.groups.iter().map(row).collect(),
            });
        }
        let words = if figures.is_empty() {
            vec!["No group is large enough to be shown, or no closed window says what was right.".to_owned()]
        } else {
            vec![
                "Share of the customers of a group, among those with something new to find, for whom at least one product of \
                 the list was right. Whoever buys much is easier to please: there is more to be right about."
                    .to_owned(),
                "Groups of fewer than 50 customers aren't shown.".to_owned(),
            ]
        };
        Ok(Section { title: "Whom they serve", words, figures, items: Vec::new() })
    }

    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        [&self.audit.activity].into_iter().chain(&self.audit.groups)
    }

    fn prices(&self) -> askama::Result<Section> {
        let title = "Where prices lead";
        let Some(everybody) = self.audit.steer else {
            let words = vec!["The purchases say no prices, or too few, so it isn't known.".to_owned()];
            return Ok(Section { title, words, figures: Vec::new(), items: Vec::new() });
        };
        let all = self.attributes().flat_map(|attribute| {
            let named = |group: &Group| Some((attribute.name.clone(), group.name.clone(), group.steer?));
            attribute.groups.iter().filter_map(named)
        });
        let all: Vec<(String, String, Mean)> =
            [(String::new(), "everybody".to_owned(), everybody)].into_iter().chain(all).collect();
        let dots = all.iter().map(|(_, name, steer)| Dot::of(name, *steer)).collect();
        let limit = self.gates.steer;
        let plot =
            Plot::dots("steer", "Price percentile recommended minus bought, by group", dots, 3).guide(limit, "limit");
        let figure = Figure {
            title: "Price steer".to_owned(),
            words: Vec::new(),
            plots: vec![plot.draw()?],
            header: vec!["attribute", "group", "steer"],
            rows: all.into_iter().map(|(attribute, name, steer)| vec![attribute, name, signed(steer)]).collect(),
        };
        let words = vec![format!(
            "The mean price percentile, within its category, of what is recommended to a customer, minus that of what they \
             bought: {limit:+.2} would lead them three hundredths of the shelf up. Prices are the same for everybody, and no \
             score looks at them."
        )];
        Ok(Section { title, words, figures: vec![figure], items: Vec::new() })
    }

    fn shown(&self) -> askama::Result<Section> {
        let exposure = &self.audit.exposure;
        let mut figures = Vec::new();
        for (title, what, shares) in
            [("Products", "product", &exposure.products), ("Makers", "maker", &exposure.makers)]
        {
            // One maker alone has all of both: that says nothing.
            if shares.len() < 2 {
                continue;
            }
            let own = exposure.own_brands.iter().filter(|_| what == "maker");
            let own = own.map(|own| Share { name: "own brands".to_owned(), ..own.clone() });
            let top: Vec<Share> = own.chain(shares.iter().take(SHOWN).cloned()).collect();
            let bars = top.iter().map(|share| Bar::of(&share.name, share.exposure, share.purchases)).collect();
            let plot = Plot::bars(&format!("shown-{what}"), "Share of the places and of the purchases", bars);
            figures.push(Figure {
                title: title.to_owned(),
                words: vec![format!("The {} that are shown most, of {}.", SHOWN.min(shares.len()), shares.len())],
                plots: vec![plot.draw()?],
                header: vec![what, "places", "purchases", "times"],
                rows: top.iter().map(row).collect(),
            });
        }
        let words = vec![
            format!(
                "{} of the {} products that could be shown are in anybody's list ({}). Spread of the places over them (Gini): \
                 {:.3}, where 0 is all alike and 1 is one product alone.",
                exposure.products.len(),
                exposure.shelf,
                percent(exposure.coverage),
                exposure.gini
            ),
            "Lists that are accurate show what many buy. The share of the places beside the share of the purchases says who \
             gains by it."
                .to_owned(),
        ];
        Ok(Section { title: "What they show", words, figures, items: Vec::new() })
    }

    fn pushed(&self) -> Section {
        let anomalies = &self.audit.anomalies;
        let mut items: Vec<String> = anomalies.iter().take(SHOWN).map(Anomaly::sentence).collect();
        if anomalies.len() > SHOWN {
            items.push(format!("And {} more.", anomalies.len() - SHOWN));
        }
        let words = if anomalies.is_empty() {
            "Nothing: no pair and no product comes from a few days or from accounts with hardly any other history."
        } else {
            "Somebody should look at these. It may be a newsletter, a feast, or accounts that were made to push a product."
        };
        Section { title: "What looks pushed", words: vec![words.to_owned()], figures: Vec::new(), items }
    }
}

fn methods(title: &str, id: &str, accuracy: &Accuracy, words: Vec<String>) -> askama::Result<Figure> {
    let dots = |of: fn(&Line) -> Mean| accuracy.lines.iter().map(|line| Dot::of(line.method, of(line))).collect();
    let hits =
        Plot::dots(&format!("hits-{id}"), "Share of customers with a hit", dots(|line| line.figures.hit_rate), 3);
    let ndcg = Plot::dots(&format!("ndcg-{id}"), "NDCG", dots(|line| line.figures.ndcg), 4);
    let row = |line: &Line| {
        let figures = &line.figures;
        vec![
            line.method.to_owned(),
            mean(figures.hit_rate, 3),
            mean(figures.ndcg, 4),
            percent(figures.coverage),
            format!("{:.3}", figures.gini),
        ]
    };
    Ok(Figure {
        title: title.to_owned(),
        words,
        plots: vec![hits.with_zero().draw()?, ndcg.with_zero().draw()?],
        header: vec!["method", "with a hit", "NDCG", "coverage", "Gini"],
        rows: accuracy.lines.iter().map(row).collect(),
    })
}

fn compared(attribute: &Attribute) -> Vec<String> {
    let compared = attribute.hits.as_ref().map(|hits| {
        let p =
            hits.p.map(|p| format!(" By chance alone the groups would lie as far apart with p = {}", p_in_words(p)));
        let alike = hits.p_alike.map(|p| format!("; among those who buy as often, with p = {}", p_in_words(p)));
        let p = p.map(|p| format!("{p}{}.", alike.unwrap_or_default())).unwrap_or_default();
        format!("“{}” is served worst, “{}” best: {:.2} times.{p}", hits.worst, hits.best, hits.ratio)
    });
    let small = match attribute.too_small {
        0 => None,
        1 => Some("One group is too small to be shown.".to_owned()),
        many => Some(format!("{many} groups are too small to be shown.")),
    };
    compared.into_iter().chain(small).collect()
}

/// `household_size`: Household size.
fn heading(name: &str) -> String {
    let name = name.replace('_', " ");
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn word(verdict: &Verdict) -> Word {
    let (class, mark) = match verdict.answer {
        Answer::Holds => ("holds", "Holds"),
        Answer::Fails => ("fails", "Fails"),
        Answer::Unknown => ("unknown", "Unknown"),
    };
    Word { class, mark, sentence: verdict.sentence.clone() }
}

fn row(share: &Share) -> Vec<String> {
    let times = share.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
    vec![share.name.clone(), percent(share.exposure), percent(share.purchases), times]
}

fn day(date: chrono::NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

fn mean(mean: Mean, digits: usize) -> String {
    format!("{:.digits$}\u{a0}±\u{a0}{:.digits$}", mean.value, mean.margin)
}

fn signed(mean: Mean) -> String {
    format!("{:+.3}\u{a0}±\u{a0}{:.3}", mean.value, mean.margin)
}

fn percent(share: f64) -> String {
    format!("{:.1}\u{a0}%", 100.0 * share)
}
