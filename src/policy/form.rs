//! Every key of `policy.toml`.

mod besides;

use super::{CalendarPart, FieldType, Level, OrderPart};
use crate::document::form::{
    Form, Key, boolean, integer, named, table, tables, text, texts, word, word_or_field, words,
};
use besides::{CHECKOUT, LOOK, MATCHING, RECOMMENDATIONS, RETENTION, SALE};

/// Letters of a purpose's name, which stands in links and headers.
const PURPOSE_NAME: &str = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$";
/// Letters of a name that templates and conditions use.
const NAME: &str = "^[a-z][a-z0-9_]*$";
const LANGUAGE: &str = "^[A-Za-z][A-Za-z0-9-]*$";

/// The file.
pub const FILE: Form = Form::new(
    "policy.toml",
    "What the business may do, in words that its customers see: who writes, for which purposes, with which data, how often and when.",
    &[
        table("business", &BUSINESS, "Who writes.").must(),
        named("purposes", &PURPOSE, PURPOSE_NAME, "What customers agree to, each by a name of your own.").must(),
        table("customer", &CUSTOMER, "What is known about customers."),
        named("records", &RECORD, NAME, "What messages are about: visits, purchases, each by a name of your own."),
        table("matching", &MATCHING, "Whose visit it is, where a calendar names no attendee."),
        table("caps", &CAPS, "How many messages one mailbox gets at most."),
        table("quiet_hours", &QUIET_HOURS, "When nobody is written to, by the customer's own clock."),
        named(
            "processors",
            &PROCESSOR,
            PURPOSE_NAME,
            "Who else works on customers' data for the business, each by a name of your own.",
        ),
        table("retention", &RETENTION, "How long things are kept that have no fields with a `keep` of their own."),
        table("recommendations", &RECOMMENDATIONS, "By which rules products are recommended."),
        table("assessment", &ASSESSMENT, "Which workflows somebody answers for by name."),
    ],
);

const BUSINESS: Form = Form::new(
    "[business]",
    "Who writes. Every message shows it.",
    &[
        text("name", "\"Salon Lumière\"", "What the business is called.").must(),
        text("postal_address", "\"12 rue des Lilas, 69001 Lyon, France\"", "Where it is; in every message.").must(),
        text("reply_to", "\"hello@salon.example\"", "A mailbox that a person reads: answers go there.").must(),
        text("time_zone", "\"Europe/Paris\"", "Its clock, by the name in the IANA database.").must(),
        text(
            "language",
            "\"fr\"",
            "The language of this file, and of customers whose language isn't known. English without it.",
        ),
        text(
            "currency",
            "\"EUR\"",
            "What a price is in where no currency stands beside it: three capitals of ISO 4217. EUR without it.",
        ),
        texts(
            "links",
            "[\"salon.example\", \"maps.example/salon-lumiere\"]",
            "Hosts, with a path where only a part is meant, to which links may lead besides the domain of `reply_to`.",
        ),
        texts(
            "contact",
            "[\"https://salon.example/find-us\"]",
            "Pages that say how to reach the business: a service message may link to these, and to its record's own.",
        ),
        texts("images", "[\"salon.example/mail\"]", "Where images may be fetched from. Without it, from nowhere."),
        table("look", &LOOK, "How the public pages look."),
        words(
            "privacy_notice_names",
            &["holdouts", "network-prefix"],
            "[\"holdouts\"]",
            "What the privacy notice tells customers of, and may then be done. `holdouts`: a workflow leaves some of them out, for comparison. `network-prefix`: with a yes on our own pages the first 24 bits of the network address are kept as a proof (48 of IPv6), as the proxy in front names it in `X-Forwarded-For`; never the rest.",
        ),
        text(
            "data_protection_officer",
            "\"Claire Martin, privacy@salon.example\"",
            "Whom people may ask about their data, where somebody has that office; in the privacy notice.",
        ),
        text(
            "supervisory_authority",
            "\"CNIL, www.cnil.fr\"",
            "The authority at which people may complain; in the privacy notice.",
        ),
    ],
);

