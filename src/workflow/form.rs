//! Every key of `workflows/*.toml`.

use crate::{
    document::form::{Form, Key, boolean, integer, table, tables, text, texts, word, word_or, words},
    people::Answer,
    policy::form::CAP,
};

/// The file.
pub const FILE: Form = Form::new(
    "workflows/NAME.toml",
    "One promise to the customer. The file's name is the workflow's: small letters, digits and dashes.",
    &[
        text("purpose", "\"appointment-reminders\"", "What its messages serve: a purpose of policy.toml.").must(),
        text("template", "\"appointment-reminder\"", "A folder of templates/mail: subject, HTML and text.").must(),
        word_or(
            "approval",
            (&["none", "workflow", "each"], &APPROVAL),
            "\"workflow\"",
            "Whose yes its messages need: nobody's; somebody's to the workflow as it stands, and again after each change; somebody's to each message; or, by a table, somebody's to what would go to more people than that on one day. `workflow` without it: a new file is a draft.",
        ),
        text("review_by", "\"2027-06-30\"", "After this day it is a draft again, until somebody has looked at it."),
        text(
            "holdout",
            "\"5 %\"",
            "A part of the audience that is left alone, for comparison: of marketing, where the privacy notice says so.",
        ),
        word(
            "priority",
            &["low", "normal", "high"],
            "\"high\"",
            "Whose message goes first where a cap leaves no place for both. `normal` without it.",
        ),
        boolean(
            "answers",
            "true",
            "Its messages ask \"I'm coming\", \"I can't come\", \"another time\", with a link for each.",
        ),
        tables("cap", &CAP, "How many messages of this workflow one mailbox gets at most."),
        table("trigger", &TRIGGER, "What sets it off.").must(),
        tables("steps", &STEP, "Several messages, each of which waits for the one before it."),
    ],
);

const APPROVAL: Form = Form::new(
    "approval",
    "Up to so many people on a day of the business's calendar nobody is asked.",
    &[integer("above", (1, 10_000), "50", "How many people.").must()],
);

const BY: Key = texts(
    "by",
    "[\"24h\", \"1d at 09:00\"]",
    "How far from then each message leaves: \"24h\" and \"90m\" to the minute, \"1d\" at the same time of the day, \"1d at 09:00\" at that one.",
);
const ANSWERS: [&str; 3] = [Answer::Coming.name(), Answer::CantCome.name(), Answer::AnotherTime.name()];
/// Keys, one of which says what sets it off.
const KINDS: [&str; 7] = ["before", "after", "absent", "on", "yearly", "cron", "digest"];

/// What people also write above it.
pub const TRIGGER: Form = Form::new(
    "[trigger]",
    "What sets the workflow off: one of `before`, `after`, `absent`, `on`, `yearly`, `cron` and `digest`; and what its messages do when something comes between.",
    &[
        text("record", "\"appointment\"", "The type of record that it is about: one of policy.toml."),
        table("before", &DATE, "Before a date of the record."),
        table("after", &DATE, "After a date of the record."),
        table("absent", &DATE, "So long after a date of the customer's last record of this type: they stay away."),
        word("on", &["created", "changed", "event", "consent", "latest consent"], "\"created\"", "When a record becomes known, when it has become what `only_if` says, when an event is reported, or after the first or the latest yes to the purpose."),
        table("yearly", &YEARLY, "Once a year, on a day that the customer has."),
        text("cron", "\"0 10 1 * *\"", "A schedule: minute, hour, day, month and weekday, as cron has them."),
        text("digest", "\"2 days\"", "In place of messages of its purpose that fall due within that time: they leave as one, where the policy says `may_be_merged = true`. Its template says `{{#each messages}}`."),
        word("clock", &["customer", "business"], "\"customer\"", "On whose clock the schedule runs. The customer's without it."),
        BY,
        text("only_if", "\"appointment.status == 'booked'\"", "A condition over the record and the customer, in CEL. It is asked again when the message leaves."),
        text("audience", "\"customer.member == true\"", "The same, where the workflow is about customers."),
        text("exit_when", "\"customer.member == true\"", "Once it holds, nothing more of the workflow is sent."),
        texts("exit_on", "[\"purchase\"]", "Types of records: once the customer has a new one, nothing more of the workflow is sent."),
        text("expires", "\"12 hours\"", "How long after its time a message is still worth sending. Before a date, it is until the next step, and then until that date."),
        word("if_quiet", &["later", "earlier", "refuse"], "\"earlier\"", "Where its time falls into quiet hours: after them, before them, or not at all. `later` without it."),
        word("if_uncertain", &["leave", "send-again"], "\"send-again\"", "Where nobody knows whether it arrived: leave it, or send it again once, with the same Message-ID. Marketing is never sent twice. `leave` without it."),
        word("if_moved", &["tell", "silent"], "\"tell\"", "Whether customers who were told another date hear that it moved. `tell` without it, before a date."),
        words("ends_on", &ANSWERS, "[\"cant-come\"]", "Answers after which it writes no more. \"I can't come\" without it."),
    ],
)
.with_one_of(&KINDS);

const DATE: Form = Form::new(
    "before, after, absent",
    "A date of the record, and how far from it.",
    &[text("field", "\"starts_at\"", "A field of the record, with a date and time.").must(), BY],
);

const YEARLY: Form = Form::new(
    "yearly",
    "A day of the year that the customer has.",
    &[
        text("field", "\"birthday\"", "A field of the customer, of type month-day.").must(),
        BY,
        word(
            "leap_day",
            &["28 february", "1 march", "leap years only"],
            "\"28 february\"",
            "When the 29th of February is kept in other years. On the 28th without it.",
        ),
    ],
);

const STEP: Form = Form::new(
    "[[steps]]",
    "One message of several. Its time counts from the departure of the one before it, and for the first one from what set the workflow off.",
    &[
        text("name", "\"hello\"", "Its own name, which never changes: by it a customer gets each step once.").must(),
        text("wait", "\"3 days at 10:00\"", "How long it waits."),
        text("until", "\"09:00\"", "Or until when: a time of the day, or a date of the record, such as \"appointment.starts_at\"."),
        text("template", "\"lead-nurturing-2\"", "Its own template. The workflow's without it."),
        text("task", "\"Call {{customer.first_name}}\"", "What a person is to do, in place of a message: one line."),
        text("only_if", "\"customer.member == false\"", "A condition of its own. Where it doesn't hold, the step is left out."),
        text("cancel_after", "\"2 days\"", "After so long past its time it isn't sent any more."),
    ],
)
.with_one_of(&["wait", "until"]);
