//! A business for the crash and race proofs: no quiet hours, no caps, reminders an hour before each visit, and as many
//! customers as it takes. And dice, with a seed that a failing test shows.

use super::real::{Premises, Seen, Witness};
use chrono::{DateTime, Utc};
use std::{collections::BTreeMap, fmt::Write, fs, path::Path, time::Duration};

/// How long whatever is waited for may take: far more than it needs.
const PATIENCE: Duration = Duration::from_mins(3);
/// How many lanes the daemon opens.
pub const LANES: usize = 4;

/// `policy.toml`; more fields of a visit may follow it.
pub const POLICY: &str = r#"
[business]
name = "Salon Lumière"
postal_address = "12 rue des Lilas, 69001 Lyon, France"
reply_to = "hello@salon.example"
time_zone = "UTC"
language = "en"
currency = "EUR"

[purposes.reminders]
title = "Reminders"
promise = "We write before each visit."
basis = "contract"

[records.appointment.fields]
starts_at = { type = "datetime", purposes = ["*"], keep = "90 days" }
"#;

/// A premises that sends to this witness.
pub fn premises(witness: &Witness) -> Premises {
    premises_to(witness.port)
}

/// `comity.toml` of a business that sends to whoever listens at this port.
pub fn settings(port: u16) -> String {
    format!(
        r#"
[mail]
from = "reminders@salon.example"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none-on-loopback"
lanes = {LANES}
per_minute = 100000
[web]
listen = "127.0.0.1:0"
public_url = "https://stop.salon.example"
[log]
format = "json"
level = "info"
"#
    )
}

