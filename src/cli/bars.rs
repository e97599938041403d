//! `comity object`, `comity restrict` and `comity minor`: what stops messages to a person whatever they agreed to.

use super::{control, output, shown::Shown};
use crate::{
    engine::office::bars::{Noted, Order},
    people::BarWord,
};
use anyhow::bail;
use std::{path::Path, process::ExitCode};

/// Note that a customer objects to marketing, or to one purpose (GDPR 21).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity object C017 --place \"call of 3 March\"
  comity object anna@example.org --purpose letters

It holds from then on, also for what is planned already. Nobody here can take it back: only the customer, \
by signing up again and confirming that from the mailbox itself. Without --purpose it is to all that is not \
a service which they arranged. `comity consent CUSTOMER` shows it.")]
pub struct ObjectArgs {
    #[command(flatten)]
    about: About,
    /// To messages of this purpose alone, whatever they rest on.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
}

/// Restrict the use of a customer's data (GDPR 18), or lift that.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity restrict C017 --place \"letter of 3 March\"
  comity restrict C017 --lift --place \"told her by letter on 20 March\"

While it holds, nothing is sent to them but what they ask for themselves, such as the question whether they \
signed up; reminders of visits neither. Before it is lifted, they must be told (GDPR 18(3)): --place says how. \
`comity consent CUSTOMER` shows it.")]
pub struct RestrictArgs {
    #[command(flatten)]
    about: About,
    /// Lift it.
    #[arg(long, requires = "place")]
    lift: bool,
}

/// Mark a customer as a child, or say that they are none any more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity minor C017 --place \"the mother, at the counter\"
  comity minor C017 --of-age

While it holds, no yes of theirs counts, and they are not asked for one. Services that were arranged for them, \
such as reminders of visits, go on. `comity consent CUSTOMER` shows it.")]
pub struct MinorArgs {
    #[command(flatten)]
    about: About,
    /// They are of age.
    #[arg(long)]
    of_age: bool,
}

/// Whose, and what shows it.
#[derive(Debug, clap::Args)]
struct About {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    #[command(flatten)]
    shown: Shown,
}

/// Notes an objection.
///
/// # Errors
/// When the installation can't be reached, or there is no such customer or purpose.
pub fn object(dir: &Path, args: &ObjectArgs) -> anyhow::Result<ExitCode> {
    note(dir, &args.about, BarWord::Objected, args.purpose.clone())
}

/// Restricts, or lifts.
///
/// # Errors
/// When the installation can't be reached, or there is no such customer.
pub fn restrict(dir: &Path, args: &RestrictArgs) -> anyhow::Result<ExitCode> {
    note(dir, &args.about, if args.lift { BarWord::Unrestricted } else { BarWord::Restricted }, None)
}

/// Marks, or unmarks.
///
/// # Errors
/// When the installation can't be reached, or there is no such customer.
pub fn minor(dir: &Path, args: &MinorArgs) -> anyhow::Result<ExitCode> {
    note(dir, &args.about, if args.of_age { BarWord::OfAge } else { BarWord::Minor }, None)
}

fn note(dir: &Path, about: &About, word: BarWord, purpose: Option<String>) -> anyhow::Result<ExitCode> {
    let order = Order { customer: about.customer.clone(), word, purpose, evidence: about.shown.evidence()? };
    let (noted, _) = control::visit(dir, async |door| door.bar(&order).await)?;
    match noted {
        Noted::Now(row) => output::line(format_args!("{} (row {row}).", word.phrase(order.purpose.as_deref()))),
        Noted::Already => output::line("It was so already."),
        Noted::NoSuchPurpose => bail!("policy.toml has no purpose `{}`", order.purpose.unwrap_or_default()),
        Noted::OfNobody(why) => return Err(why.into()),
    }
    Ok(ExitCode::SUCCESS)
}
