//! The press: prints one part of a message under one supposition, as handlebars would, and keeps where each word is from.
//!
//! Values come from the sample where it has them, and stand as their name in brackets where it hasn't, a number as a number. A name that can't be
//! resolved prints nothing: the reading of names has found it already.

use super::{
    galley::{Galley, What, Whose},
    suppose::{Supposition, Truth},
};
use crate::{
    base::Source,
    people::Language,
    policy::{FieldType, Policy, Scope},
    render::{
        Part,
        compile::{Compiled, offset},
        helpers,
        lint::{
            hidden::Hidden,
            place::{Place, find, quoted},
            reach::{Context, Reach},
        },
    },
};
use handlebars::{
    Template,
    template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement},
};
use serde_json::Value as Json;
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// What a message is printed from.
#[derive(Clone, Copy)]
pub(super) struct Manuscript<'a> {
    pub scope: &'a Scope<'a>,
    pub compiled: &'a BTreeMap<String, Compiled<'a>>,
    pub policy: &'a Policy,
    pub language: &'a Language,
    pub sample: &'a Json,
}

/// Prints one part. Gives the conditions that it met.
pub(super) fn print(
    manuscript: Manuscript<'_>,
    name: &str,
    part: Part,
    supposition: &Supposition,
) -> (Galley, BTreeSet<String>) {
    let mut press = Press { manuscript, part, supposition, galley: Galley::default(), met: BTreeSet::new() };
    if let Some(Compiled { source, template }) = manuscript.compiled.get(name) {
        press.template(template, &Spot::at_the_beginning(source, Context::root()));
    }
    (press.galley, press.met)
}

struct Press<'a> {
    manuscript: Manuscript<'a>,
    part: Part,
    supposition: &'a Supposition,
    galley: Galley,
    met: BTreeSet<String>,
}

/// Where the print stands.
#[derive(Clone)]
struct Spot<'a> {
    place: Place<'a>,
    whose: Whose,
    /// The block that a partial was given.
    block: Option<Rc<(&'a Template, Spot<'a>)>>,
}

impl<'a> Spot<'a> {
    fn at_the_beginning(source: &'a Source, context: Context) -> Self {
        let place = Place { source, at: 0, context, moved: true, in_partial: false, hidden: Hidden::default() };
        Self { place, whose: Whose::default(), block: None }
    }
}

