//! What a message may not do, as values: each with its sentence, and what to write instead.

use crate::{document::Complaint, render::Part};

/// One dishonesty.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Dishonest {
    /// The subject pretends to answer or to forward something.
    FakeReply(String),
    /// Words that hurry people, in a message that is sent again and again.
    Pressure(String),
    /// An end that comes near, without its date.
    Deadline(String),
    /// The stop link or the sender's address is there, and nobody sees it.
    Hidden(&'static str),
    /// It is there for some customers only.
    NotAlways(&'static str),
    /// Nothing says why the message came. An example of what would.
    NoReason(&'static str),
    /// One body says in words what the other doesn't.
    Unlike { only: Part, words: Vec<String> },
    /// One body shows fields, numbers or links that the other doesn't.
    Missing { only: Part, facts: Vec<String> },
    /// Larger than mail programs show, in bytes.
    TooLarge(usize),
    /// A link without a host leads nowhere from a mail.
    Nowhere(String),
    /// A link that does something else than to lead to a page.
    NoPage(String),
    /// An address that looks like another one.
    Disguised,
    /// A link to a host that isn't the business's.
    Elsewhere(String),
    /// One of our links inside of another one: a redirection.
    Wrapped(String),
    /// A link that knows the customer.
    Personal(String),
    /// An image that knows who looks at it.
    PersonalImage(String),
    /// A link or an image that hangs on what is known of the customer.
    Divided(String),
    /// An image or a font that is fetched when the message is read.
    Remote(String),
    /// A link of a service message that leads away from the record.
    BesideTheRecord { record: String },
    /// A written amount in a service message.
    Price { amount: String, record: String },
    /// An offer in a service message.
    Offer(String),
    /// An amount that is the customer's own.
    CustomersPrice(String),
    /// A price or a discount that hangs on what is known of the customer.
    Bargain { what: String, asked: String },
    /// A discount that the workflow's conditions keep for some.
    Audience { what: String, asked: String },
    /// A price or discount by a rule that nobody is told.
    Unpromised { what: String, asked: String },
    /// The languages name different amounts.
    LanguagePrices { here: String, there: String },
}

impl Dishonest {
    /// For the person who wrote it.
    pub(super) fn complaint(&self) -> Complaint {
        let (message, label, help) = self.words();
        Complaint::new(message, label, help)
    }

    fn words(&self) -> (String, &'static str, String) {
        match self {
            Self::FakeReply(prefix) => (
                format!("`{prefix}` says that this answers or forwards a message, and there was none"),
                "no answer",
                "begin with what the message is about".into(),
            ),
            Self::Pressure(phrase) => (
                format!("\"{phrase}\" hurries people, and a workflow says it to everyone, again and again"),
                "pressure",
                "say what there is and until which date, and leave the rest to them".into(),
            ),
            Self::Deadline(phrase) => (
                format!("\"{phrase}\" counts down, and nothing here says to which date"),
                "no date",
                "write the date into the same paragraph: {{date …}}; or leave the countdown out".into(),
            ),
            Self::Hidden(name) => (
                format!("`{name}` stands where nobody sees it"),
                "hidden",
                "show it in the text, with words to click on, in a size and a colour that people can read".into(),
            ),
            Self::NotAlways(name) => (
                format!("the body shows `{name}` only where a condition holds"),
                "not for everyone",
                "write it outside of every {{#if}}, {{else}} and {{#unless}}".into(),
            ),
            Self::NoReason(example) => (
                "the body doesn't say why it came".into(),
                "no reason",
                format!("write a line such as \"{example}\", and what they asked for or have with you"),
            ),
            Self::TooLarge(bytes) => (
                format!("the message is {} kB large, and Gmail cuts it off at 102, the stop link first", bytes / 1000),
                "too large",
                "keep subject, HTML and text below 100 kB together: shorter styles, fewer words".into(),
            ),
            Self::Unlike { only, words } => {
                let what = format!("says what the other body doesn't: {}", words.join(", "));
                difference(*only, &what)
            }
            Self::Missing { only, facts } => {
                let what = format!("shows {}, and the other body doesn't", facts.join(", "));
                difference(*only, &what)
            }
            Self::Price { .. }
            | Self::Offer(_)
            | Self::CustomersPrice(_)
            | Self::Bargain { .. }
            | Self::Audience { .. }
            | Self::Unpromised { .. }
            | Self::LanguagePrices { .. } => self.price(),
            _ => self.address(),
        }
    }

    fn address(&self) -> (String, &'static str, String) {
        match self {
            Self::Nowhere(address) => (
                format!("`{address}` leads nowhere from a mail"),
                "no host",
                "write the whole address: https://salon.example/…".into(),
            ),
            Self::NoPage(scheme) => (
                format!("`{scheme}:` is not the address of a page"),
                "no page",
                "write https://…, mailto:… or tel:…".into(),
            ),
            Self::Disguised => (
                "this address leads elsewhere than it seems to".into(),
                "disguised",
                "write the host right after https://, in letters, without @ and without a value".into(),
            ),
            Self::Elsewhere(host) => (
                format!("`{host}` is not the business's own"),
                "leads elsewhere",
                format!("link to your own pages, or write links = [\"{host}\"] under [business] in policy.toml"),
            ),
            Self::Wrapped(name) => (
                format!("`{name}` stands inside of another address, which would see every click"),
                "redirected",
                format!("write the link alone: {{{{{name}}}}}"),
            ),
            Self::Personal(name) => (
                format!("a link with `{name}` knows who clicks on it"),
                "watches",
                "leave it out: a link is the same for everyone, or about the record".into(),
            ),
            Self::PersonalImage(name) => (
                format!("an image with `{name}` tells who reads the message, and when"),
                "watches",
                "leave it out: an image is the same for everyone".into(),
            ),
            Self::Divided(asked) => (
                format!("this address hangs on `{asked}`, and so would tell it"),
                "not the same for all",
                "write it outside of the condition: links and images are the same for everyone".into(),
            ),
            Self::Remote(host) => (
                format!("`{host}` would hear who reads the message, and when"),
                "fetched when read",
                format!("say it in words, or write images = [\"{host}\"] under [business] in policy.toml"),
            ),
            Self::BesideTheRecord { record } => (
                format!("a service message links to nothing beside the {record} that it is about"),
                "another page",
                format!(
                    "take the link out; or give it a field of the {record}; or, if the page says how to reach you, \
                     write its address under [business] in policy.toml: contact = [\"https://…\"]"
                ),
            ),
            _ => Default::default(),
        }
    }

    fn price(&self) -> (String, &'static str, String) {
        match self {
            Self::Price { amount, record } => (
                format!("`{amount}` is a price, and a service message names no price but the {record}'s own"),
                "a price",
                format!("show a field of the {record}: {{{{money {record}.…}}}}; or take it out"),
            ),
            Self::Offer(phrase) => (
                format!("\"{phrase}\" offers something, and nobody agreed to offers here"),
                "an offer",
                "take it out, or write it in a workflow whose purpose rests on consent".into(),
            ),
            Self::CustomersPrice(name) => (
                format!("`{name}` makes a price for one customer"),
                "a price by person",
                "show an amount that is the same for everyone, or one that belongs to a record".into(),
            ),
            Self::Bargain { what, asked } => (
                format!("\"{what}\" hangs on `{asked}`: a price by person"),
                "not for everyone",
                format!("write it outside of the condition; {}", published(asked, what)),
            ),
            Self::Audience { what, asked } => (
                format!("\"{what}\" is only for those whom the workflow chooses by `{asked}`: a discount by person"),
                "not for everyone",
                format!("take `{asked}` out of the workflow's conditions; {}", published(asked, what)),
            ),
            Self::Unpromised { what, asked } => (
                format!("\"{what}\" hangs on `{asked}`, and the purpose's promise doesn't say so"),
                "a secret rule",
                format!("say \"{what}\", and who gets it, in the promise in policy.toml, in this language too"),
            ),
            Self::LanguagePrices { here, there } => (
                format!("this language names {here}, and the other one {there}: a price by language"),
                "not the same for all",
                "name the same amounts in each language".into(),
            ),
            _ => Default::default(),
        }
    }
}

/// One body knows more.
fn difference(only: Part, what: &str) -> (String, &'static str, String) {
    let other = if only == Part::Html { Part::Text } else { Part::Html };
    let help = format!("write it in {} too, or take it out here: whoever reads one must know as much", other.file());
    (format!("the {only} {what}"), "only here", help)
}

/// How a price by person becomes a rule that everyone knows.
fn published(asked: &str, what: &str) -> String {
    match asked.strip_prefix("customer.") {
        Some(field) => format!(
            "or make it a rule that everyone knows: prices_depend_on = [\"{field}\"] at the purpose in policy.toml, whose promise \
             says \"{what}\" and who gets it"
        ),
        None => "prices and discounts are the same for everyone".to_owned(),
    }
}
