//! Why a template could not be filled: template, line and name, never a value.

use handlebars::RenderErrorReason;
use std::fmt;

/// The parts of a message that a template makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    /// `subject.hbs`.
    Subject,
    /// `body.html.hbs`.
    Html,
    /// `body.txt.hbs`.
    Text,
}

impl Part {
    /// All, in the order in which they are rendered.
    pub const ALL: [Self; 3] = [Self::Subject, Self::Html, Self::Text];

    /// The file's name.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Self::Subject => "subject.hbs",
            Self::Html => "body.html.hbs",
            Self::Text => "body.txt.hbs",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "subject",
            Self::Html => "HTML body",
            Self::Text => "text body",
        })
    }
}

/// Why there is no draft. The gate's reason `NotRenderable` carries its words.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RenderError {
    /// The workflow names a template that isn't there.
    #[error("there is no template `{0}`")]
    NoTemplate(String),
    /// The purpose is not in the policy any more.
    #[error("there is no purpose `{0}` in the policy")]
    NoPurpose(String),
    /// A place in a template could not be filled.
    #[error("{template}, line {line}: {fault}")]
    Template {
        /// The file, or a partial's name.
        template: String,
        /// From 1; 0 where handlebars doesn't say.
        line: usize,
        /// What is wrong there.
        fault: Fault,
    },
    /// The data would put a control character where none may be: in the subject not even a line break.
    #[error("the {part} would hold the control character U+{code:04X}, which comes from the data")]
    Control {
        /// Where.
        part: Part,
        /// Which character.
        code: u32,
    },
    /// A part came out empty.
    #[error("the {0} is empty")]
    Empty(Part),
    /// Longer than mail programs show.
    #[error("the {part} is longer than {most} {unit}")]
    TooLong {
        /// Which part.
        part: Part,
        /// The limit.
        most: usize,
        /// What is counted.
        unit: &'static str,
    },
    /// A body without the way out.
    #[error("the {0} doesn't show the stop link")]
    NoStop(Part),
    /// The calendar entry could not be written.
    #[error("the calendar entry can't be written: `{0}` holds a control character")]
    Calendar(&'static str),
}

/// What is wrong at one place of a template.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Fault {
    /// Strict mode: the name isn't there.
    #[error("there is no `{0}` for this message")]
    Missing(String),
    /// A helper got something else than it can write.
    #[error("`{helper}` needs {needs}; `{name}` is something else")]
    Unfit {
        /// The helper.
        helper: &'static str,
        /// What it takes.
        needs: &'static str,
        /// The name of what it was given.
        name: String,
    },
    /// The language has no dates, amounts and plurals yet.
    #[error("comity can't write dates and amounts in the language `{0}` yet")]
    NoSpeech(String),
    /// A plural form isn't there, nor `other`.
    #[error("`plural` has no word for the form `{0}`, nor `other`")]
    NoForm(&'static str),
    /// The part grew over its limit.
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    /// A partial isn't there.
    #[error("there is no partial `{0}`")]
    NoPartial(String),
    /// A helper isn't there.
    #[error("there is no helper `{0}`")]
    NoHelper(String),
    /// Something else of handlebars, without its values.
    #[error("handlebars can't fill this place")]
    Other,
}

impl From<Fault> for handlebars::RenderError {
    fn from(fault: Fault) -> Self {
        RenderErrorReason::NestedError(Box::new(fault)).into()
    }
}

impl From<handlebars::RenderError> for RenderError {
    /// Keeps place and names. Handlebars' own sentences are dropped, because some of them quote values.
    fn from(error: handlebars::RenderError) -> Self {
        let template = error.template_name.clone().unwrap_or_else(|| "a template".to_owned());
        let line = error.line_no.unwrap_or(0);
        let fault = match error.reason() {
            RenderErrorReason::MissingVariable(Some(name)) => Fault::Missing(name.clone()),
            RenderErrorReason::PartialNotFound(name) | RenderErrorReason::TemplateNotFound(name) => {
                Fault::NoPartial(name.clone())
            }
            RenderErrorReason::HelperNotFound(name) => Fault::NoHelper(name.clone()),
            RenderErrorReason::NestedError(cause) => cause.downcast_ref().cloned().unwrap_or(Fault::Other),
            RenderErrorReason::IOError(cause) => {
                cause.get_ref().and_then(|inner| inner.downcast_ref().cloned()).unwrap_or(Fault::Other)
            }
            _ => Fault::Other,
        };
        Self::Template { template, line, fault }
    }
}
