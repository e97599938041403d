//! The narrator: tells on the terminal what happens, as it happens, and what to try next.

use super::chronicle::{Beat, Counts, What};
use crate::{
    base::{PlanId, Zone},
    cli::output,
    engine::arrivals::import::Report,
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
    /// A customer whose next reminder could be stopped, if there is one.
    pub customer: Option<String>,
}

/// Hears what happens.
pub trait Narrator {
    /// The files of the first morning are in.
    fn opens(&mut self, business: &str, customers: &Report, visits: &Report);
    /// A stretch of time has passed.
    fn tells(&mut self, beats: &[Beat], letters: &[Arc<Letter>], zone: Zone);
    /// The second file is in.
    fn changes(&mut self, visits: &Report);
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
    fn opens(&mut self, _: &str, _: &Report, _: &Report) {}
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
    fn opens(&mut self, business: &str, customers: &Report, visits: &Report) {
        output::line(format_args!(
            "\n  {business}, Lyon. A sample: its people don't exist, and no mail leaves this machine.\n"
        ));
        output::line(format_args!("  {} customers and {} visits came in.", customers.created, visits.created));
        output::line("  Each reminder passes the gate: consent, quiet hours, caps. Time flies:");
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
        let Curtain { time, mailbox, explain, customer } = curtain;
        output::line(format_args!("\n  It is {time}, and time stands still.\n"));
        output::line(format_args!("    Mailbox   {mailbox}"));
        let customer = customer.as_deref().unwrap_or("CUSTOMER");
        output::line(format_args!("    Why       {explain} {customer}\n"));
        if self.invited == Invited::NotYet {
            self.invited = Invited::Before;
            output::line(format_args!(
                "  Try it: open the letter to {customer} and press its stop link; then press Enter here."
            ));
            output::line("  A day passes, and this customer's next reminder does not leave. Ctrl-C ends the demo.");
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
