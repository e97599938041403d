//! `comity schema`: what may stand in the files that people write, for editors and for people.

use super::output;
use crate::{
    config,
    document::{Form, reference::reference, schema::schema},
    policy, workflow,
};
use std::process::ExitCode;

const HEAD: &str = "# What may stand in the files

Every key of `policy.toml`, `workflows/*.toml` and `comity.toml`. This page is what `comity schema --markdown` prints; editors read
the same as JSON Schemas, from the line `#:schema …` at the top of each file. `comity check` knows more: which purposes and
fields there are, and what goes together.
";

/// Print what may stand in a file, as a JSON Schema for editors, or of all files as a page for people.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity schema policy > schemas/policy.json  for your editor, after an update
  comity schema --markdown > REFERENCE.md     every key of every file

`comity init` writes the schemas, and names them at the top of each file: editors that know Taplo \
(Even Better TOML) complete by them.")]
pub struct Args {
    /// Of which file.
    #[arg(required_unless_present = "markdown", conflicts_with = "markdown")]
    file: Option<File>,
    /// Print the page for people.
    #[arg(long)]
    markdown: bool,
}

/// The files that people write.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum File {
    /// policy.toml.
    Policy,
    /// workflows/*.toml.
    Workflow,
    /// comity.toml.
    Comity,
}

impl File {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Policy, Self::Workflow, Self::Comity];

    /// What may stand in it.
    #[must_use]
    pub const fn form(self) -> &'static Form {
        match self {
            Self::Policy => &policy::form::FILE,
            Self::Workflow => &workflow::form::FILE,
            Self::Comity => &config::form::FILE,
        }
    }

    /// Where an installation keeps its schema.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Policy => "schemas/policy.json",
            Self::Workflow => "schemas/workflow.json",
            Self::Comity => "schemas/comity.json",
        }
    }

    /// The schema as it is written.
    #[must_use]
    pub fn schema(self) -> String {
        format!("{:#}\n", schema(self.form()))
    }
}

/// Prints.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    let text = args.file.map_or_else(page, File::schema);
    output::line(text.trim_end());
    ExitCode::SUCCESS
}

/// The page for people.
#[must_use]
pub fn page() -> String {
    HEAD.to_owned() + &reference(&File::ALL.map(File::form))
}
