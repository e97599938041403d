//! What we may do, in words that customers see: `policy.toml` as a type.
//!
//! The policy declares the business, the purposes that people agree to, the fields of customers and records with the
//! purposes they may serve, the caps and the quiet hours. [`parse::parse`] makes it, with every mistake found.

pub mod cap;
pub mod checkout;
pub mod country;
pub mod field;
pub mod level;
pub mod links;
pub mod look;
pub mod matching;
pub mod order;
pub mod own_limit;
pub mod form;
pub mod parse;
pub mod phrase;
pub mod processor;
pub mod quiet;
pub mod recommending;
pub mod request;
pub mod retention;
pub mod sale;
pub mod scope;

pub use cap::Cap;
pub use checkout::{Checkout, Tick};
pub use country::Country;
pub use field::{CalendarPart, Field, FieldType, WrittenBy};
pub use level::Level;
pub use links::{Links, Site};
pub use look::Look;
pub use matching::Matching;
pub use order::{OrderPart, OrderRecord, OrderStatus};
pub use own_limit::{OwnLimit, OwnLimits};
pub use phrase::Phrase;
pub use processor::Processor;
pub use quiet::QuietHours;
pub use recommending::{FavouredValue, GateLimits, Recommending};
pub use request::Request;
pub use sale::Sale;
pub use scope::{AnswerLinks, ConfirmLink, Gathers, Scope};

use crate::{
    base::{EmailAddress, Term, Value, WordingDigest, Zone, value::Fields},
    people::{Answer, Language},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The whole policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who we are.
    pub business: Business,
    /// What people agree to, by key.
    pub purposes: BTreeMap<String, Purpose>,
    /// The declared fields of customers.
    pub customer: BTreeMap<String, Field>,
    /// Record types by name, such as `appointment`.
    pub records: BTreeMap<String, RecordType>,
    /// Whose visit it is, where a calendar names no attendee.
    pub matching: Matching,
    /// Caps over all purposes.
    pub caps: Caps,
    /// When nobody is written to.
    pub quiet_hours: Option<QuietHours>,
    /// Who else works on the data, each by a name of the file's own.
    pub processors: BTreeMap<String, Processor>,
    /// How long things are kept that have no fields.
    pub retention: retention::Terms,
    /// By which rules products are recommended, where they are.
    pub recommending: Option<Recommending>,
    /// Above this level, a workflow is approved only when somebody has signed its impact assessment.
    pub sign_above: Level,
}

impl Policy {
    /// When nobody is written to for a purpose: by its own quiet hours, else by those over all.
    #[must_use]
    pub fn quiet_hours_of(&self, purpose: &str) -> Option<&QuietHours> {
        let own = self.purposes.get(purpose).and_then(|purpose| purpose.quiet_hours.as_ref());
        own.or(self.quiet_hours.as_ref())
    }

    /// A declared field, by its whole name: `customer.first_name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        match name.split_once('.')? {
            ("customer", field) => self.customer.get(field),
            (record, field) => self.records.get(record)?.fields.get(field),
        }
    }

    /// What people read for a declared field, by its whole name; without a title its own name.
    #[must_use]
    pub fn field_title(&self, name: &str, language: &Language) -> String {
        let title = self.field(name).and_then(|field| field.title.as_ref());
        let own = || name.rsplit('.').next().unwrap_or(name).replace('_', " ");
        title.map_or_else(own, |title| title.in_language(language).to_owned())
    }

    /// The record types of this nature that the business tells of, by name: the daemon makes the others.
    pub fn records_of(&self, nature: Nature) -> impl Iterator<Item = &String> + Clone {
        let told = self.records.iter().filter(|(_, record)| !record.is_daemons());
        told.filter(move |(_, record)| record.nature == nature).map(|(name, _)| name)
    }

    /// Whether records of this type change. Those of a type that is gone may.
    #[must_use]
    pub fn nature(&self, record: &str) -> Nature {
        self.records.get(record).map(|record| record.nature).unwrap_or_default()
    }

    /// The record type that calendars fill, where there is one.
    #[must_use]
    pub fn calendar_record(&self) -> Option<(&String, &RecordType)> {
        self.records.iter().find(|(_, record)| record.is_in_calendars())
    }
}

/// Who writes, as every message shows it.
#[derive(Clone, Debug)]
pub struct Business {
    /// The name in `From`.
    pub name: String,
    /// Postal address, in each message's footer.
    pub postal_address: String,
    /// A mailbox that a person reads.
    pub reply_to: EmailAddress,
    /// Where no zone is known for a customer.
    pub time_zone: Zone,
    /// Where no language is known for a customer.
    pub language: Language,
    /// ISO 4217, where an amount names none.
    pub currency: String,
    /// Where links and images may lead.
    pub links: Links,
    /// How the public pages look.
    pub look: Look,
    /// What the privacy notice tells of, that nobody may do untold.
    pub privacy_notice_names: BTreeSet<Practice>,
    /// Whom people may ask about their data, where somebody has that office.
    pub data_protection_officer: Option<String>,
    /// Where people may complain.
    pub supervisory_authority: Option<String>,
}

/// Something that customers must be told of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Practice {
    /// A random part of them gets nothing, to see whether messages help.
    Holdouts,
    /// The beginning of the network address is kept with a yes that is said on our own pages.
    NetworkPrefix,
}

impl Business {
    /// Whether a link of a message may lead there.
    #[must_use]
    pub fn may_link(&self, host: &str, path: &str) -> bool {
        let own = Site::of_mailbox(self.reply_to.domain());
        own.iter().chain(&self.links.to).any(|site| site.holds(host, path)) || self.is_contact(host, path)
    }

