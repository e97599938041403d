//! What `comity explain` tells, as values: JSON prints them, and the sentences are made from them.

use crate::{
    base::{Instant, PlanId, Zone},
    cli::approvals::history,
    engine::office::account::Account,
    gate::{Finding, Rule, choice::Choice, finding::Event, sentence::moment},
    ledger::{Allowed, Entry, Ruling},
    store::Kept,
};
use serde::{Serialize, Serializer};

/// One thing that happened: a line of `--json`, and what the text is made from.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    time: String,
    pub sentence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ruling: Option<Spelled<'a>>,
    /// What somebody said, where the gate went by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<&'a Kept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_can: Option<Choice>,
    #[serde(flatten)]
    pub entry: &'a Entry,
}

/// A hold or a refusal, spelled out.
#[derive(Serialize)]
struct Spelled<'a> {
    rule: Rule,
    question: &'static str,
    /// `{"from": "2027-03-30T08:00:00Z"}`, `{"when": "halt-lifted"}` or `"never"`.
    allowed: Opening,
    /// The hold behind a refusal that only says that it would have lasted too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    behind: Option<String>,
    filled_by: Vec<Place<'a>>,
    found: Vec<Found>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Opening {
    From(Time),
    #[serde(rename = "when")]
    Upon(Event),
    Never,
}

/// An instant as people read it in JSON.
struct Time(Instant);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A place of a full cap, and the message that took it.
#[derive(Serialize)]
struct Place<'a> {
    message: PlanId,
    workflow: &'a str,
    step: Option<&'a str>,
    /// What it was about, by its id in its source.
    record: Option<&'a str>,
    /// Whose it was: whoever shares a mailbox shares its caps.
    customer: Option<&'a str>,
    at: Time,
}

/// What one rule found.
#[derive(Serialize)]
pub(super) struct Found {
    pub rule: &'static str,
    pub outcome: &'static str,
    pub sentence: String,
}

/// Takes it out of the account.
pub(super) fn told<'a>(entry: &'a Entry, account: &'a Account, zone: Zone) -> Told<'a> {
    Told {
        time: entry.at.to_string(),
        sentence: entry.happening.sentence(zone),
        ruling: entry.happening.ruling().map(|ruling| spelled(&ruling, account, zone)),
        word: entry.happening.word().and_then(|row| account.words.iter().find(|kept| kept.word.row == row)),
        customer_can: entry.happening.choice(),
        entry,
    }
}

fn spelled<'a>(ruling: &Ruling<'a>, account: &'a Account, zone: Zone) -> Spelled<'a> {
    let filled_by = ruling.counted().iter().map(|counted| {
        let known = account.counted.iter().find(|known| known.plan == counted.plan);
        Place {
            message: counted.plan,
            workflow: &counted.workflow,
            step: known.map(|known| known.step.as_str()),
            record: known.map(|known| known.record.as_str()),
            customer: known.and_then(|known| known.customer.as_deref()),
            at: Time(counted.at),
        }
    });
    Spelled {
        rule: ruling.rule,
        question: ruling.rule.question(),
        allowed: match ruling.allowed {
            Allowed::From(at) => Opening::From(Time(at)),
            Allowed::When(event) => Opening::Upon(event),
            Allowed::Never => Opening::Never,
        },
        behind: ruling.behind().map(|reason| reason.sentence(zone)),
        filled_by: filled_by.collect(),
        found: ruling.findings.iter().map(|finding| found(finding, zone)).collect(),
    }
}

fn found(finding: &Finding, zone: Zone) -> Found {
    let Finding { rule, outcome, reason } = finding;
    Found { rule: rule.name(), outcome: outcome.word(), sentence: reason.sentence(zone) }
}

impl Told<'_> {
    /// What stands under the sentence.
    pub fn lines(&self, zone: Zone) -> Vec<String> {
        let mut lines = self.ruling.as_ref().map(|ruling| ruling.lines(zone)).unwrap_or_default();
        lines.extend(self.word.map(|kept| history::sentence(kept, zone)));
        lines.extend(self.customer_can.map(|choice| choice.sentence().to_owned()));
        lines
    }

    /// What each rule found, of a ruling that says it.
    pub fn found(&self) -> Option<&[Found]> {
        self.ruling.as_ref().map(|ruling| ruling.found.as_slice()).filter(|found| !found.is_empty())
    }
}

impl Spelled<'_> {
    fn lines(&self, zone: Zone) -> Vec<String> {
        let mut lines = vec![format!("The rule {}: {}", self.rule.name(), self.question)];
        lines.extend(self.behind.clone());
        lines.extend(self.filled_by.iter().map(|place| place.line(zone)));
        lines
    }
}

impl Place<'_> {
    fn line(&self, zone: Zone) -> String {
        let Self { message, workflow, at, .. } = self;
        let step = self.step.map(|step| format!(" {step}")).unwrap_or_default();
        let record = self.record.map(|record| format!(" about {record}")).unwrap_or_default();
        let customer = self.customer.map(|customer| format!(" to {customer}")).unwrap_or_default();
        format!("Counted: message {message}, {workflow}{step}{record}{customer}, at {}.", moment(at.0, zone))
    }
}
