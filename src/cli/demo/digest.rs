//! The digest: a month on one screen. A row for each week as it passes, then what left, what didn't, and why not.

use super::{
    chronicle::{Beat, Counts, What},
    narrator::{Curtain, Narrator, Opening},
};
use crate::{
    base::{PlanId, Zone},
    cli::output,
    engine::{arrivals::import::Report, recommending::Published},
    ledger::entry::StopVia,
    web::mailbox::Letter,
};
use chrono::{Days, NaiveDate};
use std::{collections::BTreeMap, sync::Arc};

/// Days of a row.
const DAYS: Days = Days::new(7);
/// So many of the messages that left are shown, from all parts of the month.
const LEFT_SHOWN: usize = 4;
/// So many messages are one block of a row's bar.
const BLOCK: usize = 8;

/// See the module.
#[derive(Default)]
pub struct Digest {
    /// The week that is counted: its first day and the day after its last.
    week: Option<(NaiveDate, NaiveDate)>,
    row: Row,
    subjects: BTreeMap<PlanId, String>,
    left: Vec<Example>,
    /// One of each reason, the first, and how many there were.
    refused: BTreeMap<String, (Example, usize)>,
    held: Option<Example>,
}

/// One week.
#[derive(Default)]
struct Row {
    left: usize,
    refused: usize,
    dropped: usize,
    /// How many were recommended something.
    recommended: usize,
    /// What people did in it.
    news: Vec<String>,
}

/// One message, to be shown.
struct Example {
    time: String,
    customer: String,
    text: String,
}

impl Narrator for Digest {
    fn opens(&mut self, opening: &Opening) {
        output::line(format_args!(
            "\n  {}, {}. A sample: its people don't exist, and no mail leaves this machine.\n\n  \
             {} come in, and a month passes.\n\n    \
             week of    sent  not sent  dropped",
            opening.business,
            opening.story.place(),
            opening.came()
        ));
    }

    fn recommends(&mut self, made: &Published) {
        if made.people > 0 {
            self.row.recommended += made.people;
        }
    }

    fn takes_out(&mut self, customer: &str, product: &str) {
        self.row.news.push(format!("{customer} isn't interested in \"{product}\""));
    }

    fn tells(&mut self, beats: &[Beat], letters: &[Arc<Letter>], zone: Zone) {
        let read = self.subjects.len();
        let subjects = letters.iter().skip(read).filter_map(|letter| Some((letter.plan?, letter.subject.clone())));
        self.subjects.extend(subjects);
        for beat in beats {
            self.turn_to(zone.local(beat.at).date());
            self.note(beat, zone);
        }
    }

    fn changes(&mut self, visits: &Report) {
        self.row.news.push(format!("{} visits move or are cancelled, {} are new", visits.changed, visits.created));
    }

    fn clicks(&mut self, customer: &str, via: StopVia) {
        self.row.news.push(format!("{customer} presses stop, {}", via.phrase()));
    }

    fn invites(&mut self, _: &Curtain) {}

    fn ends(&mut self, counts: &Counts) {
        self.print_row();
        let refused: u64 = counts.refused.values().sum();
        output::line(format_args!("\n  {} messages left, for example:\n", counts.sent));
        let step = (self.left.len() / LEFT_SHOWN).max(1);
        for Example { time, customer, text } in self.left.iter().step_by(step).take(LEFT_SHOWN) {
            output::line(format_args!("    {time}  {customer:<5} {text}"));
        }
        output::line(format_args!("\n  {refused} did not, each for a reason on record:\n"));
        let mut reasons: Vec<&(Example, usize)> = self.refused.values().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (Example { customer, text, .. }, count) in reasons {
            output::line(format_args!("    {count:>5}  {customer:<5} {text}"));
        }
        output::line(format_args!(
            "\n  {} were dropped when their visit moved or was cancelled. {} waited for a better hour{}",
            counts.voided,
            counts.held,
            if self.held.is_some() { ":\n" } else { "." }
        ));
        if let Some(Example { time, customer, text }) = &self.held {
            output::line(format_args!("    {time}  {customer:<5} {text}"));
        }
        if counts.failed > 0 {
            output::line(format_args!("\n  {} were lost on their way.", counts.failed));
        }
        output::line(format_args!(
            "\n  Nothing is left on this machine. `--verbose` tells it day by day; without `--once` there is a\n  \
             mailbox to click in.\n"
        ));
    }
}

impl Digest {
    /// Goes on to the week of this day; the one before is told.
    fn turn_to(&mut self, day: NaiveDate) {
        let (mut first, mut end) = self.week.unwrap_or((day, day + DAYS));
        while day >= end {
            self.week = Some((first, end));
            self.print_row();
            (first, end) = (end, end + DAYS);
        }
        self.week = Some((first, end));
    }

    fn print_row(&mut self) {
        let Some((first, _)) = self.week else { return };
        let Row { left, refused, dropped, recommended, mut news } = std::mem::take(&mut self.row);
        if recommended > 0 {
            news.insert(0, format!("{recommended} are recommended something, of those who agreed"));
        }
        let (day, bar) = (first.format("%e %B").to_string(), "▪".repeat(left.div_ceil(BLOCK)));
        output::line(format_args!("    {day:<10} {left:>4}  {refused:>8}  {dropped:>7}   {bar}"));
        for news in news {
            output::line(format_args!("                                    {news}"));
        }
    }

    fn note(&mut self, beat: &Beat, zone: Zone) {
        let example = |text: &str| Example {
            time: zone.local(beat.at).format("%a %e %b %H:%M").to_string(),
            customer: beat.customer.clone(),
            text: text.to_owned(),
        };
        match &beat.what {
            What::Sent(plan) => {
                self.row.left += 1;
                self.left.push(example(self.subjects.get(plan).map_or("", String::as_str)));
            }
            What::Held(why) => {
                self.held.get_or_insert_with(|| example(why));
            }
            What::Refused(name, why) => {
                self.row.refused += 1;
                self.refused.entry(name.clone()).or_insert_with(|| (example(why), 0)).1 += 1;
            }
            What::Voided => self.row.dropped += 1,
            What::Failed | What::Stopped => {}
        }
    }
}
