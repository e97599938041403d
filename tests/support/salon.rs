//! Salon Lumière by hand: one policy, one workflow, one template in two languages, and Anna's visit.
//!
//! For tests of rendering and composing that must not depend on how files are read.

use super::anna;
use comity::{
    base::{
        CustomerId, EmailAddress, Handle, Instant, PlanId, RecordId, Value, Zone,
        civil::{CivilTime, MonthDay},
        value::Fields,
    },
    people::{Customer, Language},
    policy::{
        Basis, Business, Caps, Field, FieldType, Nature, Policy, Purpose, RecordType, Wording, WrittenBy,
        field::FieldPurposes,
    },
    render::{Draft, RenderError, Setting, Snapshot, TemplateSet, Templates, Variant, scope::OwnUrls},
    trigger::{Occurrence, Record, RecordStatus},
    workflow::{
        Asks, DateOf, IfMoved, IfQuiet, IfUncertain, Order, Oversight, Priority, Step, StepRule, Trigger, Workflow,
    },
};
use handlebars::Handlebars;
use std::collections::{BTreeMap, BTreeSet};

pub const PURPOSE: &str = "appointment-reminders";
pub const STOP_URL: &str = "https://salon.example/u/1.AQEHBwcHBwcHBwcHBwcHBwcHAAAAAAAAACoAAAGdLZ_wAGFwcG9pbnRtZW50LXJlbWluZGVycw.\
     c2lnbmVkLWJ5LW5vYm9keQ";

/// All that a draft is made from. Tests change what they are about.
pub struct Salon {
    pub policy: Policy,
    pub workflow: Workflow,
    pub templates: Templates,
    pub customer: Customer,
    pub record: Record,
    pub occurrence: Occurrence,
    pub step: Step,
    pub previous: Option<CivilTime>,
    pub urls: OwnUrls,
}

/// The sources of a template in one language.
pub struct Sources<'a> {
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
}

pub const ENGLISH: Sources<'_> = Sources {
    subject: "{{customer.first_name}}, your visit on {{datetime appointment.starts_at}}",
    html: "<p>Dear {{customer.first_name}},</p>\n<p>{{#if moved}}Your visit moved from {{datetime previous}} to \
           {{else}}We expect you on {{/if}}{{datetime appointment.starts_at}}.</p>\n\
           <p>{{purpose.promise}} <a href=\"{{stop_url}}\">Stop</a></p>\n<p>{{business.postal_address}}</p>\n",
    text: "Dear {{customer.first_name}},\n\nwe expect you on {{datetime appointment.starts_at}}.\n\n\
           Stop: {{stop_url}}\n{{business.name}}, {{business.postal_address}}\n",
};

pub const FRENCH: Sources<'_> = Sources {
    subject: "{{customer.first_name}}, votre rendez-vous du {{datetime appointment.starts_at}}",
    html: "<p>Bonjour {{customer.first_name}},</p>\n<p>nous vous attendons {{datetime appointment.starts_at}}.</p>\n\
           <p>{{purpose.promise}} <a href=\"{{stop_url}}\">Arrêter</a></p>\n",
    text: "Bonjour {{customer.first_name}},\n\nnous vous attendons {{datetime appointment.starts_at}}.\n\n\
           Arrêter : {{stop_url}}\n",
};

pub fn language(tag: &str) -> Language {
    Language::parse(tag).unwrap()
}

pub fn civil(text: &str) -> CivilTime {
    CivilTime::parse(text).unwrap()
}

pub fn templates(english: &Sources<'_>, french: &Sources<'_>) -> Templates {
    let mut registry = Handlebars::new();
    let mut variant = |tag: &str, sources: &Sources<'_>| {
        let name = |part: &str| format!("templates/mail/reminder/{tag}/{part}");
        let variant = Variant {
            language: language(tag),
            subject: name("subject.hbs"),
            html: name("body.html.hbs"),
            text: name("body.txt.hbs"),
        };
        registry.register_template_string(&variant.subject, sources.subject).unwrap();
        registry.register_template_string(&variant.html, sources.html).unwrap();
        registry.register_template_string(&variant.text, sources.text).unwrap();
        variant
    };
    let own = variant("en", english);
    let translations = BTreeMap::from([(language("fr"), variant("fr", french))]);
    let set = TemplateSet { own, translations, sample: serde_json::Value::Null };
    Templates::new(registry, BTreeMap::from([("reminder".to_owned(), set)]))
}

