//! The record of processing activities that GDPR 30(1) wants, in its order: who answers, and for each purpose whose data,
//! which, who else sees them, where they go, for how long, and what protects them.
//!
//! It is made from the same facts as the privacy notice, and tells no more than they do: what a business does with paper, a
//! till or a web site is for its own record.

use super::{
    Facts,
    facts::{Controller, Helps, Serves},
    told::term,
    words,
};
use crate::{
    people::Language,
    policy::{Basis, Request},
    render::Flow,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ropa {
    /// 30(1)(a).
    pub controller: Controller,
    /// 30(1)(b) to (f), one for each purpose.
    pub activities: BTreeMap<String, Activity>,
    /// 30(1)(d): who else works on the data, by the policy's names.
    pub recipients: BTreeMap<String, Helps>,
    /// 30(1)(e): those outside the EU and the countries that it finds adequate.
    pub transfers: Vec<Transfer>,
    /// 30(1)(g).
    pub security: [&'static str; 8],
}

/// What is done for one purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// Its title.
    pub title: String,
    /// What is promised for it.
    pub promise: String,
    /// The ground, by its article.
    pub basis: &'static str,
    /// Whose data.
    pub people: &'static str,
    /// The workflows that do it.
    pub workflows: BTreeSet<String>,
    /// Which data are read.
    pub data: Vec<Kind>,
}

/// A kind of data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// By the policy's name.
    pub field: String,
    /// What people read for it, where the policy says it.
    pub title: Option<String>,
    /// Its category in the fideslang taxonomy.
    pub category: Option<String>,
    /// Whether the policy calls it sensitive.
    pub sensitive: bool,
    /// Until when it is kept.
    pub until: String,
}

/// Data that leave for a country whose law doesn't protect them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// To whom.
    pub to: String,
    /// Where.
    pub country: String,
    /// What protects them.
    pub safeguard: String,
}

/// What holds for every installation.
const SECURITY: [&str; 8] = [
    "purpose limitation: a template or condition that reads a field of another purpose does not load",
    "addresses, fields and evidence are sealed in the database (ChaCha20-Poly1305), bound to table, column and row",
    "the data directory and the control socket are the service account's alone",
    "mail leaves over TLS with a checked certificate, unless the server is on the same machine",
    "logs carry numbers, never an address, a text or a link",
    "links are signed, tell the mailbox masked, and a GET changes nothing",
    "the ledger is a signed hash chain: an entry that is changed, removed or reordered is found",
    "no tracking: neither pixels nor redirects, and no cookies on the pages",
];
/// Of what needs no declaration.
const WHILE_CUSTOMER: &str = "while they are a customer";

/// The record, from the facts and from what each workflow reads.
#[must_use]
pub fn ropa(facts: &Facts, flows: &[Flow], language: &Language) -> Ropa {
    let of = |(key, serves): (&String, &Serves)| {
        let kind = |field: &String| kind(field, facts, language);
        let workflows = flows.iter().filter(|flow| flow.purpose == *key).map(|flow| flow.workflow.clone());
        let activity = Activity {
            title: serves.title.in_language(language).to_owned(),
            promise: serves.promise.in_language(language).to_owned(),
            basis: match serves.answers {
                Some(Request::Data) => OWN_DATA,
                Some(Request::Address) => OWN_ADDRESS,
                Some(Request::SignUp) | None => basis(serves.basis),
            },
            people: match (serves.basis, serves.answers) {
                (Basis::Contract | Basis::Consent | Basis::SoftOptIn, _) => "customers",
                (Basis::Request, Some(Request::Data)) => "customers who ask for their data",
                (Basis::Request, Some(Request::Address)) => "customers who have another address, and whoever has that",
                (Basis::Request, Some(Request::SignUp) | None) => {
                    "people whose address was typed into the sign-up form"
                }
            },
            workflows: workflows.collect(),
            data: serves.reads.iter().map(kind).collect(),
        };
        (key.clone(), activity)
    };
    let transfers = facts.processors.values().filter(|helps| helps.country.needs_safeguard()).map(|helps| Transfer {
        to: helps.name.clone(),
        country: helps.country.to_string(),
        safeguard: helps.safeguard.clone().unwrap_or_default(),
    });
    Ropa {
        controller: facts.controller.clone(),
        activities: facts.purposes.iter().map(of).collect(),
        recipients: facts.processors.clone(),
        transfers: transfers.collect(),
        security: SECURITY,
    }
}

