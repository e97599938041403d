//! The gate's values in plain English, for `explain`, the pages and the log: one place, so that all say the same.
//!
//! A reason's [`sentence`](Reason::sentence) stands alone, begins with a capital and ends with a full stop. Moments are
//! shown by the wall clock of a zone that the reader gives, and name it: "08:00 on Tuesday, 30 March (Europe/Paris)".
//!
//! A message is about a visit, a purchase, a birthday or a day of the calendar, and a reason doesn't know which: the words
//! are those that are true of all of them, "what it is about".
//!
//! Invariant: no address, no name and no value of a field can be in here, for none is in a reason.

use super::{
    Outcome, Reason, Until,
    cause::{DraftCause, RunCause},
    clearance::Evidence,
    facts::{Halt, HaltCause},
    finding::Event,
    frequency::{OWN_OF_ALL, OWN_OF_PURPOSE},
};
use crate::{
    base::{Instant, PlanId, Zone},
    people::{BarWord, SuppressionReason},
    policy::{OwnLimit, cap::Window},
};
use chrono::NaiveDate;

/// A moment of these days: `08:00 on Tuesday, 30 March (Europe/Paris)`.
#[must_use]
pub fn moment(at: Instant, zone: Zone) -> String {
    if at == Instant::NEVER {
        return "the end of time".to_owned();
    }
    format!("{} ({zone})", zone.zoned(at).format("%H:%M on %A, %-d %B"))
}

/// A day that may be years ago: `30 March 2026`.
#[must_use]
pub fn day(at: Instant, zone: Zone) -> String {
    zone.zoned(at).format("%-d %B %Y").to_string()
}

/// A length of time in the largest unit that fits: `7 days`, `36 hours`, `1 minute`.
#[must_use]
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        s if s >= 86_400 && s.is_multiple_of(86_400) => (s / 86_400, "day"),
        s if s >= 3_600 && s.is_multiple_of(3_600) => (s / 3_600, "hour"),
        s if s >= 60 && s.is_multiple_of(60) => (s / 60, "minute"),
        s => (s, "second"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `7 days`, `a calendar week`.
#[must_use]
pub fn window(window: Window) -> String {
    match window {
        Window::Rolling(length) => span(length.as_secs()),
        Window::Calendar(unit) => format!("a {}", unit.name()),
    }
}

/// `At most 1 message in a calendar month for "letters"`, without a full stop.
#[must_use]
pub fn own_limit(OwnLimit { purpose, at_most, per }: &OwnLimit) -> String {
    let messages = if at_most.get() == 1 { "message" } else { "messages" };
    let of = if purpose.is_empty() { String::new() } else { format!(" for \"{purpose}\"") };
    format!("At most {at_most} {messages} in {}{of}", window(*per))
}

impl Outcome {
    /// One word for a table.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Hold(_) => "hold",
            Self::Refuse => "refuse",
        }
    }
}

impl Until {
    /// For after "held": `until 08:00 on …`, `until sending is resumed`.
    #[must_use]
    pub fn phrase(self, zone: Zone) -> String {
        match self {
            Self::At(at) => format!("until {}", moment(at, zone)),
            Self::When(Event::HaltLifted) => "until sending is resumed".to_owned(),
            Self::When(Event::StepEnded) => "until the message on its way has its answer".to_owned(),
            Self::When(Event::Approved) => "until somebody approves it".to_owned(),
        }
    }
}

impl HaltCause {
    /// Who or what halted sending, and why.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Operator => "The operator paused sending.",
            Self::Clock => "The computer's clock jumped, so the time is in doubt until it settles.",
            Self::ClockFarAhead => "The computer's clock jumped by more than a day: a person must look.",
            Self::Journal => "Stops wait in the journal to be written to the database.",
            Self::Route => "The mail server refuses us, by authentication, policy or quota.",
            Self::Restored => {
                "The database is an older one, which doesn't know what was sent last: a person must look."
            }
        }
    }
}

impl Halt {
    /// `Halted since 08:00 on …. The operator paused sending.`
    #[must_use]
    pub fn sentence(&self, zone: Zone) -> String {
        format!("Halted since {}. {}", moment(self.since, zone), self.cause.sentence())
    }
}

