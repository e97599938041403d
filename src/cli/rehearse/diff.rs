//! `comity rehearse --diff`: what other files would change, for eyes.

use super::{LISTED, nights, right};
use crate::{
    cli::output,
    engine::rehearse::{
        difference::{Changed, ChangedNight, Difference, Leaves},
        nights::Night,
        tally::Tally,
    },
};
use std::path::Path;

/// Prints it. Without `each`, long lists end early.
pub fn print(difference: &Difference, tally: &Tally, other: &Path, each: bool) {
    let (from, to) = (tally.from.replace('T', " "), tally.to.replace('T', " "));
    output::line(format_args!("From {from} to {to} ({}): what {} would change.", tally.zone, other.display()));
    if difference.is_none() {
        output::line("Nothing: the same messages at the same times, with the same subjects.");
        return;
    }
    of_nights(&difference.nights, if each { usize::MAX } else { LISTED });
    let mut counts = output::table(["workflow", "as before", "more", "fewer", "other time", "other subject"]);
    for (workflow, of) in &difference.workflows {
        let numbers = [of.same, of.more, of.fewer, of.moved, of.reworded];
        let shown = numbers.map(|number| if number == 0 { String::new() } else { number.to_string() });
        counts.add_row([workflow.clone()].into_iter().chain(shown));
    }
    right(&mut counts, 1..6);
    output::line(format_args!("\n{counts}"));
    let most = if each { usize::MAX } else { LISTED };
    one_sided("would get in addition", &difference.more, most);
    one_sided("would not get any more", &difference.fewer, most);
    two_sided("would get at another time", &difference.moved, most, |message| message.at.replace('T', " "));
    two_sided("would get with another subject", &difference.reworded, most, |message| message.subject.clone());
}

fn one_sided(heading: &str, messages: &[Leaves], most: usize) {
    let mut rows = output::table([heading, "when", "step", "what"]);
    for message in messages.iter().take(most) {
        let step = format!("{} {}", message.workflow, message.step);
        rows.add_row([&message.customer, &message.at.replace('T', " "), &step, &message.subject]);
    }
    finish(&rows, messages.len(), most);
}

fn two_sided(heading: &str, messages: &[Changed], most: usize, side: impl Fn(&Leaves) -> String) {
    let mut rows = output::table([heading, "workflow", "now", "then"]);
    for Changed { from, to } in messages.iter().take(most) {
        rows.add_row([&from.customer, &from.workflow, &side(from), &side(to)]);
    }
    finish(&rows, messages.len(), most);
}

fn of_nights(changed: &[ChangedNight], most: usize) {
    let mut rows = output::table(["recommendations", "now", "then"]);
    let side = |night: &Option<Night>| match night {
        Some(night) => {
            format!("{}, to {} people. {}", night.words(), night.people, nights::why(night)).trim_end().to_owned()
        }
        None => "none".to_owned(),
    };
    let told: Vec<[String; 3]> = changed
        .iter()
        .map(|ChangedNight { day, from, to }| {
            let (now, then) = (side(from), side(to));
            // The same people, and other products.
            let then = if now == then { format!("{then} Other lists.") } else { then };
            [day.clone(), now, then]
        })
        .collect();
    // Of nights on end that differ alike the first day and the last one.
    let alike: Vec<&[[String; 3]]> =
        told.chunk_by(|[_, now, then], next| [now, then] == [&next[1], &next[2]]).collect();
    for nights in alike.iter().take(most) {
        let ([[first, now, then], ..], [.., [last, ..]]) = (nights, nights) else { continue };
        let days = if first == last { first.clone() } else { format!("{first} to {last}") };
        rows.add_row([&days, now, then]);
    }
    finish(&rows, alike.len(), most);
}

fn finish(rows: &comfy_table::Table, count: usize, most: usize) {
    if rows.is_empty() {
        return;
    }
    output::line(format_args!("\n{rows}"));
    if count > most {
        output::line(format_args!("and {} more; --each lists them all", count - most));
    }
}
