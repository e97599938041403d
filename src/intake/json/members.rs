//! The members of each resource of the API: one table, for the reader and for the OpenAPI document.

use crate::{
    intake::columns::{self, Column, Sheet},
    ledger::EventKind,
    people::{BarWord, ConsentKind, consent::ConsentMethod},
    policy::{FieldType, Nature, Policy},
};

/// What may be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `customers`.
    Customers,
    /// `records/{type}`.
    Records(String),
    /// `consents`.
    Consents,
    /// `bars`.
    Bars,
    /// `limits`.
    Limits,
    /// `events`.
    Events,
    /// `products`.
    Products,
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub holds: Holds,
    /// Whether it must be there.
    pub need: Need,
    /// What it is, for the reader of the document.
    pub about: &'static str,
}

/// Whether a member must be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// It must, and hold something.
    Must,
    /// It may.
    May,
}

/// What a member holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holds {
    /// What a column of a file holds.
    Column(Column),
    /// Text.
    Text,
    /// A date and time that is past.
    Past,
    /// A date and time after another one.
    Later,
    /// One of these words.
    Word(Vec<String>),
    /// A number of messages, at least one.
    Count,
    /// A stretch of time, by its length or its name.
    Window,
    /// Texts by names of the sender's own.
    Proof,
}

/// One form that an object may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The word by which it is known, where there are several forms.
    pub word: Option<String>,
    /// What it says.
    pub about: &'static str,
    /// Its members.
    pub members: Vec<Member>,
}

/// What a person can say about their own limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Says {
    /// So many messages at most.
    AtMost,
    /// No limit.
    NoLimit,
}

/// All forms of a resource's objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    /// The member whose word says which form it is, where there are several.
    pub by: Option<&'static str>,
    /// The forms.
    pub forms: Vec<Form>,
}

/// The words of a consent's `state`.
pub const STATES: [(&str, ConsentKind); 2] = [("granted", ConsentKind::Granted), ("withdrawn", ConsentKind::Withdrawn)];

/// The words of a limit's `state`.
pub const LIMITS: [(&str, Says); 2] = [("limited", Says::AtMost), ("lifted", Says::NoLimit)];

impl Resource {
    /// The forms of its objects under this policy.
    #[must_use]
    pub fn forms(&self, policy: &Policy) -> Forms {
        match self {
            Self::Customers => {
                Forms { by: None, forms: vec![sheet(&Sheet::Customers, policy, "A customer: the person written to.")] }
            }
            Self::Records(kind) => {
                let about =
                    "A business fact about a customer. Members that are left out stay as they are; null removes.";
                Forms { by: None, forms: vec![sheet(&Sheet::Records(kind.clone()), policy, about)] }
            }
            Self::Consents => Forms { by: Some("state"), forms: STATES.map(|state| consent(state, policy)).to_vec() },
            Self::Bars => Forms { by: Some("state"), forms: BarWord::ALL.map(|state| bar(state, policy)).to_vec() },
            Self::Products => Forms { by: None, forms: vec![product()] },
            Self::Limits => Forms { by: Some("state"), forms: LIMITS.map(|state| limit(state, policy)).to_vec() },
            Self::Events => {
                let known = EventKind::ALL.into_iter().map(|kind| event(kind, policy));
                let declared = policy.records_of(Nature::Event).map(|kind| declared(kind, policy));
                Forms { by: Some("type"), forms: known.chain(declared).collect() }
            }
        }
    }
}

impl Forms {
    /// The words that `by` may hold.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        self.forms.iter().filter_map(|form| form.word.as_deref()).collect()
    }
}

fn member(name: &str, holds: Holds, need: Need, about: &'static str) -> Member {
    Member { name: name.to_owned(), holds, need, about }
}

fn proof() -> Member {
    member("proof", Holds::Proof, Need::May, "What else shows it, by names of your own. It is kept sealed.")
}