impl Evidence {
    /// What a permission rested on.
    #[must_use]
    pub fn sentence(self) -> String {
        match self {
            Self::Consent(row) => format!("It rests on the person's consent (row {row})."),
            Self::Contract { record, version } => {
                format!("It rests on what the customer asked for (record {record}, version {version}).")
            }
            Self::Sale { record, version } => {
                format!("It rests on a sale at which the customer could say no (record {record}, version {version}).")
            }
        }
    }
}

impl DraftCause {
    /// Why a workflow of this name is a draft, and what makes it live.
    #[must_use]
    pub fn sentence(self, workflow: &str, zone: Zone) -> String {
        match self {
            Self::NeverApproved => format!("The workflow is a draft: `comity approve {workflow}` makes it live."),
            Self::Changed { approved_at } => {
                let on = day(approved_at, zone);
                format!("The workflow has changed since it was approved on {on}: `comity approve {workflow}`.")
            }
            Self::Withdrawn { at } => {
                let on = day(at, zone);
                format!("The workflow's approval was withdrawn on {on}: `comity approve {workflow}`.")
            }
            Self::ReviewDue { by } => {
                let by = by.format("%-d %B %Y");
                format!(
                    "The workflow was to be reviewed by {by}: look at it, and write another day in {workflow}.toml."
                )
            }
        }
    }
}

impl RunCause {
    /// Why what this workflow would send on this day waits, and what lets it go.
    #[must_use]
    pub fn sentence(self, workflow: &str, on: NaiveDate, above: u32, zone: Zone) -> String {
        let command = format!("`comity approvals show {workflow}@{on}`");
        let on = on.format("%-d %B %Y");
        match self {
            Self::NeverApproved => {
                format!("More than {above} people would get it on {on}, so a person has to say yes: {command}.")
            }
            Self::Changed { approved_at } => {
                let approved_on = day(approved_at, zone);
                format!(
                    "The workflow has changed since what it sends on {on} was approved on {approved_on}: {command}."
                )
            }
            Self::Grown { approved_at, people } => {
                let approved_on = day(approved_at, zone);
                format!(
                    "For {on} {people} people were approved on {approved_on}, and it would be more than a tenth above that: \
                     {command}."
                )
            }
        }
    }
}

impl Reason {
    /// What the rule saw, with moments by the wall clock of `zone`.
    #[must_use]
    pub fn sentence(&self, zone: Zone) -> String {
        let at = |at: &Instant| moment(*at, zone);
        let on = |at: &Instant| day(*at, zone);
        match self {
            Self::Halted { cause, since } => Halt { cause: *cause, since: *since }.sentence(zone),
            Self::MayHaveLeft { came_to } => may_have_left(&at(came_to)),
            Self::Restricted { since, .. } => {
                format!("{} on {}.", BarWord::Restricted.phrase(None), on(since))
            }
            Self::Objected { at: said_at, purpose, .. } => {
                format!("{} on {}.", BarWord::Objected.phrase(purpose.as_deref()), on(said_at))
            }
            Self::Minor { since, .. } => format!("{} on {}.", BarWord::Minor.phrase(None), on(since)),
            Self::Suppressed { why, since, .. } => format!("{} on {}.", suppressed_by(*why), on(since)),
            Self::Sold { at: sold_at, .. } => {
                format!("The person bought on {}, could say no to such messages then, and did not.", on(sold_at))
            }
            Self::SaleExpired { at: sold_at, ended_at } => {
                format!("The person bought on {}; that was a ground to write until {}.", on(sold_at), on(ended_at))
            }
            Self::Agreed { at: agreed_at, .. } => format!("The person agreed on {}.", on(agreed_at)),
            Self::Withdrawn { at: said_at, .. } => format!("The person said no on {}.", on(said_at)),
            Self::ConsentExpired { at: agreed_at, ended_at } => {
                format!("The person agreed on {}; that ended on {}.", on(agreed_at), on(ended_at))
            }
            Self::Reworded { at: agreed_at, .. } => {
                format!("The person agreed on {}, to other words than those that we promise now.", on(agreed_at))
            }
            Self::Unconfirmed { at: agreed_at, .. } => {
                format!("A yes came on {}, and the address itself has not confirmed it.", on(agreed_at))
            }
            Self::Expired { expired_at } => format!("It was of use until {}.", at(expired_at)),
            Self::NotDue { due_at } => format!("It is due at {}.", at(due_at)),
            Self::KnownTooLate { due_at } => format!("It was due at {}, before its occasion was known.", at(due_at)),
            Self::Answered { answer } => format!("The customer answered \"{}\".", answer.words()),
            Self::ConditionFailed { why } => format!("The workflow's condition can't be answered: {why}."),
            Self::RecordCame { kind, known_at } => record_came(kind, &on(known_at)),
            Self::NotRenderable { why } => format!("The template couldn't be filled: {why}."),
            Self::TooSoonAfterStep { left_at, opens_at } => {
                format!("The step before it left at {}, so this one is due at {}.", at(left_at), at(opens_at))
            }
            Self::StepInFlight { plan } => format!("Message {plan}, on the same matter, is on its way."),
            Self::Quiet { until } => format!("It is quiet where the person lives until {}.", at(until)),
            Self::Snoozed { until } => format!("The person asked us to be silent until {}.", at(until)),
            Self::CapFull { cap, at_most, per, same, opens_at, .. } => {
                cap_full(cap, same.as_deref(), *at_most, *per, &at(opens_at))
            }
            Self::KeptFree { cap, workflow, until, .. } => kept_free(cap, workflow, &at(until)),
            Self::EnoughAboutRecord { at_most } => format!("Enough was written about it: {at_most} messages."),
            Self::Approved { at: approved_at, .. } => format!("It was approved on {}.", on(approved_at)),
            Self::HeldOut { percent } => left_alone(*percent),
            Self::Unread { plan, approved_at } => unread(*plan, approved_at.map(|at| day(at, zone))),
            Self::Rejected { at: said_at, .. } => format!("A person rejected it on {}.", on(said_at)),
            Self::ManyPeople { workflow, day, above, why } => why.sentence(workflow, *day, *above, zone),
            Self::Draft { workflow, why } => why.sentence(workflow, zone),
            Self::HoldOutlastsPlan { rule, until, expires_at } => {
                let (until, expires_at) = (at(until), at(expires_at));
                format!("{} would hold it until {until}, but it is of use only until {expires_at}.", rule.holder())
            }
            _ => self.of_everyone().unwrap_or_default().to_owned(),
        }
    }