impl<'a> Press<'a> {
    fn template(&mut self, template: &'a Template, spot: &Spot<'a>) {
        let mut spot = spot.clone();
        for (index, element) in template.elements.iter().enumerate() {
            if let Some(mapping) = template.mapping.get(index) {
                spot.place.at = offset(&spot.place.source.text, mapping.0, mapping.1);
            }
            match element {
                TemplateElement::RawString(text) => self.written(text, &spot),
                TemplateElement::Expression(call) | TemplateElement::HtmlExpression(call) => self.value(call, &spot),
                TemplateElement::HelperBlock(block) => self.block(block, &spot),
                TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                    self.partial(partial, &spot);
                }
                _ => {}
            }
        }
    }

    /// Text as it stands in the file, but for the white space around it, which handlebars takes away beside tags.
    fn written(&mut self, text: &str, spot: &Spot<'a>) {
        let words = text.trim();
        let place = &spot.place;
        let found = place.source.text.get(place.at..).and_then(|rest| rest.find(words));
        let at = found.map_or(place.at, |found| place.at + found);
        let (before, after) = text.split_once(words).unwrap_or((text, ""));
        for (text, span) in [(before, at..at), (words, at..at + words.len()), (after, at..at)] {
            self.galley.put(text, place.source, span, What::Written, spot.whose.clone());
        }
    }

    fn value(&mut self, call: &'a HelperTemplate, spot: &Spot<'a>) {
        let Some(name) = call.name.as_name() else { return };
        let is_call = !call.params.is_empty() || !call.hash.is_empty() || helpers::NAMES.contains(&name);
        if !is_call {
            return self.name(name, spot);
        }
        if name == "plural" {
            return self.plural(call, spot);
        }
        match call.params.first().and_then(Parameter::as_name) {
            Some(name) => self.name(name, spot),
            None => self.put(name, "[…]", What::Computed, spot),
        }
    }

    /// The word for many, or those for one and for few: by a number that is somebody's.
    fn plural(&mut self, call: &HelperTemplate, spot: &Spot<'a>) {
        let Some(count) = call.params.first() else { return };
        let truth = self.asked(format!("plural {}", self.words(count, &spot.place)));
        let whose = self.customers(count, &spot.place).map_or(Whose::Anybodys, Whose::Customers);
        let whose = spot.whose.clone().or(whose);
        for (form, word) in &call.hash {
            if let Parameter::Literal(Json::String(word)) = word
                && (form == "other" || call.hash.len() == 1) == (truth == Truth::Yes)
            {
                let span = quoted(&spot.place, word);
                self.galley.put(&self.escaped(word), spot.place.source, span, What::Written, whose.clone());
            }
        }
    }

    fn name(&mut self, raw: &str, spot: &Spot<'a>) {
        let Ok(reach) = spot.place.context.resolve(raw, self.manuscript.scope) else { return };
        match reach {
            Reach::Field(named) => {
                let text = self.sample(&named.thing, &named.field);
                let text = text.unwrap_or_else(|| match named.kind {
                    FieldType::Integer => "7".to_owned(),
                    _ => format!("[{}.{}]", named.thing, named.field),
                });
                self.put(raw, &text, What::Field(named), spot);
            }
            Reach::Previous => self.put(raw, "[previous]", What::Previous, spot),
            Reach::Said(name) if name.ends_with("_url") => {
                self.put(raw, &format!("[{name}]"), What::Own(name), spot);
            }
            Reach::Said(name) => {
                let text = self.said(&name).unwrap_or_else(|| format!("[{name}]"));
                self.put(raw, &text, What::Said(name), spot);
            }
            Reach::Written(words) => {
                let text = self.escaped(&words.text);
                self.galley.put(&text, &words.source, words.span, What::Written, spot.whose.clone());
            }
            Reach::Words | Reach::Root | Reach::Thing(_) | Reach::Fixed(_) => {
                self.put(raw, "[…]", What::Computed, spot);
            }
            Reach::Messages | Reach::Message | Reach::Product => self.put(raw, "[…]", What::Computed, spot),
        }
    }

    fn put(&mut self, raw: &str, text: &str, what: What, spot: &Spot<'a>) {
        let span = find(&spot.place, raw).unwrap_or(spot.place.at..spot.place.at);
        let text = self.escaped(text);
        self.galley.put(&text, spot.place.source, span, what, spot.whose.clone());
    }

    fn escaped(&self, text: &str) -> String {
        if self.part == Part::Html { handlebars::html_escape(text) } else { text.to_owned() }
    }

    fn sample(&self, thing: &str, field: &str) -> Option<String> {
        match self.manuscript.sample.get(thing)?.get(field)? {
            Json::String(text) => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What the policy says under a name.
    fn said(&self, name: &str) -> Option<String> {
        let Manuscript { policy, language, scope, .. } = self.manuscript;
        let purpose = policy.purposes.get(scope.purpose);
        match name {
            "business.name" => Some(policy.business.name.clone()),
            "business.postal_address" => Some(policy.business.postal_address.clone()),
            "purpose.title" => purpose.map(|purpose| purpose.title_in(language).to_owned()),
            "purpose.promise" => purpose.map(|purpose| purpose.promise_in(language).to_owned()),
            "language" => Some(language.tag().to_owned()),
            _ if name.starts_with("message.") => {
                let first = self.manuscript.sample.get("messages")?.get(0)?;
                Some(first.get(name.trim_start_matches("message."))?.as_str()?.to_owned())
            }
            _ if name.starts_with("product.") => {
                let things = self.manuscript.sample.as_object()?.values();
                let lists = things.filter_map(Json::as_object).flat_map(|fields| fields.values());
                let first = lists.filter_map(Json::as_array).find_map(|list| list.first())?;
                Some(first.get(name.trim_start_matches("product."))?.as_str()?.to_owned())
            }
            _ => None,
        }
    }

    fn block(&mut self, block: &'a HelperTemplate, spot: &Spot<'a>) {
        let Some(param) = block.params.first() else { return };
        let mut inside = spot.clone();
        let taken = match block.name.as_name() {
            Some("if") => self.condition(param, spot, &mut inside),
            Some("unless") => !self.condition(param, spot, &mut inside),
            Some("each") => {
                let list =
                    param.as_name().and_then(|name| spot.place.context.resolve(name, self.manuscript.scope).ok());
                let Some(entry) = list.and_then(|list| list.entry()) else { return };
                inside.place.context = spot.place.context.inside(entry);
                Truth::Yes
            }
            Some("with") => {
                if let Some(Ok(reach)) =
                    param.as_name().map(|name| spot.place.context.resolve(name, self.manuscript.scope))
                {
                    inside.place.context = spot.place.context.inside(reach);
                }
                // Into what is empty it doesn't go.
                self.condition(param, spot, &mut inside)
            }
            _ => return,
        };
        let branch = if taken == Truth::Yes { &block.template } else { &block.inverse };
        if let Some(template) = branch {
            self.template(template, &inside);
        }
    }

    /// Answers a condition; what stands in its block then hangs on whose facts were asked.
    fn condition(&mut self, param: &Parameter, spot: &Spot<'a>, inside: &mut Spot<'a>) -> Truth {
        let (truth, whose) = self.answer(param, &spot.place);
        inside.whose = std::mem::take(&mut inside.whose).or(whose);
        truth
    }

    fn answer(&mut self, param: &Parameter, place: &Place<'a>) -> (Truth, Whose) {
        let Parameter::Subexpression(call) = param else { return self.atom(param, place) };
        let params = call.params().map(Vec::as_slice).unwrap_or_default();
        if !matches!(call.name(), "and" | "or" | "not") {
            let whose = params.iter().find_map(|param| self.customers(param, place));
            let whose = whose.map_or(Whose::Anybodys, Whose::Customers);
            return (self.asked(self.words(param, place)), whose);
        }
        let answers: Vec<_> = params.iter().map(|param| self.answer(param, place)).collect();
        let whose = answers.iter().fold(Whose::default(), |all, (_, whose)| all.or(whose.clone()));
        let yes = |(truth, _): &(Truth, Whose)| *truth == Truth::Yes;
        let truth: Truth = match call.name() {
            "and" => answers.iter().all(yes).into(),
            "or" => answers.iter().any(yes).into(),
            _ => (!answers.iter().any(yes)).into(),
        };
        (truth, whose)
    }

    /// A condition that is one name.
    fn atom(&mut self, param: &Parameter, place: &Place<'a>) -> (Truth, Whose) {
        if let Parameter::Literal(value) = param {
            let is_empty = matches!(value, Json::Null | Json::Bool(false)) || value == "" || value == 0;
            return ((!is_empty).into(), Whose::default());
        }
        let reach = param.as_name().map(|name| place.context.resolve(name, self.manuscript.scope));
        match reach {
            Some(Ok(Reach::Field(named))) => {
                let name = format!("{}.{}", named.thing, named.field);
                let whose = if named.thing == "customer" { Whose::Customers(name.clone()) } else { Whose::default() };
                (self.asked(name), whose)
            }
            // Not every product has a picture.
            Some(Ok(Reach::Said(name))) if name.starts_with("product.") => (self.asked(name), Whose::default()),
            Some(Ok(Reach::Previous)) => (self.asked("moved".to_owned()), Whose::default()),
            Some(Ok(Reach::Said(name))) if name == "moved" || name == "merged" => (self.asked(name), Whose::default()),
            // In which language somebody reads is the customer's own fact.
            Some(Ok(Reach::Said(name))) if name == "language" => (self.asked(name.clone()), Whose::Customers(name)),
            _ => (Truth::Yes, Whose::default()),
        }
    }

    fn asked(&mut self, condition: String) -> Truth {
        let truth = self.supposition.answer(&condition);
        self.met.insert(condition);
        truth
    }

    /// What a parameter asks of the customer, if anything.
    fn customers(&self, param: &Parameter, place: &Place<'a>) -> Option<String> {
        if let Parameter::Subexpression(call) = param {
            return call.params()?.iter().find_map(|param| self.customers(param, place));
        }
        self.reads(param, place).filter(|name| name.starts_with("customer.") || name == "language")
    }

    /// A parameter in words, the same wherever it stands.
    fn words(&self, param: &Parameter, place: &Place<'a>) -> String {
        if let Parameter::Subexpression(call) = param {
            let params = call.params().map(Vec::as_slice).unwrap_or_default();
            let params = params.iter().map(|param| self.words(param, place));
            return format!("({} {})", call.name(), params.collect::<Vec<_>>().join(" "));
        }
        self.reads(param, place).unwrap_or_else(|| format!("{param:?}"))
    }

    fn reads(&self, param: &Parameter, place: &Place<'a>) -> Option<String> {
        place.context.resolve(param.as_name()?, self.manuscript.scope).ok()?.name()
    }

    fn partial(&mut self, partial: &'a DecoratorTemplate, spot: &Spot<'a>) {
        let Some(name) = partial.name.as_name() else { return };
        if name == "@partial-block" {
            if let Some(block) = &spot.block {
                let (template, from) = block.as_ref();
                let whose = spot.whose.clone().or(from.whose.clone());
                self.template(template, &Spot { whose, ..from.clone() });
            }
            return;
        }
        let Some(included) = self.manuscript.compiled.get(name) else { return };
        let place = &spot.place;
        let context = match partial.params.first().and_then(Parameter::as_name) {
            Some(name) => match place.context.resolve(name, self.manuscript.scope) {
                Ok(reach) => place.context.inside(reach),
                Err(_) => return,
            },
            None => place.context.clone(),
        };
        let given =
            partial.hash.iter().map(|(name, value)| (name.clone(), Reach::given(value, place, self.manuscript.scope)));
        let mut inner = Spot::at_the_beginning(included.source, context.given(given.collect()));
        inner.whose = spot.whose.clone();
        inner.block = partial.template.as_ref().map(|template| Rc::new((template, spot.clone())));
        self.template(&included.template, &inner);
    }
}

#[cfg(test)]
mod tests;
