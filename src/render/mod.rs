//! Rendering: from a template and one customer's facts to a draft, in words, not yet in bytes.
//!
//! ```text
//!  Templates (compiled once) ─┐
//!  Snapshot ─► Scope ─────────┴─► subject, HTML, text ─┐
//!       └────────────────────────────► calendar ───────┴─► Draft
//! ```
//!
//! A draft is made from one immutable [`Snapshot`] of policy, workflow, customer and record, so that no name can slip
//! from one message into the next. A template reads what the [`Scope`] holds: the fields whose declaration names the
//! message's purpose, and nothing else (promise P5). Handlebars runs in strict mode; a name that isn't there is a
//! [`RenderError`] with template, line and name, and becomes the gate's reason `NotRenderable`.
//!
//! Invariant: an error never carries a value, only names. Control characters that data would carry into a header are
//! rejected, never stripped: what was cut out can't be noticed by the one who must repair it.

pub mod templates;
pub mod compile;
pub mod flow;
mod lint;
mod sample;
pub mod snapshot;
pub mod scope;
pub mod content;
pub mod helpers;
pub mod speech;
pub mod calendar;
pub mod draft;
pub mod preview;
pub mod notice;
pub mod note;
pub mod error;

pub use content::Content;
pub use draft::Draft;
pub use error::{Fault, Part, RenderError};
pub use flow::Flow;
pub use note::Note;
pub use notice::{Notice, marked};
pub use preview::{Occasion, preview};
pub use scope::{AnswerUrls, Scope};
pub use snapshot::{Piece, Setting, Snapshot};
pub use speech::{Speech, colon};
pub use templates::{TemplateSet, Templates, Variant};
