//! Reads a compiled template for what it would do: every name, helper and partial, with the place where it stands.
//!
//! The scopes are handlebars': `{{#with customer}}` moves into a thing, `../` moves out again, a partial sees what its
//! includer sees and the values that it is given. What is read must be declared and permitted (promise P5), what is shown
//! must be fit to be shown, and every body must say how to stop and who writes.

use super::{
    Part,
    compile::{Compiled, add, offset},
    helpers,
};
use crate::{
    base::{Findings, Source},
    document::{Complaint, did_you_mean},
    policy::{AnswerLinks, ConfirmLink, Scope},
};
use handlebars::{
    Template,
    template::{DecoratorTemplate, HelperTemplate, Parameter, TemplateElement},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

mod hidden;
mod honest;
mod place;
mod reach;
mod syntax;

pub(super) use honest::{Desk, Names, read as honest};
pub(super) use syntax::complaint as syntax;

use hidden::Hidden;
use place::{Place, find, tag};
use reach::{CONFIRM, Context, Named, Reach, Shown, is_own_link};

/// What every body must show: a way out, and who writes.
const SHOWN: [(&str, &str, &str); 2] = [
    ("stop_url", "no way to stop", "write a link to {{stop_url}}: everyone must be able to stop"),
    (
        "business.postal_address",
        "no sender",
        "write {{business.postal_address}}: people must see who writes, and from where",
    ),
];

/// One reading of one part, for one workflow.
pub(super) struct Lint<'a> {
    scope: &'a Scope<'a>,
    compiled: &'a BTreeMap<String, Compiled<'a>>,
    part: Part,
    findings: &'a mut Findings,
    /// By their whole names, wherever they were read from.
    read: BTreeSet<String>,
}

impl<'a> Lint<'a> {
    pub(super) const fn new(
        scope: &'a Scope<'a>,
        compiled: &'a BTreeMap<String, Compiled<'a>>,
        part: Part,
        findings: &'a mut Findings,
    ) -> Self {
        Self { scope, compiled, part, findings, read: BTreeSet::new() }
    }

    /// Reads a part by its name, and says what it reads: `customer.first_name`.
    pub(super) fn read(mut self, name: &str) -> BTreeSet<String> {
        let Some(part) = self.compiled.get(name) else { return self.read };
        let hidden = Hidden::default();
        let place =
            Place { source: part.source, at: 0, context: Context::root(), moved: false, in_partial: false, hidden };
        self.template(&part.template, &place);
        if self.part != Part::Subject {
            self.is_whole(part.source, &place);
        }
        self.read
    }

    /// Every body shows who writes, and how to stop.
    fn is_whole(&mut self, source: &Source, place: &Place<'a>) {
        for (name, label, help) in SHOWN {
            if !self.read.contains(name) {
                let end = source.text.trim_end().len();
                let message = format!("the body never shows `{name}`");
                self.complain(place, end..end, Complaint::new(message, label, help));
            }
        }
        if self.scope.answers == AnswerLinks::Carried && !self.read.iter().any(|name| name.starts_with("answers.")) {
            let end = source.text.trim_end().len();
            let help = "write a link to {{answers.coming_url}}, {{answers.cant_come_url}} and {{answers.another_time_url}}, \
                        or take `answers = true` out of the workflow";
            self.complain(place, end..end, Complaint::new("the body never asks for the answer", "no answer", help));
        }
        if self.scope.confirms == ConfirmLink::Carried && !self.read.contains(CONFIRM) {
            let end = source.text.trim_end().len();
            let complaint = Complaint::new(
                "the body never shows `confirm_url`",
                "no way to confirm",
                "write a link to {{confirm_url}}: without it nobody can say that it was they",
            );
            self.complain(place, end..end, complaint);
        }
    }

    fn template(&mut self, template: &Template, place: &Place<'a>) {
        let mut before = "";
        let mut hidden = place.hidden.clone();
        for (index, element) in template.elements.iter().enumerate() {
            let mut place = Place { hidden: hidden.clone(), ..place.clone() };
            if let Some(mapping) = template.mapping.get(index) {
                place.at = offset(&place.source.text, mapping.0, mapping.1);
            }
            if let TemplateElement::Expression(call) = element {
                self.link(call, before, &place);
            }
            self.element(element, &place);
            before = if let TemplateElement::RawString(text) = element { text } else { "" };
            hidden.over(before);
        }
    }

