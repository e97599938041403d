//! The audit of recommendations as a page of its own: one file, no script, nothing from elsewhere, readable in light and dark
//! and on paper. Each plot has its figures as a table beside it.

mod plot;

use crate::recommend::{
    Settings, View,
    audit::{
        Accuracy, Anomaly, Answer, Attribute, Audit, Gates, Group, Line, Share, Verdict,
        words::{self, mean, percent},
    },
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
                "{} lists of at most {} products, {view}, from {} products that at least {} different customers bought.",
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
            let activity = "By how often they had bought something before.".to_owned();
            let activity = (number == 0).then_some(activity);
            figures.push(Figure {
                title: heading(&attribute.name),
                words: activity.into_iter().chain(words::compared(attribute)).collect(),
                plots: self.of_groups(number, &attribute.groups)?,
                header: vec!["group", "customers", "with a hit", "price steer"],
                rows: attribute.groups.iter().map(group_row).collect(),
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

    fn of_groups(&self, number: usize, groups: &[Group]) -> askama::Result<Vec<Drawn>> {
        let hits = groups.iter().map(|group| Dot::of(&group.name, group.hit_rate)).collect();
        let hits = Plot::dots(&format!("hits-of-{number}"), "Share of customers with a hit", hits, 3).with_zero();
        let steers: Vec<Dot> = groups.iter().filter_map(|group| Some(Dot::of(&group.name, group.steer?))).collect();
        let mut plots = vec![hits.draw()?];
        if !steers.is_empty() {
            plots.push(self.steer(&format!("steer-of-{number}"), steers).draw()?);
        }
        Ok(plots)
    }

    fn steer(&self, id: &str, dots: Vec<Dot>) -> Plot {
        Plot::dots(id, "Price steer: percentile recommended minus bought", dots, 3).guide(self.gates.steer, "limit")
    }

    fn prices(&self) -> askama::Result<Section> {
        let title = "Where prices lead";
        let Some(everybody) = self.audit.steer else {
            let words = vec!["The purchases say no prices, or too few, so it isn't known.".to_owned()];
            return Ok(Section { title, words, figures: Vec::new(), items: Vec::new() });
        };
        let figure = Figure {
            title: "Everybody".to_owned(),
            words: vec!["By group it stands above.".to_owned()],
            plots: vec![self.steer("steer", vec![Dot::of("everybody", everybody)]).draw()?],
            header: vec!["whose", "price steer"],
            rows: vec![vec!["everybody".to_owned(), words::steer(&everybody)]],
        };
        let words = "The mean price percentile, within its category, of what is recommended to a customer, minus that of what \
                     they bought: +0.10 would lead them a tenth of the shelf up. Prices are the same for everybody, and no \
                     score looks at them.";
        let words = vec![words.to_owned()];
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
    let dots = |of: fn(&Line) -> Mean| accuracy.lines.iter().map(|line| Dot::of(&line.method, of(line))).collect();
    let hits =
        Plot::dots(&format!("hits-{id}"), "Share of customers with a hit", dots(|line| line.figures.hit_rate), 3);
    let ndcg = Plot::dots(&format!("ndcg-{id}"), "NDCG", dots(|line| line.figures.ndcg), 4);
    let row = |line: &Line| {
        let figures = &line.figures;
        vec![
            line.method.clone().into_owned(),
            mean(&figures.hit_rate, 3),
            mean(&figures.ndcg, 4),
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

fn group_row(group: &Group) -> Vec<String> {
    let steer = group.steer.as_ref().map_or_else(|| "–".to_owned(), words::steer);
    vec![group.name.clone(), group.customers.to_string(), mean(&group.hit_rate, 3), steer]
}

fn row(share: &Share) -> Vec<String> {
    vec![share.name.clone(), percent(share.exposure), percent(share.purchases), words::times(share)]
}

fn day(date: chrono::NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}