fn sheet(sheet: &Sheet, policy: &Policy, about: &'static str) -> Form {
    let members = columns::known(sheet, policy).into_iter().filter_map(|(name, column)| {
        let (need, about) = match (&column, sheet) {
            // Consents have a resource of their own, with their evidence.
            (Column::Consent(_) | Column::Ignored, _) => return None,
            (Column::Id, Sheet::Customers) => {
                (Need::May, "The source's own id of the customer. Without it the mailbox says who it is.")
            }
            (Column::Id, Sheet::Records(_)) => (Need::Must, "The source's own id of it, unique in its type."),
            (Column::Email, _) => (Need::Must, "Where to write."),
            (Column::Language, _) => (Need::May, "The customer's language."),
            (Column::Zone, _) => (Need::May, "The customer's time zone, by its IANA name."),
            (Column::Customer, _) => (Need::Must, "Whose: the customer's id or address."),
            (Column::Field(name, _), Sheet::Records(_)) if name == "status" => {
                (Need::May, "`cancelled` takes the record back: its messages don't leave.")
            }
            (Column::Field(..), _) => (Need::May, "Declared in policy.toml."),
        };
        Some(Member { name, holds: Holds::Column(column), need, about })
    });
    Form { word: None, about, members: members.collect() }
}

fn consent((word, kind): (&'static str, ConsentKind), policy: &Policy) -> Form {
    let purposes = policy.purposes.keys().cloned().collect();
    let methods = ConsentMethod::VOUCHED.map(|(word, _)| word.to_owned()).to_vec();
    let (wording, about) = match kind {
        ConsentKind::Granted => {
            (Need::Must, "Somebody agreed. After their own no it is kept as history, and nothing is sent.")
        }
        ConsentKind::Withdrawn => (Need::May, "Somebody said no. It is a stop: answered when it holds."),
    };
    let mut members = vec![
        member("state", Holds::Word(vec![word.to_owned()]), Need::Must, "Yes or no."),
        member("customer", Holds::Column(Column::Customer), Need::Must, "Whose: the customer's id or address."),
        member("purpose", Holds::Word(purposes), Need::Must, "What for: a purpose of policy.toml."),
        member("at", Holds::Past, Need::Must, "When it was said; by the business's clock where no zone is named."),
        member("method", Holds::Word(methods), Need::Must, "How it was said."),
        member("wording", Holds::Text, wording, "The words that the person was shown or told."),
        member("place", Holds::Text, Need::May, "Where: a page's address, a form's number, a shop."),
        member("actor", Holds::Text, Need::May, "Who wrote it down."),
        proof(),
    ];
    if kind == ConsentKind::Granted {
        let language = Holds::Column(Column::Language);
        members.push(member("language", language, Need::May, "In which language the words were shown."));
        members.push(member("until", Holds::Later, Need::May, "When it ends, where they agreed for a time."));
    }
    Form { word: Some(word.to_owned()), about, members }
}

fn bar((word, said): (&'static str, BarWord), policy: &Policy) -> Form {
    let (place, about) = match said {
        BarWord::Objected => {
            (Need::May, "Somebody objects. Only they can take it back, by a confirmation from the mailbox itself.")
        }
        BarWord::Restricted => (Need::May, "The use of their data is restricted: only what they ask for is sent."),
        BarWord::Unrestricted => (Need::Must, "The restriction is lifted. They must have been told before."),
        BarWord::Minor => (Need::May, "The person is a child: no yes of theirs counts, and only services are sent."),
        BarWord::OfAge => (Need::May, "The person is a child no more."),
    };
    let mut members = vec![
        member("state", Holds::Word(vec![word.to_owned()]), Need::Must, "What was said."),
        member("customer", Holds::Column(Column::Customer), Need::Must, "Whose: the customer's id or address."),
        member("at", Holds::Past, Need::Must, "When it was said; by the business's clock where no zone is named."),
        member("place", Holds::Text, place, "Where it is written or was said: a letter, a form's number, a call."),
        member("actor", Holds::Text, Need::May, "Who wrote it down."),
        proof(),
    ];
    if said == BarWord::Objected {
        let purposes = policy.purposes.keys().cloned().collect();
        members.push(member("purpose", Holds::Word(purposes), Need::May, "To what. Without it: to all marketing."));
    }
    Form { word: Some(word.to_owned()), about, members }
}

fn limit((word, says): (&'static str, Says), policy: &Policy) -> Form {
    let purposes = policy.purposes.keys().cloned().collect();
    let about = match says {
        Says::AtMost => {
            "A limit that the customer wants beside the policy's caps; it takes the place of their last one."
        }
        Says::NoLimit => "The customer wants no limit of their own any more.",
    };
    let mut members = vec![
        member("state", Holds::Word(vec![word.to_owned()]), Need::Must, "A limit, or none."),
        member("customer", Holds::Column(Column::Customer), Need::Must, "Whose: the customer's id or address."),
        member("purpose", Holds::Word(purposes), Need::May, "Of which messages. Without it: of all together."),
    ];
    if says == Says::AtMost {
        members.push(member("at_most", Holds::Count, Need::Must, "How many messages."));
        members.push(member("per", Holds::Window, Need::Must, "In which time: `30 days`, `calendar month`."));
    }
    Form { word: Some(word.to_owned()), about, members }
}

fn event(kind: EventKind, policy: &Policy) -> Form {
    let mut members = vec![
        member("type", Holds::Word(vec![kind.name().to_owned()]), Need::Must, "What happened."),
        member("id", Holds::Text, Need::Must, "The source's own id of the event: one id, one event, for ever."),
        member("at", Holds::Past, Need::Must, "When; by the business's clock where no zone is named."),
    ];
    match kind {
        EventKind::RecordCancelled | EventKind::RecordKept | EventKind::RecordMissed => {
            let kinds = policy.records_of(Nature::Lasting).cloned().collect();
            members.push(member("record_type", Holds::Word(kinds), Need::Must, "The record's type in policy.toml."));
            members.push(member("record", Holds::Text, Need::Must, "The record's id."));
        }
        EventKind::CustomerStopped => {
            let purposes = policy.purposes.keys().cloned().collect();
            let whose = "Whose: the customer's id or address.";
            members.push(member("customer", Holds::Column(Column::Customer), Need::Must, whose));
            members.push(member(
                "purpose",
                Holds::Word(purposes),
                Need::May,
                "From what. Without it: from everything.",
            ));
        }
    }
    Form { word: Some(kind.name().to_owned()), about: kind.sentence(), members }
}

/// An event that policy.toml declares.
fn declared(kind: &str, policy: &Policy) -> Form {
    let about = "It happened: workflows with `on = \"event\"` begin.";
    let mut form = sheet(&Sheet::Records(kind.to_owned()), policy, about);
    form.word = Some(kind.to_owned());
    form.members.insert(0, member("type", Holds::Word(vec![kind.to_owned()]), Need::Must, "What happened."));
    form
}

/// The members of a product. What columns of a catalogue are called, they are called too.
fn product() -> Form {
    let column = |name: &str, kind| Holds::Column(Column::Field(name.to_owned(), kind));
    let may = |name, kind, about| member(name, column(name, kind), Need::May, about);
    let members = vec![
        member("sku", Holds::Text, Need::Must, "Its own name in the shop, which stays when it is called otherwise."),
        member("name", Holds::Text, Need::Must, "What people call it."),
        may("category", FieldType::Text, "Its category."),
        may("price", FieldType::Money, "What it costs, in the business's currency."),
        may("url", FieldType::Text, "Where it is sold: a page that the business may link to."),
        may("image", FieldType::Text, "A picture, from where images may come from."),
        may("stock", FieldType::Boolean, "Whether it can be had."),
        may("maker", FieldType::Text, "Who makes it."),
        may("values", FieldType::Text, "What you say of it: `local, seasonal`."),
        may("sensitive", FieldType::Boolean, "It says too much of whoever buys it: it is never recommended or named."),
        may("listed", FieldType::Boolean, "`false` takes it out of the catalogue."),
    ];
    let about = "A product that is sold. Members that are left out stay as they are; null removes.";
    Form { word: None, about, members }
}
