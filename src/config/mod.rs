//! The installation: its files, read as a whole or not at all.
//!
//! `comity.toml` says how it runs, `policy.toml` what it may do, `workflows/` what it promises, `templates/` in which
//! words. [`load()`] reads them all and either returns an [`Installation`] or every mistake that it found, never a part.

pub mod settings;
pub mod public_url;
pub mod form;
mod layers;
mod secret;
mod shops;
mod sources;
mod owner;
mod read;
mod folder;
mod logo;
mod trace;
pub mod load;

pub use load::{LoadError, data, load, load_still, load_with};
pub use logo::Logo;
pub use owner::{Answers, Owner, Webhook};
pub use settings::{Api, Config, Dkim, Limits, Log, LogFormat, Mail, Mode, Pace, Place, Shop, Smtp, Source, Web};
pub use trace::Trace;

use crate::{
    policy::Policy,
    render::{Flow, Templates},
    workflow::Workflow,
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

/// Everything that people wrote, checked and compiled.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The directory it was read from.
    pub root: PathBuf,
    /// How it runs.
    pub config: Config,
    /// What it may do.
    pub policy: Arc<Policy>,
    /// What it promises, by file name.
    pub workflows: BTreeMap<String, Arc<Workflow>>,
    /// The picture on its pages.
    pub logo: Option<Arc<Logo>>,
    /// In which words.
    pub templates: Arc<Templates>,
    /// Which field flows into which message.
    pub flows: Vec<Flow>,
    /// SHA-256 over policy, workflows, templates and what of `comity.toml` shows in a message, the first 16 hexadecimal
    /// digits. Another one means: plan anew, and send nothing that was drafted under this one.
    pub revision: String,
}
