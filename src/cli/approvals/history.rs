//! What people said about messages before they left: who, when, about what, and what they had seen.

use crate::{
    base::Zone,
    cli::{control, output},
    gate::{approval::Seen, facts::Said, sentence::moment},
    store::Kept,
};
use std::{path::Path, process::ExitCode};

/// So much of a digest names the words of a message, as `comity approvals list` does.
const CODE_CHARS: usize = 8;

pub(super) fn print(dir: &Path, last: u32, json: bool) -> anyhow::Result<ExitCode> {
    let (words, zone) = control::visit(dir, async |door| door.words(last).await)?;
    if json {
        words.iter().try_for_each(output::json)?;
    } else if words.is_empty() {
        output::line("Nobody has approved or rejected anything.");
    } else {
        for kept in &words {
            output::line(sentence(kept, zone));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// It, in a sentence.
pub(in crate::cli) fn sentence(kept: &Kept, zone: Zone) -> String {
    let Kept { workflow, message, day, word, who } = kept;
    let what = match (message, day) {
        (Some(message), _) => format!("message {message} of {workflow}"),
        (None, Some(day)) => format!("{workflow}@{day}"),
        (None, None) => workflow.clone(),
    };
    let seen = match (message, Seen::parse(&word.seen)) {
        _ if word.said != Said::Approved => String::new(),
        (Some(_), _) => format!(", in the words {}", word.seen.chars().take(CODE_CHARS).collect::<String>()),
        (None, Some(Seen { people, revision })) => format!(", for {people} people, revision {revision}"),
        (None, None) => format!(", revision {}", word.seen),
    };
    let did = match word.said {
        Said::Approved => "approved",
        Said::Withdrawn => "withdrew the approval of",
        Said::Rejected => "rejected",
    };
    format!("{}: {} {did} {what}{seen}.", moment(word.at, zone), who)
}