    /// Whether a link of a message may lead to this address.
    #[must_use]
    pub fn may_lead(&self, address: &str) -> bool {
        links::host_and_path(address).is_some_and(|(host, path)| self.may_link(&host, path))
    }

    /// Whether a message may show the picture at this address.
    #[must_use]
    pub fn may_show(&self, address: &str) -> bool {
        let holds = |(host, path): (String, &str)| self.links.images.iter().any(|site| site.holds(&host, path));
        links::host_and_path(address).is_some_and(holds)
    }

    /// Whether this page says how to reach the business.
    #[must_use]
    pub fn is_contact(&self, host: &str, path: &str) -> bool {
        let address = format!("https://{host}{}", path.trim_end_matches('/'));
        self.links.contact.contains(&address)
    }
}

/// On which ground messages of a purpose may leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// Service to a live record that the customer made: a visit. Still stoppable.
    Contract,
    /// The customer said yes.
    Consent,
    /// An answer that the person has just asked for: [`Request`] says what.
    Request,
    /// They bought something, and could say no to such messages when their address was taken: [`Sale`].
    SoftOptIn,
}

impl Basis {
    /// Marketing is all that neither a contract needs nor anybody has just asked for.
    #[must_use]
    pub const fn is_marketing(self) -> bool {
        matches!(self, Self::Consent | Self::SoftOptIn)
    }
}

/// One purpose.
#[derive(Clone, Debug)]
pub struct Purpose {
    /// Short, for a heading and a button: "Appointment reminders".
    pub title: String,
    /// What we promise, as people were shown it.
    pub promise: String,
    /// Title and promise, as a digest: what people agree to.
    pub wording: WordingDigest,
    /// Title and promise in other languages.
    pub translations: BTreeMap<Language, Wording>,
    /// The ground.
    pub basis: Basis,
    /// What it rests on, where it rests on a sale.
    pub sale: Option<Sale>,
    /// What stands beside the boxes of a checkout that ask for it.
    pub checkout: Vec<Checkout>,
    /// How long a yes lasts, where it ends, by the business's calendar.
    pub consent_lasts: Option<Term>,
    /// Whether a yes that came by a form or a page holds only when the address itself has confirmed it.
    pub double_opt_in: bool,
    /// Caps of this purpose alone.
    pub caps: Vec<Cap>,
    /// Whether the caps over several purposes hold for its messages. Always for marketing.
    pub obeys_caps: bool,
    /// Whether its messages count for the caps over several purposes. Always for marketing.
    pub counts_toward_caps: bool,
    /// Whether messages that fall due close together may be merged into one.
    pub merging: Merging,
    /// The fields of customers that its prices and discounts may depend on, because its promise says the rule.
    pub prices_depend_on: BTreeSet<String>,
    /// When nobody is written to for this purpose, where that differs from the policy's.
    pub quiet_hours: Option<QuietHours>,
}

/// `may_be_merged`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Merging {
    /// Each message leaves alone: the default.
    #[default]
    No,
    /// A workflow may gather them.
    Allowed,
}

/// A purpose's words in one language.
#[derive(Clone, Debug)]
pub struct Wording {
    /// Short title.
    pub title: String,
    /// The promise.
    pub promise: String,
}

impl Purpose {
    /// The title in this language, else the policy's own.
    #[must_use]
    pub fn title_in(&self, language: &Language) -> &str {
        self.translations.get(language).map_or(&self.title, |w| &w.title)
    }

    /// The promise in this language, else the policy's own.
    #[must_use]
    pub fn promise_in(&self, language: &Language) -> &str {
        self.translations.get(language).map_or(&self.promise, |w| &w.promise)
    }
}

/// Whether a business fact of a type changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Nature {
    /// It may change, and be cancelled: a visit.
    #[default]
    Lasting,
    /// `event = true`: it happens once, and never changes: an enquiry.
    Event,
}

/// A kind of business fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordType {
    /// What people read for one of them, where the policy says it. Without it they read its name.
    pub title: Option<Phrase>,
    /// Whether it changes.
    pub nature: Nature,
    /// Its declared fields.
    pub fields: BTreeMap<String, Field>,
}

impl RecordType {
    /// The field that holds what the customer answered, where there is one.
    #[must_use]
    pub fn answer_field(&self) -> Option<&str> {
        let mut fields = self.fields.iter().filter(|(_, field)| field.written_by == WrittenBy::Answers);
        fields.next().map(|(name, _)| name.as_str())
    }

    /// What the customer answered, by the record's fields.
    #[must_use]
    pub fn answer_in(&self, fields: &Fields) -> Option<Answer> {
        match fields.get(self.answer_field()?) {
            Some(Value::Text(name)) => Answer::named(name),
            _ => None,
        }
    }

    /// Whether calendars fill it: one of its fields is an event's start.
    #[must_use]
    pub fn is_in_calendars(&self) -> bool {
        self.fields.values().any(|field| field.calendar == Some(CalendarPart::Start))
    }

    /// Whether it holds the lines of orders: one of its fields is an ordered product.
    #[must_use]
    pub fn is_of_orders(&self) -> bool {
        self.fields.values().any(|field| field.order == Some(OrderPart::Product))
    }
}

/// Caps over several purposes.
#[derive(Clone, Debug, Default)]
pub struct Caps {
    /// Over everything that is sent: key `all`.
    pub all: Vec<Cap>,
    /// Over all purposes that rest on consent: key `all-marketing`.
    pub all_marketing: Vec<Cap>,
}