/// A premises that sends to whoever listens at this port.
pub fn premises_to(port: u16) -> Premises {
    let workflow = |if_uncertain: &str| {
        format!(
            "purpose = \"reminders\"\ntemplate = \"plain\"\napproval = \"none\"\n\n[trigger]\nrecord = \"appointment\"\n\
             before = {{ field = \"starts_at\", by = [\"1h\"] }}\nif_uncertain = \"{if_uncertain}\"\n"
        )
    };
    let body = "{{business.name}}, {{business.postal_address}}: see you on {{datetime appointment.starts_at}}. \
                You get this because you have a visit. Stop: {{stop_url}}\n";
    let html = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Visit</title></head><body>\
                <p>{{business.name}}, {{business.postal_address}}: see you on {{datetime appointment.starts_at}}.</p>\
                <p>You get this because you have a visit. <a href=\"{{stop_url}}\">Stop these messages</a></p></body></html>\n";
    Premises::new(&[
        ("comity.toml", &settings(port)),
        ("policy.toml", POLICY),
        ("workflows/again.toml", &workflow("send-again")),
        ("workflows/once.toml", &workflow("leave")),
        ("templates/mail/plain/subject.hbs", "Your visit: {{datetime appointment.starts_at}}\n"),
        ("templates/mail/plain/body.txt.hbs", body),
        ("templates/mail/plain/body.html.hbs", html),
        ("templates/mail/plain/sample.json", r#"{ "appointment": { "starts_at": "2027-03-30T10:00[Europe/Paris]" } }"#),
    ])
}

/// The same, where no message may come twice.
pub fn premises_that_leave(port: u16) -> Premises {
    let premises = premises_to(port);
    fs::remove_file(premises.path().join("workflows/again.toml")).unwrap();
    premises
}

/// What a policy needs so that people can sign up.
pub const SIGN_UPS: &str = r#"
[purposes.confirmations]
title = "Confirmations"
promise = "When somebody signs you up, we ask once whether it was you."
basis = "request"

[records.sign_up]
event = true
[records.sign_up.fields]
asked_for = { type = "text", purposes = ["confirmations"], keep = "7 days", written_by = "sign-ups" }
"#;

/// A premises with more in its policy, that answers who asks for something there, by a message for this purpose about this record.
pub fn premises_that_answer(policy: &str, purpose: &str, record: &str) -> Premises {
    let premises = premises_to(25);
    let write = |file: &str, text: &str| {
        let path = premises.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("policy.toml", &(POLICY.to_owned() + policy));
    let workflow = format!("purpose = \"{purpose}\"\ntemplate = \"answer\"\napproval = \"none\"\n\n[trigger]\n");
    write("workflows/answer.toml", &format!("{workflow}on = \"event\"\nrecord = \"{record}\"\nby = [\"0h\"]\n"));
    let body = format!(
        "{{{{business.name}}}}, {{{{business.postal_address}}}}: {{{{{record}.asked_for}}}} {{{{confirm_url}}}} \
         You get this because you asked. Stop: {{{{stop_url}}}}\n"
    );
    let html = ["confirm_url", "stop_url"].into_iter().fold(body.clone(), |html, url| {
        html.replace(&format!("{{{{{url}}}}}"), &format!("<a href=\"{{{{{url}}}}}\">here</a>"))
    });
    write("templates/mail/answer/subject.hbs", "You asked\n");
    write("templates/mail/answer/body.txt.hbs", &body);
    write("templates/mail/answer/body.html.hbs", &html);
    write("templates/mail/answer/sample.json", &format!("{{ \"{record}\": {{ \"asked_for\": \"Something\" }} }}"));
    premises
}

/// Writes `count` customers, `C1`, `C2`, …, spread over many receiving domains.
pub fn write_customers(file: &Path, count: usize) {
    let mut text = String::from("id;email\n");
    for n in 1..=count {
        writeln!(text, "C{n};{}", address(n)).unwrap();
    }
    fs::write(file, text).unwrap();
}

/// Brings so many customers into the house. Also none: then it has its database.
pub fn bring_customers(premises: &Premises, count: usize) {
    let file = premises.path().join("customers.csv");
    write_customers(&file, count);
    premises.run(&["import", "--yes", "customers", file.to_str().unwrap()]);
}

/// The address of customer `Cn`.
pub fn address(n: usize) -> String {
    format!("c{n}@domain{}.example", n % 50)
}

/// Writes a visit for each of these customers; its reminder is due at that moment.
pub fn write_visits(file: &Path, name: &str, visits: impl Iterator<Item = (usize, DateTime<Utc>)>) {
    let mut text = String::from("id;customer;starts_at\n");
    for (n, due) in visits {
        let start = due + chrono::TimeDelta::hours(1);
        writeln!(text, "{name}{n};C{n};{}", start.format("%Y-%m-%dT%H:%M:%S%.3fZ")).unwrap();
    }
    fs::write(file, text).unwrap();
}

/// Chance with a seed, by `SplitMix64`.
pub struct Dice(u64);

impl Dice {
    /// With the seed of `COMITY_TEST_SEED`, or a new one; the test harness shows it when the test fails.
    #[expect(clippy::disallowed_methods, reason = "the seed of a proof that wants another chance in every run")]
    pub fn new() -> Self {
        let given = std::env::var("COMITY_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| Utc::now().timestamp_nanos_opt().unwrap_or(0).unsigned_abs());
        println!("seed: COMITY_TEST_SEED={seed}");
        Self(seed)
    }

    /// With this seed: the same throws in every run.
    pub const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    /// A place in a list of this length.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap()
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}

/// The wall clock.
#[expect(clippy::disallowed_methods, reason = "the real binary runs by the real clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Lets real time pass: the binary runs by the real clock.
#[expect(clippy::disallowed_methods, reason = "the real binary runs by the real clock")]
pub fn wait(span: Duration) {
    std::thread::sleep(span);
}

/// A scale from the environment, else the small one that fits into every test run.
pub fn scale(variable: &str, small: usize) -> usize {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(small)
}

/// The stop link that each address was sent.
pub fn links(seen: &[Seen]) -> BTreeMap<String, String> {
    seen.iter().filter(|s| s.event == "dot").filter_map(|s| Some((s.to.clone()?, s.stop.clone()?))).collect()
}

/// Looks again and again until there is something to see.
#[track_caller]
pub fn wait_for<T>(look: impl FnMut() -> Option<T>) -> T {
    wait_in_steps(Duration::from_millis(200), look)
}

/// The same, looking as often as this.
#[track_caller]
pub fn wait_in_steps<T>(step: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..PATIENCE.as_millis() / step.as_millis() {
        if let Some(found) = look() {
            return found;
        }
        wait(step);
    }
    panic!("this took longer than {PATIENCE:?}");
}
