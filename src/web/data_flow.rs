//! The picture of the data flow: fields on the left, messages in the middle, purposes on the right.
//!
//! The rows of each column stand in the order of the names; a line is a flow. No script, no link, one file, so that it can
//! lie beside the record of processing that the law asks for (GDPR 30).

use crate::{
    policy::Basis,
    render::{Flow, flow::Place},
};
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};

/// Left edges of the columns, and the picture's width.
const COLUMNS: [u32; 3] = [24, 470, 880];
const WIDTH: u32 = 1180;
const CARD_WIDTH: u32 = 276;
const CARD_HEIGHT: u32 = 46;
/// From one row to the next.
const ROW: u32 = 58;
const TOP: u32 = 44;
const BOTTOM: u32 = 44;

struct Column {
    x: u32,
    title: &'static str,
}

struct Card {
    x: u32,
    y: u32,
    width: u32,
    height: u32,
    class: &'static str,
    name: String,
    about: String,
}

struct Line {
    d: String,
    class: &'static str,
    title: String,
}

#[derive(Template)]
#[template(path = "pages/data-flow.svg", escape = "html")]
struct Picture {
    width: u32,
    height: u32,
    columns: Vec<Column>,
    lines: Vec<Line>,
    cards: Vec<Card>,
}

/// The picture, as SVG. `unused` are fields that flow nowhere.
///
/// # Errors
/// Never with the template that this binary holds.
pub fn picture(flows: &[Flow], unused: &[String]) -> askama::Result<String> {
    let mut fields: BTreeMap<&str, (String, &'static str)> = BTreeMap::new();
    for flow in flows {
        let about = about(flows.iter().filter(|other| other.field == flow.field));
        fields.insert(&flow.field, (about, if flow.sensitive { "sensitive" } else { "" }));
    }
    fields.extend(unused.iter().map(|name| (name.as_str(), ("flows nowhere: nobody needs it".to_owned(), "unused"))));
    let messages = flows.iter().map(|flow| (flow.workflow.as_str(), ("message".to_owned(), ""))).collect();
    let purposes = flows.iter().map(|flow| (flow.purpose.as_str(), (ground(flow.basis).to_owned(), ""))).collect();
    let all: [BTreeMap<&str, (String, &'static str)>; 3] = [fields, messages, purposes];
    let rows = all.iter().map(BTreeMap::len).max().unwrap_or_default();
    let ([fields, messages, purposes], [left, middle, right]) = (all, COLUMNS);
    let (fields, messages, purposes) =
        (place(&fields, left, rows), place(&messages, middle, rows), place(&purposes, right, rows));

    let mut lines = vec![];
    for flow in flows {
        if let (Some(from), Some(to)) = (fields.get(&flow.field), messages.get(&flow.workflow)) {
            let title = format!("{} → {}: {}", flow.field, flow.workflow, about([flow].into_iter()));
            lines.push(line(from, to, line_class(flow), title));
        }
    }
    let of_messages: BTreeMap<&str, &Flow> = flows.iter().map(|flow| (flow.workflow.as_str(), flow)).collect();
    for (workflow, flow) in of_messages {
        if let (Some(from), Some(to)) = (messages.get(workflow), purposes.get(&flow.purpose)) {
            lines.push(line(from, to, "", format!("{workflow} → {}", flow.purpose)));
        }
    }
    let titles = ["What is known", "What it is used in", "What for"].into_iter();
    let columns = COLUMNS.into_iter().zip(titles).map(|(x, title)| Column { x, title }).collect();
    let cards = fields.into_values().chain(messages.into_values()).chain(purposes.into_values()).collect();
    Picture { width: WIDTH, height: below(rows) + BOTTOM, columns, lines, cards }.render()
}

/// What a field does, in all its messages: `sensitive · trigger, body`.
fn about<'a>(flows: impl Iterator<Item = &'a Flow>) -> String {
    let (mut words, mut places) = (BTreeSet::new(), BTreeSet::new());
    for flow in flows {
        words.extend(flow.marks());
        places.extend(flow.places.iter().copied());
    }
    let places: Vec<&str> = places.into_iter().map(Place::name).collect();
    words.into_iter().map(ToOwned::to_owned).chain([places.join(", ")]).collect::<Vec<_>>().join(" · ")
}

/// A column's cards, one for each name in the order of the names, in the middle of the picture's height.
fn place(names: &BTreeMap<&str, (String, &'static str)>, x: u32, rows: usize) -> BTreeMap<String, Card> {
    let top = below(rows.saturating_sub(names.len())) - TOP;
    let card = |(row, (name, (about, class))): (usize, (&&str, &(String, &'static str)))| {
        ((*name).to_owned(), card(x, top / 2 + below(row), name, about.clone(), class))
    };
    names.iter().enumerate().map(card).collect()
}

fn card(x: u32, y: u32, name: &str, about: String, class: &'static str) -> Card {
    Card { x, y, width: CARD_WIDTH, height: CARD_HEIGHT, class, name: name.to_owned(), about }
}

/// Where so many rows end.
fn below(rows: usize) -> u32 {
    TOP + ROW * u32::try_from(rows).unwrap_or(u32::MAX / ROW / 2)
}

fn line_class(flow: &Flow) -> &'static str {
    let is_read = |place: &Place| matches!(place, Place::Subject | Place::Body | Place::Attachment);
    match (flow.places.iter().any(is_read), flow.sensitive) {
        (true, false) => "",
        (true, true) => "sensitive",
        (false, false) => "decides",
        (false, true) => "decides sensitive",
    }
}

const fn ground(basis: Option<Basis>) -> &'static str {
    match basis {
        Some(Basis::Contract) => "service, by contract",
        Some(Basis::Request) => "service, asked for",
        Some(Basis::Consent) => "marketing, by consent",
        Some(Basis::SoftOptIn) => "marketing, after a sale",
        None => "",
    }
}

/// From the right edge of one card to the left edge of another, in a curve.
fn line(from: &Card, to: &Card, class: &'static str, title: String) -> Line {
    let (x1, y1) = (from.x + CARD_WIDTH, from.y + CARD_HEIGHT / 2);
    let (x2, y2) = (to.x, to.y + CARD_HEIGHT / 2);
    let half = x2.midpoint(x1);
    Line { d: format!("M{x1} {y1}C{half} {y1} {half} {y2} {x2} {y2}"), class, title }
}
