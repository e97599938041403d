//! What `comity audit verify` says, in sentences.

use crate::{
    audit::{Source, note::PublicKey},
    base::{Instant, Zone},
    cli::output,
    engine::audit::{Book, Covered, Fault, Report},
};
use std::collections::BTreeMap;

/// What the sentences need.
pub(super) struct Words<'a> {
    /// The clock of the business.
    pub zone: Zone,
    /// The file of checkpoints.
    pub book: &'a Book,
    /// By which they were checked.
    pub key: &'a PublicKey,
}

impl Words<'_> {
    /// Prints what is wrong, what was checked, and what isn't covered yet.
    pub fn tell(&self, report: &Report) {
        for fault in &report.faults {
            output::line(format_args!("WRONG: {}", self.fault(fault)));
        }
        let Report { entries, seals, first_at, last_at, checkpoints, covered, uncovered, erased, faults } = report;
        let all: u64 = entries.values().sum();
        let parts: Vec<String> =
            entries.iter().map(|(source, count)| format!("{count} of {}", name(*source))).collect();
        match (first_at, last_at) {
            (Some(first), Some(last)) => {
                let (first, last) = (self.at(*first), self.at(*last));
                output::line(format_args!(
                    "{all} entries in {seals} seals, from {first} to {last}: {}.",
                    parts.join(", ")
                ));
            }
            _ => output::line("Nothing is sealed yet."),
        }
        if let Some(Covered { checkpoint, made_at, entries }) = covered {
            let key = self.key.name();
            let at = self.at(*made_at);
            output::line(format_args!(
                "{checkpoints} checkpoints hold, by the key {key}. The last, {checkpoint} of {at}, covers {entries} entries."
            ));
        }
        if let Some(since) = uncovered.since.filter(|_| uncovered.sealed > 0) {
            let (sealed, since) = (uncovered.sealed, self.at(since));
            output::line(format_args!("Not yet covered by a checkpoint: {sealed} entries, since {since}."));
        }
        if uncovered.unsealed > 0 {
            output::line(format_args!("Not yet sealed: {}.", uncovered.unsealed));
        }
        if *erased > 0 {
            output::line(format_args!(
                "The evidence of {erased} consents and objections was erased; its place in the chain stands."
            ));
        }
        output::line(if faults.is_empty() { "All is as it was written.".to_owned() } else { wrong(faults.len()) });
    }

    fn at(&self, at: Instant) -> String {
        format!("{} ({})", self.zone.local(at).format("%Y-%m-%d %H:%M:%S"), self.zone)
    }

    fn fault(&self, fault: &Fault) -> String {
        match fault {
            Fault::Changed { source, row, at, seal, sealed_at } => {
                let of = at.map(|at| format!(" of {}", self.at(at))).unwrap_or_default();
                let sealed = self.at(*sealed_at);
                format!("{} {row}{of} was changed or put in after it was sealed (seal {seal}, {sealed}).", one(*source))
            }
            Fault::Gone { count, between, seal, sealed_at } => {
                let sealed = self.at(*sealed_at);
                format!("{count} entries of seal {seal} ({sealed}) are gone; it held {}.", ranges(between))
            }
            Fault::NoSeal { seal } => format!("Seal {seal} is damaged: it can't be read as one."),
            Fault::SealsGone { from, to } => format!("Seals {from} to {to} are gone."),
            Fault::Unlinked { seal, sealed_at } => {
                let sealed = self.at(*sealed_at);
                format!("Seal {seal} ({sealed}) doesn't follow from its entries and the seal before it.")
            }
            Fault::NoCheckpoint => {
                format!(
                    "There is no checkpoint in {} to hold the seals against, so somebody who has the database can have made them all anew.",
                    self.book
                )
            }
            Fault::Doubtful { after, why } => {
                format!("A checkpoint after number {after} in {} can't be believed: {why}.", self.book)
            }
            Fault::CheckpointsGone { from, to } => format!("Checkpoints {from} to {to} are missing in {}.", self.book),
            Fault::OutOfOrder { checkpoint } => {
                format!("Checkpoint {checkpoint} stands after a later one in {}.", self.book)
            }
            Fault::Differs { checkpoint, made_at, entries, sound } => {
                let made = self.at(*made_at);
                let sound = match sound {
                    Some(Covered { checkpoint, entries, .. }) => {
                        format!("The first {entries} are as checkpoint {checkpoint} signed them")
                    }
                    None => "No checkpoint agrees with it".to_owned(),
                };
                format!(
                    "The first {entries} entries are not those that checkpoint {checkpoint} signed at {made}: they were made anew. {sound}."
                )
            }
            Fault::Older { checkpoint, made_at, entries, found } => {
                let made = self.at(*made_at);
                format!(
                    "The database ends after {found} entries, and checkpoint {checkpoint} of {made} signed {entries}: it was cut off, or is an older copy."
                )
            }
        }
    }
}

fn wrong(faults: usize) -> String {
    let many = if faults == 1 { "One thing is".to_owned() } else { format!("{faults} things are") };
    format!(
        "{many} wrong: somebody changed this database, its disk is failing, or it is not the one that these checkpoints are of."
    )
}

fn name(source: Source) -> &'static str {
    match source {
        Source::Ledger => "the ledger",
        Source::Consents => "consents",
        Source::Evidence => "evidence",
        Source::Wordings => "words that people were asked in",
        Source::Approvals => "approvals",
        Source::Revisions => "files in force",
        Source::Bars => "objections and restrictions",
        Source::Notices => "privacy notices",
        Source::Assessments => "signed assessments",
    }
}

fn one(source: Source) -> &'static str {
    match source {
        Source::Ledger => "Entry",
        Source::Consents => "Consent",
        Source::Evidence => "The evidence of consent",
        Source::Wordings => "The wording",
        Source::Approvals => "Approval",
        Source::Revisions => "The files in force, row",
        Source::Bars => "The objection or restriction",
        Source::Notices => "The privacy notice, row",
        Source::Assessments => "The signed assessment",
    }
}

fn ranges(between: &BTreeMap<Source, (i64, i64)>) -> String {
    let range = |(source, (from, to)): (&Source, &(i64, i64))| format!("{} {from} to {to}", name(*source));
    between.iter().map(range).collect::<Vec<_>>().join(", ")
}