    fn element(&mut self, element: &TemplateElement, place: &Place<'a>) {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(call) => self.shown(call, place),
            TemplateElement::HtmlExpression(call) => {
                let complaint = Complaint::new(
                    "a value without escaping lets data write HTML",
                    "unescaped",
                    "write two braces: {{…}}",
                );
                let span = find(place, "{{{").or_else(|| find(place, "{{&")).unwrap_or(place.at..place.at);
                self.complain(place, span, complaint);
                self.shown(call, place);
            }
            TemplateElement::HelperBlock(block) => self.block(block, place),
            TemplateElement::PartialExpression(partial) | TemplateElement::PartialBlock(partial) => {
                self.partial(partial, place);
            }
            _ => {
                let complaint = Complaint::new(
                    "inline partials are not supported",
                    "not supported",
                    "put it into templates/partials/<name>.hbs",
                );
                self.complain(place, tag(place), complaint);
            }
        }
    }

    /// `{{…}}`: a value, or a helper's answer.
    fn shown(&mut self, call: &HelperTemplate, place: &Place<'a>) {
        let Some(name) = call.name.as_name() else { return };
        if !call.params.is_empty() || !call.hash.is_empty() || helpers::NAMES.contains(&name) {
            self.call(call, place);
            return;
        }
        let Some(reach) = self.path(name, place) else { return };
        if let Some(complaint) = reach::unfit(name, &reach, self.scope) {
            self.word(place, name, complaint);
        }
    }

    /// A helper with its parameters, in braces or in brackets.
    fn call(&mut self, call: &HelperTemplate, place: &Place<'a>) {
        let name = call.name.as_name().unwrap_or_default();
        if !helpers::NAMES.contains(&name) {
            let help = did_you_mean(name, helpers::NAMES).or_else(|| {
                Some("the helpers are date, time, datetime, money, plural, if, unless, with, eq and their like".into())
            });
            self.word(
                place,
                name,
                Complaint { message: format!("there is no helper `{name}`"), label: "unknown helper".into(), help },
            );
            return;
        }
        if name == "lookup" || name == "each" && self.entry_of(call, place).is_none() {
            let complaint = Complaint::new(
                format!("`{name}` has nothing to work on: this is no list"),
                "no list",
                "name the field: {{customer.first_name}}",
            );
            self.word(place, name, complaint);
            return;
        }
        if call.params.is_empty() {
            let complaint = Complaint::new(
                format!("`{name}` works on something"),
                "on what?",
                format!("write {{{{{name} appointment.starts_at}}}} or the like"),
            );
            self.word(place, name, complaint);
        }
        for (index, param) in call.params.iter().enumerate() {
            let reach = self.param(param, place);
            if let (0, Some(reach), Parameter::Path(_)) = (index, reach, param)
                && let Some(complaint) = reach::misfit(name, param.as_name().unwrap_or_default(), &reach)
            {
                self.word(place, param.as_name().unwrap_or_default(), complaint);
            }
        }
        for value in call.hash.values() {
            self.param(value, place);
        }
    }

    /// What one entry of the list is that a helper works on, where it is one.
    fn entry_of(&self, call: &HelperTemplate, place: &Place<'a>) -> Option<Reach> {
        self.resolve(call.params.first()?, place)?.entry()
    }

    fn block(&mut self, block: &HelperTemplate, place: &Place<'a>) {
        let name = block.name.as_name().unwrap_or_default();
        self.call(block, place);
        let entry = (name == "each").then(|| self.entry_of(block, place));
        // What stands inside of a block that can't be entered isn't to blame.
        if entry == Some(None) {
            return;
        }
        let asks_moved = block.params.iter().any(reach::asks_moved);
        let mut inside = place.clone();
        let mut otherwise = place.clone();
        inside.moved |= name == "if" && asks_moved;
        otherwise.moved |= name == "unless" && asks_moved;
        if let Some(entry) = entry.flatten() {
            inside.context = place.context.inside(entry);
        }
        if name == "with"
            && let Some(reach) = block.params.first().and_then(|param| self.resolve(param, place))
        {
            inside.context = place.context.inside(reach);
        }
        if block.block_param.is_some() {
            let complaint = Complaint::new(
                "names of a block's own are not supported",
                "as |…|",
                "write the whole name: {{customer.first_name}}",
            );
            self.word(place, "as |", complaint);
        }
        if let Some(template) = &block.template {
            self.template(template, &inside);
        }
        if let Some(template) = &block.inverse {
            self.template(template, &otherwise);
        }
    }

    fn partial(&mut self, partial: &DecoratorTemplate, place: &Place<'a>) {
        if let Some(block) = &partial.template {
            self.template(block, place);
        }
        let given: BTreeMap<String, Reach> = partial
            .hash
            .iter()
            .map(|(name, value)| (name.clone(), self.param(value, place).unwrap_or(Reach::Words)))
            .collect();
        let Some(name) = partial.name.as_name() else {
            let complaint = Complaint::new(
                "a partial is included by its name",
                "computed",
                "write {{> name}}, and choose by {{#if}}",
            );
            self.complain(place, tag(place), complaint);
            return;
        };
        if name == "@partial-block" {
            if !place.in_partial {
                let complaint = Complaint::new(
                    "only a partial is given a block",
                    "no block here",
                    "use it in templates/partials, and include that by {{#> name}}…{{/name}}",
                );
                self.word(place, name, complaint);
            }
            return;
        }
        let Some(included) = self.compiled.get(name).filter(|_| is_partial(name)) else {
            let partials = self.compiled.keys().map(String::as_str).filter(|name| is_partial(name));
            let help =
                did_you_mean(name, partials).or_else(|| Some(format!("write it to templates/partials/{name}.hbs")));
            // A partial that is there but doesn't compile has its own finding.
            self.word(
                place,
                name,
                Complaint { message: format!("there is no partial `{name}`"), label: "unknown partial".into(), help },
            );
            return;
        };
        let context = match partial.params.first() {
            Some(param) => {
                self.param(param, place).map_or_else(|| place.context.clone(), |reach| place.context.inside(reach))
            }
            None => place.context.clone(),
        };
        let inner = Place {
            source: included.source,
            at: 0,
            context: context.given(given),
            moved: place.moved,
            in_partial: true,
            hidden: place.hidden.clone(),
        };
        self.template(&included.template, &inner);
    }

    /// A parameter, read.
    fn param(&mut self, param: &Parameter, place: &Place<'a>) -> Option<Reach> {
        match param {
            Parameter::Path(_) | Parameter::Name(_) => self.path(param.as_name()?, place),
            Parameter::Subexpression(inner) => {
                if let TemplateElement::Expression(call) = inner.as_element() {
                    if call.params.is_empty() && call.hash.is_empty() {
                        self.shown(call, place);
                    } else {
                        self.call(call, place);
                    }
                }
                Some(Reach::Words)
            }
            _ => Some(Reach::Words),
        }
    }

    /// The same without findings, for what was read before.
    fn resolve(&self, param: &Parameter, place: &Place<'a>) -> Option<Reach> {
        match param {
            Parameter::Path(_) | Parameter::Name(_) => place.context.resolve(param.as_name()?, self.scope).ok(),
            _ => None,
        }
    }

    fn path(&mut self, raw: &str, place: &Place<'a>) -> Option<Reach> {
        match place.context.resolve(raw, self.scope) {
            Ok(Reach::Previous) if !place.moved => {
                let complaint = Complaint::new(
                    "`previous` is there only when the visit moved",
                    "not always there",
                    "put it into {{#if moved}}…{{/if}}",
                );
                self.word(place, raw, complaint);
                None
            }
            Ok(Reach::Field(Named { shown: Shown::Sensitive, .. })) if self.is_seen_by_others(place) => {
                let message = format!("`{raw}` is sensitive, and what stands here is read over the shoulder");
                let complaint = Complaint::new(message, "sensitive", "show it in the visible body only");
                self.word(place, raw, complaint);
                None
            }
            Ok(reach) => {
                self.read.extend(reach.name());
                Some(reach)
            }
            Err(complaint) => {
                self.word(place, raw, complaint);
                None
            }
        }
    }

    /// A subject, and a preheader beside it, stand in a list and on a locked telephone.
    fn is_seen_by_others(&self, place: &Place<'a>) -> bool {
        self.part == Part::Subject || self.part == Part::Html && place.hidden.is()
    }

    /// A value that begins a link decides where it leads: `javascript:` needs no angle bracket.
    fn link(&mut self, call: &HelperTemplate, before: &str, place: &Place<'a>) {
        let before = before.trim_end_matches(['"', '\'']).to_ascii_lowercase();
        let name = call.name.as_name().unwrap_or_default();
        let is_image = before.ends_with("src=");
        let begins = self.part == Part::Html && (before.ends_with("href=") || is_image);
        let reach = || place.context.resolve(name, self.scope).ok();
        if begins && !is_own_link(name) && !reach().is_some_and(|reach| reach.is_address(is_image)) {
            let complaint = Complaint::new(
                "a value that begins an address decides where it leads",
                "leads anywhere",
                "write the beginning: href=\"https://salon.example/{{…}}\"",
            );
            self.word(place, name, complaint);
        }
    }

    fn word(&mut self, place: &Place<'a>, word: &str, complaint: Complaint) {
        let span = find(place, word).unwrap_or(place.at..place.at);
        self.complain(place, span, complaint);
    }

    fn complain(&mut self, place: &Place<'a>, span: Range<usize>, complaint: Complaint) {
        add(self.findings, place.source, span, complaint);
    }
}

/// Neither a part of a message nor a task.
fn is_partial(name: &str) -> bool {
    !name.starts_with("mail/") && !name.starts_with("task/")
}