impl Salon {
    /// Anna in Paris, who reads English, and her visit at `start`.
    pub fn new(start: &str) -> Self {
        let start = civil(start);
        let zone = Zone::parse("Europe/Paris").unwrap();
        let record = Record {
            id: RecordId(7),
            kind: "appointment".into(),
            customer: CustomerId(3),
            fields: Fields::from([
                ("starts_at".into(), Value::Datetime(start)),
                ("service".into(), Value::Text("Colour".into())),
                ("price".into(), Value::Money { minor: 4550, currency: "EUR".into() }),
                ("visits".into(), Value::Integer(1)),
            ]),
            version: 2,
            status: RecordStatus::Live,
        };
        let occurrence = Occurrence::at(&record, start.local, start.zone.unwrap_or(zone));
        Self {
            policy: policy(zone),
            workflow: workflow(),
            templates: templates(&ENGLISH, &FRENCH),
            customer: anna(),
            record,
            occurrence,
            step: Step("-24h".into()),
            previous: None,
            urls: OwnUrls { stop: STOP_URL.to_owned(), ..OwnUrls::default() },
        }
    }

    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot {
            policy: &self.policy,
            workflow: &self.workflow,
            templates: &self.templates,
            purpose: PURPOSE,
            customer: &self.customer,
            record: &self.record,
            occurrence: &self.occurrence,
            plan: PlanId(42),
            step: &self.step,
            due_at: Instant::from_ms(1_774_600_000_000),
            setting: Setting::Alone,
            previous: self.previous,
            urls: &self.urls,
            message_id: "<42.0123456789abcdef@salon.example>",
        }
    }

    pub fn draft(&self) -> Result<Draft, RenderError> {
        self.snapshot().draft()
    }

    /// With other words in the English template's subject and text; the text goes on with the stop link.
    pub fn saying(mut self, subject: &str, text: &str) -> Self {
        let text = &format!("{text}\n{{{{stop_url}}}}");
        self.templates = templates(&Sources { subject, html: ENGLISH.html, text }, &FRENCH);
        self
    }

    pub fn called(mut self, first_name: &str) -> Self {
        self.customer.fields.insert("first_name".into(), Value::Text(first_name.into()));
        self
    }
}

fn anna() -> Customer {
    Customer {
        id: CustomerId(3),
        handle: Handle([7; 16]),
        address: EmailAddress::parse("anna@example.org").unwrap(),
        fields: Fields::from([
            ("first_name".into(), Value::Text("Anna".into())),
            ("birthday".into(), Value::MonthDay(MonthDay { month: 2, day: 29 })),
        ]),
        zone: None,
        language: Some(language("en")),
        version: 5,
    }
}

fn workflow() -> Workflow {
    Workflow {
        name: "appointment-reminder".into(),
        purpose: PURPOSE.into(),
        template: "reminder".into(),
        oversight: Oversight::NONE,
        trigger: Trigger::Before(DateOf { record: "appointment".to_owned(), field: "starts_at".to_owned() }),
        order: Order::Independent,
        expires: None,
        exit_when: None,
        exit_on: BTreeSet::new(),
        priority: Priority::Normal,
        steps: vec![StepRule { template: "reminder".into(), ..crate::support::anna::before("24h") }],
        caps: Vec::new(),
        only_if: None,
        if_quiet: IfQuiet::Later,
        if_uncertain: IfUncertain::Leave,
        if_moved: IfMoved::Tell,
        asks: Asks::Nothing,
        ends_on: BTreeSet::new(),
        revision: "0123456789abcdef".into(),
    }
}

fn field(kind: FieldType, purposes: &[&str]) -> Field {
    let purposes = match purposes {
        ["*"] => FieldPurposes::All,
        named => FieldPurposes::Only(named.iter().map(|name| (*name).to_owned()).collect()),
    };
    Field {
        kind,
        purposes,
        keep: None,
        sensitive: false,
        title: None,
        category: None,
        calendar: None,
        order: None,
        written_by: WrittenBy::Imports,
    }
}

fn policy(time_zone: Zone) -> Policy {
    let wording = Wording { title: "Rappels".into(), promise: "Nous écrivons avant chaque visite.".into() };
    let reminders = Purpose {
        promise: "We write before each visit.".into(),
        translations: BTreeMap::from([(language("fr"), wording)]),
        ..anna::purpose("Appointment reminders", Basis::Contract)
    };
    let appointment = RecordType {
        title: None,
        nature: Nature::Lasting,
        fields: BTreeMap::from([
            ("starts_at".into(), field(FieldType::Datetime, &[PURPOSE])),
            ("service".into(), field(FieldType::Text, &[PURPOSE])),
            ("price".into(), field(FieldType::Money, &[PURPOSE])),
            ("visits".into(), field(FieldType::Integer, &[PURPOSE])),
        ]),
    };
    Policy {
        business: Business {
            name: "Salon Lumière".into(),
            postal_address: "12 rue des Lilas, 69001 Lyon; France".into(),
            reply_to: EmailAddress::parse("hello@salon.example").unwrap(),
            time_zone,
            language: language("en"),
            currency: "EUR".into(),
            look: comity::policy::Look::default(),
            links: comity::policy::Links::default(),
            privacy_notice_names: BTreeSet::new(),
            data_protection_officer: None,
            supervisory_authority: None,
        },
        purposes: BTreeMap::from([(PURPOSE.into(), reminders)]),
        customer: BTreeMap::from([
            ("first_name".into(), field(FieldType::Text, &["*"])),
            ("birthday".into(), field(FieldType::MonthDay, &["birthday"])),
        ]),
        records: BTreeMap::from([("appointment".into(), appointment)]),
        caps: Caps::default(),
        matching: comity::policy::Matching::default(),
        quiet_hours: None,
        processors: BTreeMap::new(),
        retention: comity::policy::retention::Terms::default(),
        recommending: None,
        sign_above: comity::policy::Level::Medium,
    }
}