fn kind(field: &str, facts: &Facts, language: &Language) -> Kind {
    let datum = facts.data.get(field);
    let keep = datum.and_then(|datum| datum.keep);
    Kind {
        field: field.to_owned(),
        title: facts.title_of(field, language).map(str::to_owned),
        category: datum.and_then(|datum| datum.category.clone()),
        sensitive: datum.is_some_and(|datum| datum.sensitive),
        until: keep.map_or_else(|| WHILE_CUSTOMER.to_owned(), |keep| term(keep, words::of("en"))),
    }
}

/// The ground of what answers those who ask for their own data.
const OWN_DATA: &str = "legal obligation, GDPR 6(1)(c): it answers who asks for their own data (GDPR 12 to 20)";

/// The ground of what asks both mailboxes before an address is changed.
const OWN_ADDRESS: &str = "legal obligation, GDPR 6(1)(c): it puts an address right for who asks for it (GDPR 16)";

/// A ground, by its article.
#[must_use]
pub const fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Contract => "contract, GDPR 6(1)(b)",
        Basis::Consent => "consent, GDPR 6(1)(a)",
        Basis::Request => "legitimate interest, GDPR 6(1)(f): nobody is signed up by somebody else",
        Basis::SoftOptIn => {
            "legitimate interest, GDPR 6(1)(f): a sale at which they could say no (ePrivacy Directive 13(2))"
        }
    }
}

impl Ropa {
    /// As Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let Controller { name, postal_address, mailbox, officer, authority, .. } = &self.controller;
        let mut text = format!(
            "# Record of processing activities (GDPR 30)\n\n- Controller: {name}, {postal_address}, {mailbox}\n"
        );
        let others = [("Data protection officer", officer), ("Supervisory authority", authority)];
        for (what, who) in others.into_iter().filter_map(|(what, who)| Some((what, who.as_ref()?))) {
            let _ = writeln!(text, "- {what}: {who}");
        }
        for (key, activity) in &self.activities {
            activity.write(key, &mut text);
        }
        text.push_str("\n## Recipients\n\n");
        for Helps { name, country, purpose, contract, safeguard } in self.recipients.values() {
            let safeguard = safeguard.as_ref().map(|safeguard| format!("; safeguard: {safeguard}")).unwrap_or_default();
            let _ = writeln!(text, "- {name} ({country}): {}; contract of {contract}{safeguard}", purpose.own());
        }
        if self.recipients.is_empty() {
            text.push_str("None but the customers' own mail providers.\n");
        }
        text.push_str("\n## Transfers to third countries\n\n");
        for Transfer { to, country, safeguard } in &self.transfers {
            let _ = writeln!(text, "- {to} ({country}), by {safeguard}");
        }
        if self.transfers.is_empty() {
            text.push_str("None.\n");
        }
        text.push_str("\n## Security\n\n");
        for measure in self.security {
            let _ = writeln!(text, "- {measure}");
        }
        text
    }
}

impl Kind {
    /// `what you come for (appointment.service, sensitive)`, or `appointment.service (sensitive)`.
    fn name(&self) -> String {
        let (name, field) = self.title.as_ref().map_or((&self.field, None), |title| (title, Some(self.field.as_str())));
        let more: Vec<&str> = field.into_iter().chain(self.sensitive.then_some("sensitive")).collect();
        if more.is_empty() { name.clone() } else { format!("{name} ({})", more.join(", ")) }
    }
}

impl Activity {
    fn write(&self, key: &str, text: &mut String) {
        let Self { title, promise, basis, people, workflows, data } = self;
        let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
        let workflows = if workflows.is_empty() { "none yet".to_owned() } else { workflows.join(", ") };
        let _ = write!(
            text,
            "\n## {title} ({key})\n\n{promise}\n\n- Ground: {basis}\n- People: {people}\n- Workflows: {workflows}\n"
        );
        if data.is_empty() {
            return;
        }
        text.push_str("\n| data | category | kept |\n|---|---|---|\n");
        for kind in data {
            let (category, until) = (kind.category.as_deref().unwrap_or_default(), &kind.until);
            let _ = writeln!(text, "| {} | {category} | {until} |", kind.name());
        }
    }
}
