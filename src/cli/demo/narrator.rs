//! The narrator: tells on the terminal what happens, as it happens, and what to try next.

use super::{
    chronicle::{Beat, Counts, What},
    story::Story,
};
use crate::{
    base::{PlanId, Zone},
    cli::output,
    engine::{arrivals::import::Report, recommending::Published},
    ledger::entry::StopVia,
    web::mailbox::Letter,
};
use chrono::NaiveDate;
use std::{collections::BTreeMap, sync::Arc};

/// So many messages that left are told of one day; the mailbox has them all.
const LINES_MAX: usize = 8;
/// The refusal that the visitor brought about is told for each customer, all others once for each reason.
const BY_STOP: &str = "suppressed";

/// What is to be seen and done between two days.
#[derive(Clone, Debug)]
pub struct Curtain {
    /// The demo's time.
    pub time: String,
    /// Where the mailbox stands.
    pub mailbox: String,
    /// The command that explains, up to the customer.
    pub explain: String,
    /// A customer whose letter is worth a click, if there is one.
    pub customer: Option<String>,
    /// The address of that letter.
    pub letter: Option<String>,
    /// Which business it is.
    pub story: Story,
}

/// What the first morning brought.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The business's name.
    pub business: String,
    /// Which one it is.
    pub story: Story,
    /// How many came in of what.
    pub came: Vec<(u64, &'static str)>,
}

impl Opening {
    /// `200 customers and 388 visits`.
    #[must_use]
    pub fn came(&self) -> String {
        let said: Vec<String> = self.came.iter().map(|(count, what)| format!("{count} {what}")).collect();
        match said.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => said.concat(),
        }
    }
}

/// What the lists of a night came to.
#[must_use]
pub fn recommended(made: &Published) -> String {
    let Published { people, figures, .. } = made;
    format!(
        "{} agreed that we look at what they bought; {people} of them are recommended something tonight.",
        figures.agreed
    )
}

/// Hears what happens.
pub trait Narrator {
    /// The files of the first morning are in.
    fn opens(&mut self, opening: &Opening);
    /// A stretch of time has passed.
    fn tells(&mut self, beats: &[Beat], letters: &[Arc<Letter>], zone: Zone);
    /// The second file is in.
    fn changes(&mut self, visits: &Report);
    /// The lists of everybody are made.
    fn recommends(&mut self, made: &Published);
    /// Somebody isn't interested in a product.
    fn takes_out(&mut self, customer: &str, product: &str);
    /// Somebody stops.
    fn clicks(&mut self, customer: &str, via: StopVia);
    /// Time stands still, and it is the visitor's turn.
    fn invites(&mut self, curtain: &Curtain);
    /// It is over.
    fn ends(&mut self, counts: &Counts);
}

/// Says nothing: a script wants the counts alone.
pub struct Silent;

impl Narrator for Silent {
    fn opens(&mut self, _: &Opening) {}
    fn recommends(&mut self, _: &Published) {}
    fn takes_out(&mut self, _: &str, _: &str) {}
    fn tells(&mut self, _: &[Beat], _: &[Arc<Letter>], _: Zone) {}
    fn changes(&mut self, _: &Report) {}
    fn clicks(&mut self, _: &str, _: StopVia) {}
    fn invites(&mut self, _: &Curtain) {}
    fn ends(&mut self, _: &Counts) {}
}

/// Tells it on standard output.
#[derive(Default)]
pub struct Aloud {
    /// The day that was told last.
    day: Option<NaiveDate>,
    /// Whether the visitor knows what to do.
    invited: Invited,
}

#[derive(Default, PartialEq, Eq)]
enum Invited {
    #[default]
    NotYet,
    Before,
}

impl Narrator for Aloud {
    fn opens(&mut self, opening: &Opening) {
        let Opening { business, story, .. } = opening;
        output::line(format_args!(
            "\n  {business}, {}. A sample: its people don't exist, and no mail leaves this machine.\n",
            story.place()
        ));
        output::line(format_args!("  {} came in.", opening.came()));
        output::line(format_args!("  {}", story.promise()));
    }

    fn recommends(&mut self, made: &Published) {
        output::line(format_args!("\n  {}", recommended(made)));
    }

    fn takes_out(&mut self, customer: &str, product: &str) {
        output::line(format_args!("\n  {customer} isn't interested in \"{product}\", by one click."));
    }

