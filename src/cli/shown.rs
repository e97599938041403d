//! What shows that somebody said something, as commands take it and as they tell it.

use super::by::By;
use crate::store::entry::{Evidence, PROOF_FIELDS_MAX, PROOF_TEXT_MAX, is_proof_name};
use anyhow::ensure;

/// See the module.
#[derive(Debug, clap::Args)]
pub(super) struct Shown {
    /// Where it is written or was said: a letter, a sheet, a call.
    #[arg(long, value_name = "TEXT")]
    place: Option<String>,
    /// What else shows it, by a name of your own; more than once for more.
    #[arg(long, value_name = "NAME=TEXT", value_parser = pair)]
    proof: Vec<(String, String)>,
    #[command(flatten)]
    by: By,
}

impl Shown {
    /// Whether any of it was given.
    pub(super) const fn is_given(&self) -> bool {
        self.place.is_some() || !self.proof.is_empty() || self.by.is_given()
    }

    /// As it is kept.
    ///
    /// # Errors
    /// When nobody's name is known here, or there is more than is kept.
    pub(super) fn evidence(&self) -> anyhow::Result<Evidence> {
        ensure!(self.proof.len() <= PROOF_FIELDS_MAX, "write at most {PROOF_FIELDS_MAX} --proof");
        Ok(Evidence {
            wording: None,
            place: self.place.clone(),
            actor: Some(self.by.name()?),
            proof: self.proof.iter().cloned().collect(),
        })
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=TEXT, such as form=card-17")?;
    if !is_proof_name(name) {
        return Err("write the name in lower-case letters, digits and hyphens".to_owned());
    }
    if value.chars().nth(PROOF_TEXT_MAX).is_some() {
        return Err(format!("write at most {PROOF_TEXT_MAX} characters after it"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// What was kept, a line for each; a text of several lines stands further in, so that none of its lines passes for ours.
pub(super) fn lines(evidence: Option<&Evidence>) -> Vec<String> {
    let Some(Evidence { wording, place, actor, proof }) = evidence else {
        return vec!["    evidence: can't be read".to_owned()];
    };
    let kept = [("shown", wording), ("where", place), ("taken by", actor)];
    let kept = kept.into_iter().filter_map(|(what, text)| Some((what, text.as_ref()?)));
    let free = proof.iter().map(|(name, text)| (name.as_str(), text));
    kept.chain(free).map(|(what, text)| format!("    {what}: {}", harmless(text))).collect()
}

/// A text that somebody else wrote, for a terminal: nothing in it moves the cursor, turns letters round, or begins a line.
fn harmless(text: &str) -> String {
    let harmless = |letter: char| match letter {
        // Letters that turn the order of others round (Unicode 9, UAX 9), or can't be seen.
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        letter if letter.is_control() => '\u{fffd}',
        letter => letter,
    };
    let lines = text.lines().map(|line| line.chars().map(harmless).collect::<String>());
    lines.collect::<Vec<_>>().join("\n      | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_anothers_text_passes_for_ours() {
        let wording = "Yes.\n2026-01-01 10:00  no to everything\r\n    where: elsewhere\u{1b}[2K\u{202e}x".to_owned();
        let evidence = Evidence { wording: Some(wording), ..Evidence::default() };
        assert_eq!(
            lines(Some(&evidence)),
            [
                "    shown: Yes.\n      | 2026-01-01 10:00  no to everything\n      |     where: elsewhere\u{fffd}[2K\u{fffd}x"
            ]
        );
    }

    #[test]
    fn proof_is_a_name_and_a_text() {
        assert_eq!(pair("form=card-17=b"), Ok(("form".to_owned(), "card-17=b".to_owned())));
        for wrong in ["form", "=x", "Form=x", "a b=x", &format!("x={}", "y".repeat(201))] {
            assert!(pair(wrong).is_err(), "{wrong}");
        }
    }
}
