//! `--by`: whose word is kept.

use anyhow::Context;

/// Where the name of whoever types stands, the person behind a `sudo` first.
const NAMES: [&str; 3] = ["SUDO_USER", "USER", "LOGNAME"];
/// A longer name is none.
const NAME_CHARS_MAX: usize = 80;

/// See the module.
#[derive(Debug, clap::Args)]
pub(super) struct By {
    /// Who says so; else the name of your account.
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: Option<String>,
}

impl By {
    /// Whether a name was given.
    pub(super) const fn is_given(&self) -> bool {
        self.by.is_some()
    }

    /// The name that was given, or that of whoever types.
    ///
    /// # Errors
    /// When there is neither.
    pub(super) fn name(&self) -> anyhow::Result<String> {
        let account = || NAMES.iter().find_map(|variable| name(&std::env::var(variable).ok()?).ok());
        self.by.clone().or_else(account).context("nobody's name is known here: say whose word it is with --by")
    }
}

/// A name for the book: one line, that can't look like two or move the cursor where somebody reads it.
fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(format!("write a name of at most {NAME_CHARS_MAX} characters"));
    }
    if name.chars().any(char::is_control) {
        return Err("write it on one line, without control characters".to_owned());
    }
    Ok(name.to_owned())
}