    fn tells(&mut self, beats: &[Beat], letters: &[Arc<Letter>], zone: Zone) {
        let subjects: Subjects<'_> =
            letters.iter().filter_map(|letter| Some((letter.plan?, letter.subject.as_str()))).collect();
        let mut rest = beats;
        while let Some(first) = rest.first() {
            let date = |beat: &Beat| zone.local(beat.at).date();
            let (today, later) = rest.split_at(rest.iter().take_while(|beat| date(beat) == date(first)).count());
            if self.day != Some(date(first)) {
                self.day = Some(date(first));
                output::line(format_args!("\n  {}", date(first).format("%A %-d %B")));
            }
            day(today, &subjects, zone);
            rest = later;
        }
    }

    fn changes(&mut self, visits: &Report) {
        output::line(format_args!(
            "\n  A second file comes in: {} visits moved or cancelled, {} new, {} as before.",
            visits.changed, visits.created, visits.unchanged
        ));
    }

    fn clicks(&mut self, customer: &str, via: StopVia) {
        output::line(format_args!("\n  {customer} presses stop, {}.", via.phrase()));
    }

    fn invites(&mut self, curtain: &Curtain) {
        let Curtain { time, mailbox, explain, customer, letter, story } = curtain;
        output::line(format_args!("\n  It is {time}, and time stands still.\n"));
        output::line(format_args!("    Mailbox   {mailbox}"));
        if let Some(letter) = letter {
            output::line(format_args!("    Letter    {letter}"));
        }
        let customer = customer.as_deref().unwrap_or("CUSTOMER");
        output::line(format_args!("    Why       {explain} {customer}\n"));
        if self.invited == Invited::NotYet {
            self.invited = Invited::Before;
            for line in story.invitation(customer) {
                output::line(format_args!("  {line}"));
            }
        } else {
            output::line("  Enter lets another day pass. Ctrl-C ends the demo.");
        }
    }

    fn ends(&mut self, counts: &Counts) {
        let refused: u64 = counts.refused.values().sum();
        output::line(format_args!(
            "\n  {} messages planned: {} sent, {refused} not sent, {} dropped with their visit, {} held for a while.",
            counts.planned, counts.sent, counts.voided, counts.held
        ));
        for (reason, messages) in &counts.refused {
            output::line(format_args!("    {messages:>5}  {}", reason.replace('-', " ")));
        }
        output::line(format_args!("  {} pressed stop. Nothing is left on this machine.\n", counts.stopped));
    }
}

type Subjects<'a> = BTreeMap<PlanId, &'a str>;

/// One day's beats: what left, then what didn't, by reason.
fn day(beats: &[Beat], subjects: &Subjects<'_>, zone: Zone) {
    let mut left = 0;
    let mut others: BTreeMap<(&str, &str), Vec<&Beat>> = BTreeMap::new();
    for beat in beats {
        let text = match &beat.what {
            What::Sent(plan) => {
                left += 1;
                if left > LINES_MAX {
                    continue;
                }
                subjects.get(plan).copied().unwrap_or_default()
            }
            What::Stopped => "From this moment nothing of this kind leaves.",
            What::Refused(name, why) if name == BY_STOP => why,
            What::Refused(name, _) => {
                others.entry(("not sent", name)).or_default().push(beat);
                continue;
            }
            What::Held(_) => {
                others.entry(("held", "")).or_default().push(beat);
                continue;
            }
            What::Voided => {
                others.entry(("dropped", "")).or_default().push(beat);
                continue;
            }
            What::Failed => "The mail server would not have it.",
        };
        let at = zone.local(beat.at).format("%H:%M");
        output::line(format_args!("    {at}  {:<8}  {:<5}  {text}", word(&beat.what), beat.customer));
    }
    if left > LINES_MAX {
        output::line(format_args!("           sent      {} more", left - LINES_MAX));
    }
    for ((word, _), beats) in &others {
        if let Some(first) = beats.first() {
            let many = if beats.len() == 1 { String::new() } else { format!(" ({} more like it)", beats.len() - 1) };
            output::line(format_args!("           {word:<8}  {:<5}  {}{many}", first.customer, why(&first.what)));
        }
    }
}

const fn word(what: &What) -> &'static str {
    match what {
        What::Sent(_) => "sent",
        What::Held(_) => "held",
        What::Refused(..) => "not sent",
        What::Voided => "dropped",
        What::Failed => "lost",
        What::Stopped => "stopped",
    }
}

fn why(what: &What) -> &str {
    match what {
        What::Held(why) | What::Refused(_, why) => why,
        What::Voided => "The visit changed.",
        What::Sent(_) | What::Failed | What::Stopped => "",
    }
}
