//! What the press prints is what handlebars makes, but for the values.

use super::{Manuscript, print};
use crate::{
    base::Source,
    people::{Answer, Language},
    policy::{self, Policy},
    render::{
        Content, Part, TemplateSet, Templates, Variant,
        compile::{self, Compiled, Files},
        lint::honest::{
            galley::{Galley, What},
            suppose::{self, Supposition, Truth},
        },
        scope::{OwnUrls, Scope},
    },
    workflow,
};
use handlebars::Template;
use serde_json::{Value as Json, json};
use std::{collections::BTreeMap, fs, path::Path};

/// Our own templates, and one with every construct that our templates don't have.
fn files() -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Files::new();
    let mut folders = vec![root.join("templates/mail"), root.join("templates/partials")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root.join("templates")).unwrap().to_str().unwrap().to_owned();
            files.insert(name.clone(), Source::new(name, fs::read_to_string(&path).unwrap()));
        }
    }
    let strange = "A {{~#if customer.first_name~}}  {{customer.first_name}} {{~else}} nobody {{~/if~}} B \\{{not}} {{! a }}\n\
        {{#if (and moved (not (eq appointment.status \"booked\")))}}1{{else if (eq appointment.status \"booked\")}}2{{else}}3{{/if}}\n\
        {{#with appointment}}{{status}} {{#unless ../moved}}still{{/unless}}{{/with}}\n\
        {{> peek customer what=\"<quoted> 'words'\"}}\n  {{> peek customer what=appointment.status}} C\n\
        {{#> frame}}\n  inside {{business.name}}\n{{/frame}}\n{{!-- {{gone}} --}}\n\
        {{#if appointment.duration_minutes}}{{plural appointment.duration_minutes one=\"minute\" other=\"minutes\"}}{{/if}} D\n\n{{stop_url}}\n";
    for (name, text) in [
        ("mail/strange/subject.hbs", "S {{language}}"),
        ("mail/strange/body.html.hbs", strange),
        ("mail/strange/body.txt.hbs", strange),
        ("mail/strange/sample.json", "{}"),
        ("partials/peek.hbs", "[{{#if first_name}}{{first_name}}{{/if}}: {{what}}, {{@root.purpose.title}}]\n"),
        ("partials/frame.hbs", "<{{> @partial-block}}>\n"),
    ] {
        files.insert(name.into(), Source::new(name, text));
    }
    files
}

/// A sample in which the conditions are answered as supposed.
fn sample(supposition: &Supposition) -> Json {
    let mut sample = json!({
        "customer": { "first_name": "Anna", "last_name": "Moreau" },
        "appointment": {
            "status": "booked", "starts_at": "2027-03-30T10:00[Europe/Paris]", "duration_minutes": 45,
            "service": "Cut & blow-dry", "stylist": "Camille", "price": "52.00 EUR",
        },
        "purchase": { "status": "paid", "bought_at": "2027-03-30T10:45[Europe/Paris]", "product": "Oat & milk" },
        "sign_up": { "asked_for": "Letters & cards" },
        "address_change": { "asked_for": "a…@post.example → b@post.example & more" },
        "notice_change": { "what_changed": "We keep “your birthday” & more for longer." },
        "data_request": { "asked_for": "Your data & more" },
    });
    for thing in ["customer", "appointment", "purchase"] {
        let fields = sample[thing].as_object_mut().unwrap();
        // What is shown without a question stays; its questions are answered by what stays.
        fields.retain(|field, _| match field.as_str() {
            "starts_at" | "bought_at" | "product" | "status" => true,
            _ => supposition.answer(&format!("{thing}.{field}")) == Truth::Yes,
        });
        if supposition.answer("(eq appointment.status Literal(String(\"booked\")))") == Truth::No
            && thing == "appointment"
        {
            fields.insert("status".into(), "open".into());
        }
        if supposition.answer("plural appointment.duration_minutes") == Truth::No
            && let Some(minutes) = fields.get_mut("duration_minutes")
        {
            *minutes = 1.into();
        }
    }
    if supposition.answer("moved") == Truth::Yes {
        sample["moved"] = true.into();
        sample["previous"] = "2027-03-29T09:00[Europe/Paris]".into();
    }
    sample
}

