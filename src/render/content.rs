//! The run: a template is filled with one scope, and what comes out is checked before it is anything.
//!
//! Output stops at its limit, so that no template can fill the memory. Values are never parsed as templates.

use super::{
    error::{Fault, Part, RenderError},
    scope::Scope,
    templates::{Templates, Variant},
};
use handlebars::{Handlebars, Output, Renderable};

/// Longest body in bytes, HTML or text: Gmail cuts a message off at 102 kB, and the stop link stands at its end.
pub const BODY_BYTES_MAX: usize = 100_000;
/// Longest subject in characters. What mail programs show is far shorter; RFC 5322 2.1.1 would allow 998 octets a line.
pub const SUBJECT_CHARS_MAX: usize = 200;

/// What a template made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// HTML, complete.
    pub html: String,
    /// Plain text.
    pub text: String,
}

impl Content {
    /// Fills one variant of a template.
    ///
    /// # Errors
    /// Names what is missing, what doesn't belong, or the limit that was passed; never a value.
    pub fn fill(templates: &Templates, variant: &Variant, scope: &Scope) -> Result<Self, RenderError> {
        let content = Self {
            subject: run(templates.plain(), &variant.subject, scope)?,
            html: run(templates.registry(), &variant.html, scope)?,
            text: run(templates.plain(), &variant.text, scope)?,
        };
        content.is_decent()?;
        content.can_be_stopped(scope.stop_url())?;
        Ok(content)
    }

    fn is_decent(&self) -> Result<(), RenderError> {
        for (part, text) in [(Part::Subject, &self.subject), (Part::Html, &self.html), (Part::Text, &self.text)] {
            let strange = if part == Part::Subject { text.chars().find(|c| ends_line(*c)) } else { strange_in(text) };
            if let Some(c) = strange {
                return Err(RenderError::Control { part, code: c.into() });
            }
            if text.trim().is_empty() {
                return Err(RenderError::Empty(part));
            }
        }
        if self.subject.chars().count() > SUBJECT_CHARS_MAX {
            return Err(RenderError::TooLong { part: Part::Subject, most: SUBJECT_CHARS_MAX, unit: "characters" });
        }
        Ok(())
    }

    /// Both bodies show this customer's own stop link: no template leaves it out, and no draft carries another's.
    fn can_be_stopped(&self, stop_url: &str) -> Result<(), RenderError> {
        if !self.text.contains(stop_url) {
            return Err(RenderError::NoStop(Part::Text));
        }
        if !self.html.contains(&handlebars::html_escape(stop_url)) {
            return Err(RenderError::NoStop(Part::Html));
        }
        Ok(())
    }
}

/// What no body may hold: controls, and a carriage return that ends no line. Looked for among the bytes: all bodies pass
/// here. Controls are below 0x20, 0x7F, and U+0080 to U+009F, which are 0xC2 and a byte below 0xA0.
fn strange_in(body: &str) -> Option<char> {
    let bytes = body.as_bytes();
    let at = |index: usize| bytes.get(index).copied();
    let is_strange = |(index, byte): (usize, u8)| match byte {
        b'\t' | b'\n' => false,
        b'\r' => at(index + 1) != Some(b'\n'),
        0xC2 => at(index + 1).is_some_and(|next| next < 0xA0),
        byte => byte < 0x20 || byte == 0x7F,
    };
    let index = bytes.iter().copied().enumerate().position(is_strange)?;
    body.get(index..)?.chars().next()
}

/// What no subject may hold. U+2028 and U+2029 end a line for some mail programs, although they are no controls.
fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Words for a list: one line, whatever the values are.
pub(super) fn line(registry: &Handlebars<'static>, name: &str, scope: &Scope) -> Result<String, RenderError> {
    let words = run(registry, name, scope)?;
    let words: Vec<&str> =
        words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    Ok(words.join(" "))
}

fn run(registry: &Handlebars<'static>, name: &str, scope: &Scope) -> Result<String, RenderError> {
    let template = registry.get_template(name).ok_or_else(|| RenderError::NoTemplate(name.to_owned()))?;
    let mut paper = Paper(String::with_capacity(4096));
    template.render(
        registry,
        scope.context(),
        &mut handlebars::RenderContext::new(template.name.as_ref()),
        &mut paper,
    )?;
    Ok(paper.0)
}

/// Output with an end.
struct Paper(String);

impl Output for Paper {
    fn write(&mut self, text: &str) -> std::io::Result<()> {
        if self.0.len() + text.len() > BODY_BYTES_MAX {
            return Err(std::io::Error::other(Fault::TooLong(BODY_BYTES_MAX)));
        }
        self.0.push_str(text);
        Ok(())
    }
}
