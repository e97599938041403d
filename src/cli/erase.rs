//! `comity erase`: everything that is known about a person goes.

use super::{
    control,
    output::{self, FAILED},
};
use crate::engine::office::erasure::Erased;
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Erase a customer, for good: their data, their messages, and all copies that hang on their key.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity erase C017 --yes              a customer, by the id of your own list
  comity erase anna@example.org --yes  whoever has this mailbox alone

It can't be taken back. What was planned for them is dropped, their key is destroyed, so that no old copy of the \
database can be read about them, and no import, calendar or program brings them back. They come back by their own act: a new \
booking that bears their address, or a sign-up.

What stays is the audit: what they agreed to and what was sent, about a number that leads to nobody. Erase them in your \
calendar and in your list, too. Backups of the key store (comity.keys.db) still hold their key: let none live long.")]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    /// Do it. Without this, it only says what it would do.
    #[arg(long)]
    yes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Erases.
///
/// # Errors
/// When the installation can't be reached, or several customers are meant.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let whom = args.customer.trim();
    if !args.yes {
        return ask(dir, whom);
    }
    let (erased, _) = control::visit(dir, async |door| door.erase(whom).await)?;
    match erased {
        Erased::NoSuchCustomer => {
            output::warn("comity: nobody has this id or address");
            return Ok(ExitCode::from(FAILED));
        }
        Erased::SeveralCustomers => bail!("several customers have this address: name the one by their id"),
        Erased::Gone { .. } if args.json => output::json(&erased)?,
        Erased::Gone { customer, scrubbed } => {
            output::line(format_args!("Erased: customer {customer} is nobody any more."));
            if !scrubbed {
                output::line("The database's log is emptied as soon as nobody reads it any more.");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn ask(dir: &Path, whom: &str) -> anyhow::Result<ExitCode> {
    let (all, _) = control::visit(dir, async |door| door.consents(whom).await)?;
    if all.is_empty() {
        output::warn("comity: nobody has this id or address");
        return Ok(ExitCode::from(FAILED));
    }
    for one in all {
        output::line(format_args!("Customer {}, {}", one.customer, one.mailbox));
    }
    output::line("Nothing was erased. To erase for good, add --yes.");
    Ok(ExitCode::SUCCESS)
}