const PURPOSE: Form = Form::new(
    "[purposes.NAME]",
    "One thing that customers agree to.",
    &[
        text("title", "\"Appointment reminders\"", "What it is called, on the stop page and in the message.").must(),
        text(
            "promise",
            "\"We write before each visit, so that you don't miss it.\"",
            "What the business promises, in words that customers are shown. Where it changes, beyond a translation, a yes to the old words is none any more.",
        )
        .must(),
        word(
            "basis",
            &["contract", "consent", "request", "soft-opt-in"],
            "\"consent\"",
            "What a message rests on: the customer's own live record; their yes; for the question whether it was they who signed up, that somebody has just asked for it; or a sale at which they could say no. What rests on a yes or a sale is marketing.",
        )
        .must(),
        table("sale", &SALE, "What it rests on, with `basis = \"soft-opt-in\"`: each message is about the sale that it rests on."),
        tables(
            "checkout",
            &CHECKOUT,
            "What stands beside a box of the shop's checkout. With it, a tick that comes with an order is a yes; without it the order serves the contract alone.",
        ),
        text("consent_lasts", "\"24 months\"", "How long a yes holds. Without it, until it is taken back."),
        boolean(
            "double_opt_in",
            "true",
            "Whether a yes that a form or a page brings holds only when the address itself has confirmed it, by the button behind a link that is mailed to it.",
        ),
        tables("cap", &CAP, "How many messages of this purpose one mailbox gets at most."),
        table("quiet_hours", &QUIET_HOURS, "When this purpose isn't written for, in place of the quiet hours of all."),
        boolean("obeys_caps", "true", "Whether `[caps]` hold for it. Marketing always obeys."),
        boolean(
            "counts_toward_caps",
            "true",
            "Whether its messages count for others under `[caps]`. Marketing always counts.",
        ),
        boolean(
            "may_be_merged",
            "true",
            "Whether its messages may leave as one where they fall due close together: see `digest`. Marketing alone.",
        ),
        named("translations", &WORDING, LANGUAGE, "Title and promise in other languages, each by its tag."),
        texts(
            "prices_depend_on",
            "[\"member\"]",
            "Fields of the customer on which prices in its messages depend: a rule that the promise tells them.",
        ),
    ],
);

const WORDING: Form = Form::new(
    "[purposes.NAME.translations.LANGUAGE]",
    "A purpose in another language.",
    &[
        text("title", "\"Rappels de rendez-vous\"", "Its title.").must(),
        text("promise", "\"Nous vous écrivons avant chaque visite.\"", "Its promise.").must(),
    ],
);

const CUSTOMER: Form = Form::new(
    "[customer]",
    "What is known about customers.",
    &[named(
        "fields",
        &CUSTOMER_FIELD,
        NAME,
        "Columns of the import of customers, and what templates may call `customer.NAME`.",
    )],
);

const RECORD: Form = Form::new(
    "[records.NAME]",
    "One type of record.",
    &[
        text(
            "title",
            "\"visit\"",
            "What people read for one, in the privacy notice and where it is said why a message came. Its name without it.",
        ),
        TITLES,
        boolean(
            "event",
            "true",
            "It happens once and never changes, such as an enquiry. Programs report it through `POST /v1/events`, and workflows begin with `on = \"event\"`.",
        ),
        named(
            "fields",
            &RECORD_FIELD,
            NAME,
            "Columns of its import, and what templates may call by its own name and the field's.",
        )
        .must(),
    ],
);

/// What a field may hold.
const TYPES: [&str; 8] = [
    FieldType::Text.name(),
    FieldType::Integer.name(),
    FieldType::Boolean.name(),
    FieldType::Money.name(),
    FieldType::Datetime.name(),
    FieldType::Date.name(),
    FieldType::MonthDay.name(),
    FieldType::Products.name(),
];

const PARTS: [&str; 6] = [
    CalendarPart::Start.name(),
    CalendarPart::Minutes.name(),
    CalendarPart::Status.name(),
    CalendarPart::Title.name(),
    CalendarPart::Notes.name(),
    CalendarPart::Place.name(),
];

const ORDER_PARTS: [&str; 7] = [
    OrderPart::Product.name(),
    OrderPart::Name.name(),
    OrderPart::Category.name(),
    OrderPart::Time.name(),
    OrderPart::Status.name(),
    OrderPart::Quantity.name(),
    OrderPart::Price.name(),
];

const TYPE: Key = word("type", &TYPES, "\"text\"", "What it holds.").must();
const KEEP_OF_RECORD: Key = text(
    "keep",
    "\"90 days\"",
    "How long it is kept: from the record's date (the latest date in it), or from the day on which it became known where it has none. Then it is removed.",
);
const KEEP_OF_CUSTOMER: Key = text(
    "keep",
    "\"36 months\"",
    "How long it is kept: from the last that was heard of the customer, a record or a word about a purpose. Then it is removed.",
);
const SENSITIVE: Key = boolean(
    "sensitive",
    "true",
    "It tells of health, belief, origin, orientation or money trouble: it never serves marketing, and never stands in a subject or preheader.",
);
const PURPOSES: Key = texts("purposes", "[\"appointment-reminders\"]", "The purposes that it may serve, or [\"*\"] for all. A template or condition of another purpose that reads it does not load.").must();
const TITLE: Key = text(
    "title",
    "\"your first name\"",
    "What people read for it, in the privacy notice and where it is said why a message came. Its name without it.",
);
const TITLES: Key = named("translations", &TITLE_WORDING, LANGUAGE, "Its title in other languages, each by its tag.");
const CATEGORY: Key = text(
    "category",
    "\"user.health_and_medical\"",
    "Its place in the fideslang taxonomy, for your records of processing.",
);

const TITLE_WORDING: Form = Form::new(
    "A title's translations.LANGUAGE",
    "The title of a record or of a field in another language.",
    &[text("title", "\"votre prénom\"", "Its title.").must()],
);

const CUSTOMER_FIELD: Form = Form::new(
    "[customer.fields.NAME]",
    "A field of customers.",
    &[TYPE, PURPOSES, KEEP_OF_CUSTOMER, SENSITIVE, TITLE, TITLES, CATEGORY],
);