    /// The sentence, where a message has nothing to rest on.
    const fn of_no_ground(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoSale => "What it is about is no sale with a date, so it rests on nothing.",
            Self::NoOptOutOffered => {
                "Nothing says that the person could say no to such messages when the address was taken."
            }
            Self::NeverAgreed => "The person never agreed to this purpose.",
            Self::PurposeGone => "The policy no longer has this purpose.",
            _ => return None,
        })
    }

    const fn of_what_is_gone(&self) -> Option<&'static str> {
        Some(match self {
            Self::WorkflowGone => "The workflow was removed.",
            Self::StepGone => "The workflow goes on without this step.",
            Self::OccurrenceGone => "What set it off is no longer so.",
            _ => return None,
        })
    }

    /// The sentence, where it says the same of everyone.
    const fn of_everyone(&self) -> Option<&'static str> {
        Some(match self {
            Self::Running => "Sending is not halted.",
            Self::NotRestricted => "The use of the person's data is not restricted.",
            Self::NoObjection => "The person has not objected to this.",
            Self::NoMinor => "The person is not a minor, or it was arranged for them.",
            Self::NotSnoozed => "The person didn't ask us to be silent.",
            Self::NotSuppressed => "The mailbox has not refused this purpose.",
            Self::Contract { .. } => "What the customer asked for stands.",
            Self::NoSale | Self::NoOptOutOffered | Self::NeverAgreed | Self::PurposeGone => return self.of_no_ground(),
            Self::NoLiveRecord => "Nothing that the customer asked for stands.",
            Self::Relevant { .. } => "What it is about stands as planned.",
            Self::RecordCancelled => "What it is about was cancelled.",
            Self::RecordMoved => "What it is about moved to another date.",
            Self::ConditionFalse => "The workflow's condition doesn't hold any more.",
            Self::RecordUnreadable => "What it is about can't be read.",
            Self::WorkflowGone | Self::StepGone | Self::OccurrenceGone => return self.of_what_is_gone(),
            Self::CameBack { .. } => "The customer has come back since.",
            Self::SameDate { .. } => "Another message, about something else of the same date, takes its place.",
            Self::Exited => "The workflow's exit condition holds: nothing more of it is sent.",
            Self::NothingLeftToSay => "None of the messages that went into it is still true and in time.",
            Self::NothingToCorrect => "The customer was told no other date, so there is nothing to correct.",
            Self::DiffersFromUncertain => "An earlier attempt may have arrived, and its text was another.",
            Self::StepBefore { .. } => "The step before it has not ended.",
            Self::InOrder => "No other message on the same matter is on its way.",
            Self::JustAsked => "The person asked for it a moment ago, and waits for it.",
            Self::NotQuiet => "It is not quiet where the person lives.",
            Self::ZoneUnknown { .. } => "The person's time zone can't be read.",
            Self::NothingIsSent => "It is a task for a person: nothing is sent.",
            Self::UnderCaps => "It fits under every cap.",
            Self::OwnLimitUnreadable => "The person's own limit can't be read.",
            Self::NeedsNoApproval => "Nobody needs to approve it.",
            Self::NotHeldOut => "The person is not left out.",
            Self::Halted { .. }
            | Self::MayHaveLeft { .. }
            | Self::Restricted { .. }
            | Self::Objected { .. }
            | Self::Minor { .. }
            | Self::Suppressed { .. }
            | Self::Agreed { .. }
            | Self::Sold { .. }
            | Self::SaleExpired { .. }
            | Self::Withdrawn { .. }
            | Self::ConsentExpired { .. }
            | Self::Reworded { .. }
            | Self::Unconfirmed { .. }
            | Self::Expired { .. }
            | Self::Snoozed { .. }
            | Self::NotDue { .. }
            | Self::KnownTooLate { .. }
            | Self::Answered { .. }
            | Self::ConditionFailed { .. }
            | Self::RecordCame { .. }
            | Self::NotRenderable { .. }
            | Self::TooSoonAfterStep { .. }
            | Self::StepInFlight { .. }
            | Self::Quiet { .. }
            | Self::CapFull { .. }
            | Self::KeptFree { .. }
            | Self::EnoughAboutRecord { .. }
            | Self::Approved { .. }
            | Self::HeldOut { .. }
            | Self::Unread { .. }
            | Self::Rejected { .. }
            | Self::ManyPeople { .. }
            | Self::Draft { .. }
            | Self::HoldOutlastsPlan { .. } => return None,
        })
    }
}