/// What was made must hold what was printed, in order, and between it nothing but values.
fn is_what_was_made(galley: &Galley, made: &str, context: &str) {
    // The printed words, in stretches with a value before each but the first.
    let mut stretches = vec![String::new()];
    for piece in &galley.pieces {
        match (&piece.what, stretches.last_mut()) {
            (What::Said(name), _) if name == "business.reply_to" => stretches.push(String::new()),
            (What::Written | What::Said(_), Some(last)) => last.push_str(galley.text.get(piece.at.clone()).unwrap()),
            _ => stretches.push(String::new()),
        }
    }
    let mut rest = made;
    for (index, stretch) in stretches.iter().enumerate() {
        let is_last = index == stretches.len() - 1;
        let found = if is_last { rest.rfind(stretch) } else { rest.find(stretch) };
        let found = found.unwrap_or_else(|| panic!("{context}: {stretch:?} is not in {rest:?}"));
        assert!(index > 0 || found == 0, "{context}: {:?} was not printed", rest.get(..found));
        rest = rest.get(found + stretch.len()..).unwrap();
    }
    assert!(rest.is_empty(), "{context}: {rest:?} was not printed");
}

struct Shop {
    files: Files,
    policy: Policy,
}

impl Shop {
    /// For which purpose, and about what, each template is filled.
    fn uses(&self) -> BTreeMap<String, (String, String)> {
        let names = compile::names(&self.files);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("workflows");
        let mut uses = BTreeMap::new();
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let source = Source::new(name, fs::read_to_string(&path).unwrap());
            let workflow =
                workflow::parse::parse(&source, name, &|_| "r".to_owned(), Some(&self.policy), &names).0.unwrap();
            let record = workflow.trigger.subject().to_owned();
            for template in workflow.templates() {
                uses.insert(template.to_owned(), (workflow.purpose.clone(), record.clone()));
            }
        }
        uses
    }

    fn compare(
        &self,
        templates: &Templates,
        variant: &Variant,
        (purpose, record): (&str, &str),
        supposition: &Supposition,
    ) -> Vec<String> {
        let compiled: BTreeMap<String, Compiled<'_>> = self
            .files
            .iter()
            .filter_map(|(path, source)| {
                let name = path.strip_suffix(".hbs")?;
                let name = name.strip_prefix("partials/").unwrap_or(name);
                let text = if name.ends_with("/subject") { source.text.trim_end() } else { &source.text };
                Some((name.to_owned(), Compiled { source, template: Template::compile(text).unwrap() }))
            })
            .collect();
        let scope = policy::Scope::of(&self.policy, purpose, record).with_answers();
        let sample = sample(supposition);
        let manuscript = Manuscript {
            scope: &scope,
            compiled: &compiled,
            policy: &self.policy,
            language: &variant.language,
            sample: &sample,
        };
        let answers =
            Answer::ALL.into_iter().map(|answer| (answer, format!("https://a.example/{}", answer.name()))).collect();
        let stop = "https://a.example/u".to_owned();
        let confirm = Some("https://a.example/confirm".to_owned());
        let urls = OwnUrls { stop, answers: Some(answers), confirm, ..OwnUrls::default() };
        let names = Scope::of_sample(&self.policy, purpose, &variant.language, &urls, &sample).unwrap();
        let Content { subject, html, text } =
            Content::fill(templates, variant, &names).unwrap_or_else(|error| panic!("{error} {sample}"));
        let mut met = vec![];
        for (part, made) in Part::ALL.into_iter().zip([subject, html, text]) {
            let (galley, asked) = print(manuscript, variant.part(part), part, supposition);
            is_what_was_made(&galley, &made, &format!("{} under {supposition:?}", variant.part(part)));
            met.extend(asked);
        }
        met
    }
}

#[test]
fn what_is_printed_is_what_handlebars_makes() {
    let policy = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policy.toml")).unwrap();
    let policy = policy::parse::parse(&Source::new("policy.toml", policy)).policy.unwrap();
    let shop = Shop { files: files(), policy };
    let templates = compile::compile(&shop.files, &Language::parse("en").unwrap(), &[], &[]).templates;
    let mut compared = 0;
    for (name, TemplateSet { own, translations, .. }) in templates.iter() {
        let used = shop.uses();
        let (purpose, record) = used
            .get(name)
            .map_or(("appointment-reminders", "appointment"), |(purpose, record)| (purpose.as_str(), record.as_str()));
        for variant in std::iter::once(own).chain(translations.values()) {
            suppose::each(|supposition| {
                compared += 1;
                shop.compare(&templates, variant, (purpose, record), supposition).into_iter().collect()
            });
        }
    }
    assert!(compared > 40, "{compared}");
}