const RECORD_FIELD: Form = Form::new(
    "[records.NAME.fields.NAME]",
    "A field of a record.",
    &[
        TYPE,
        PURPOSES,
        KEEP_OF_RECORD,
        SENSITIVE,
        TITLE,
        TITLES,
        CATEGORY,
        word("calendar", &PARTS, "\"start\"", "Which part of a calendar's event fills it."),
        word(
            "order",
            &ORDER_PARTS,
            "\"product\"",
            "Which part of one line of an order fills it: `product` is the SKU, `status` one of pending, paid, refunded and cancelled. What shops export is read by it, and recommendations rest on it.",
        ),
        word(
            "written_by",
            &[
                "imports",
                "answers",
                "sign-ups",
                "data-requests",
                "address-changes",
                "notices",
                "discoveries",
                "repeats",
            ],
            "\"answers\"",
            "`answers`: what customers answer to a message stands here (coming, cant-come or another-time), and no import changes it. `sign-ups`: what somebody signed up for stands here, in their language; the records are the sign-ups by our own form. `data-requests`: the records are what people ask for who want to see, take away or erase what is known about them, on our own page. `address-changes`: the records are what people ask for who want us to write to another address: both addresses are asked. `notices`: the records are made when the privacy notice has changed in what matters, for each person whom that concerns. `discoveries` and `repeats`, of type `products`: the records are made when something is recommended to somebody, with what else could please them, or with what it may be time for more of.",
        ),
    ],
);

const ASSESSMENT: Form = Form::new(
    "[assessment]",
    "Which workflows need a signed impact assessment (`comity assess`) before they are approved.",
    &[word(
        "sign_above",
        &[Level::Low.name(), Level::Medium.name(), Level::High.name()],
        "\"medium\"",
        "Above this level they do: `medium` without it; with `high` none does.",
    )
    .must()],
);

const PROCESSOR: Form = Form::new(
    "[processors.NAME]",
    "Somebody outside the business who works on customers' data for it: a mail provider, a host. It stands in the privacy notice and in the record of processing.",
    &[
        text("name", "\"Example Mail SAS\"", "The company.").must(),
        text("country", "\"FR\"", "Where it sits, by the code of two letters (ISO 3166-1).").must(),
        text("purpose", "\"carries our messages\"", "What it does with the data, in words that customers read.").must(),
        text("contract", "\"2026-01-05\"", "The day of the contract that GDPR 28 wants.").must(),
        text(
            "safeguard",
            "\"EU standard contractual clauses\"",
            "What protects the data in a country whose law doesn't (GDPR 46): it must be there then.",
        ),
        named("translations", &PROCESSOR_WORDING, LANGUAGE, "What it does in other languages, each by its tag."),
    ],
);

const PROCESSOR_WORDING: Form = Form::new(
    "[processors.NAME.translations.LANGUAGE]",
    "A processor in another language.",
    &[text("purpose", "\"transporte nos messages\"", "What it does.").must()],
);

const CAPS: Form = Form::new(
    "[caps]",
    "Above these stands a ceiling that no file lifts: marketing once in 24 hours and eight times in 30 days, four messages about one record.",
    &[
        tables("all", &CAP, "Over messages of all purposes."),
        tables("all-marketing", &CAP, "Over messages of all purposes that rest on consent."),
    ],
);

/// Under every key for caps.
pub const CAP: Form = Form::new(
    "A cap",
    "At most so many messages in a window. Several caps, in a list, all hold.",
    &[
        integer("at_most", (1, 1_000_000), "4", "How many.").must(),
        text("per", "\"7 days\"", "In which window: rolling, by its length (seven days are 168 hours), or \"calendar day\", \"calendar week\", \"calendar month\" or \"calendar year\" where the customer lives.").must(),
        word_or_field("same", &["mailbox", "record"], "\"record\"", "What is counted together: all messages to the mailbox, those about one record, or those about records in which this field holds the same. The mailbox without it."),
    ],
);

const QUIET_HOURS: Form = Form::new(
    "Quiet hours",
    "When nobody is written to, where the customer lives: at most 20 hours of a day.",
    &[
        text("from", "\"20:00\"", "When they begin.").must(),
        text("to", "\"08:00\"", "When they end, on the next day where that is earlier than `from`.").must(),
        table("monday", &DAY, "Other hours from the evening of a Monday."),
        table("tuesday", &DAY, "Of a Tuesday."),
        table("wednesday", &DAY, "Of a Wednesday."),
        table("thursday", &DAY, "Of a Thursday."),
        table("friday", &DAY, "Of a Friday."),
        table("saturday", &DAY, "Of a Saturday."),
        table("sunday", &DAY, "Of a Sunday."),
        texts(
            "holidays",
            "[\"12-25\", \"2027-04-05\"]",
            "Days on which nobody is written to: of every year, or of one.",
        ),
    ],
);

const DAY: Form = Form::new(
    "Quiet hours of one weekday",
    "In place of the usual ones.",
    &[text("from", "\"18:00\"", "When they begin.").must(), text("to", "\"10:00\"", "When they end.").must()],
);