fn may_have_left(came_to: &str) -> String {
    format!("It was due before {came_to}, when the database was lost that an older one replaced: it may have left.")
}

fn record_came(kind: &str, since: &str) -> String {
    format!("The customer has a new {kind} since {since}, which ends the workflow.")
}

fn left_alone(percent: u8) -> String {
    format!("The person is among the {percent} % whom this workflow leaves alone, for comparison.")
}

fn cap_full(cap: &str, same: Option<&str>, at_most: u32, per: Window, until: &str) -> String {
    let about = match same {
        None => String::new(),
        Some("record") => " about the same record".to_owned(),
        Some(field) => format!(" about the same {field}"),
    };
    format!("The {}, at most {at_most} in {}{about}, is full until {until}.", named(cap), window(per))
}

fn kept_free(cap: &str, workflow: &str, until: &str) -> String {
    format!("The last place under the {} is kept for `{workflow}` until {until}.", named(cap))
}

/// For after "the".
fn named(cap: &str) -> String {
    match cap {
        OWN_OF_ALL => "person's own limit over everything".to_owned(),
        OWN_OF_PURPOSE => "person's own limit on this purpose".to_owned(),
        of_policy => format!("cap \"{of_policy}\""),
    }
}

/// What a mailbox's refusal came from.
const fn suppressed_by(why: SuppressionReason) -> &'static str {
    match why {
        SuppressionReason::Stopped => "Somebody at this mailbox clicked stop",
        SuppressionReason::NoSuchMailbox => "The mail server said that there is no such mailbox",
        SuppressionReason::Operator => "The operator closed this mailbox",
        SuppressionReason::Erased => "All that was known about this person was erased",
    }
}

/// What a message waits for that a person reads before it leaves, and did read on a day in other words.
fn unread(plan: PlanId, approved_on: Option<String>) -> String {
    match approved_on {
        None => format!("Each message of this workflow waits for a person: `comity approvals show {plan}`."),
        Some(on) => {
            format!("It reads otherwise than what was approved on {on}: `comity approvals show {plan}`.")
        }
    }
}
