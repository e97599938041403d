//! What the gate ruled about a message, taken out of its line of the ledger: which rule decided, what it saw then, when it
//! would be allowed, and what the customer can change.

use super::Happening;
use crate::{
    base::Instant,
    gate::{Finding, Reason, Rule, Until, choice::Choice, finding::Event, reason::Counted},
};

/// See the module.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<'a> {
    /// The rule that decided.
    pub rule: Rule,
    /// What it saw.
    pub reason: &'a Reason,
    /// When the message would be allowed, as far as this rule goes.
    pub allowed: Allowed,
    /// What each rule found; nothing where the message could not be made.
    pub findings: &'a [Finding],
}

/// When a message would be allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allowed {
    /// From this instant on.
    From(Instant),
    /// When this happens.
    When(Event),
    /// Never.
    Never,
}

impl Happening {
    /// The ruling, of a hold or a refusal.
    #[must_use]
    pub fn ruling(&self) -> Option<Ruling<'_>> {
        match self {
            Self::Held { rule, reason, until, findings } => {
                let allowed = match until {
                    Until::At(at) => Allowed::From(*at),
                    Until::When(event) => Allowed::When(*event),
                };
                Some(Ruling { rule: *rule, reason, allowed, findings })
            }
            Self::Refused { rule, reason, findings } => {
                Some(Ruling { rule: *rule, reason, allowed: Allowed::Never, findings })
            }
            _ => None,
        }
    }

    /// The row of the person's word by which the gate said it.
    #[must_use]
    pub fn word(&self) -> Option<i64> {
        match self {
            Self::Permitted { approval, .. } => *approval,
            _ => match self.ruling()?.reason {
                Reason::Rejected { row, .. } => Some(*row),
                _ => None,
            },
        }
    }

    /// What the customer can change about what the gate said.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        match self {
            Self::Permitted { .. } => Some(Choice::Stop),
            _ => self.ruling().map(|ruling| ruling.saw().choice()),
        }
    }
}

impl<'a> Ruling<'a> {
    /// The hold behind a refusal that only says that it would have lasted too long.
    #[must_use]
    pub fn behind(&self) -> Option<&'a Reason> {
        let Reason::HoldOutlastsPlan { rule, .. } = self.reason else { return None };
        self.findings.iter().find(|finding| finding.rule == *rule).map(|finding| &finding.reason)
    }

    /// The messages that filled the cap, where a full one decided.
    #[must_use]
    pub fn counted(&self) -> &'a [Counted] {
        match self.saw() {
            Reason::CapFull { filled_by, .. } => filled_by,
            _ => &[],
        }
    }

    /// What the rule itself saw.
    fn saw(&self) -> &'a Reason {
        self.behind().unwrap_or(self.reason)
    }
}
