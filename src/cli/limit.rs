//! `comity limit`: how much a customer wants to hear of us at most, as they said it.

use super::{control, output};
use crate::{
    engine::office::limits::{Limited, Order},
    gate::sentence,
    policy::{OwnLimit, OwnLimits, cap::Window, own_limit::Wish},
};
use anyhow::bail;
use std::{num::NonZeroU32, path::Path, process::ExitCode};

/// Keep a customer's own limit: how much they want to hear of you at most.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("wish").required(true).args(["at_most", "none"]),
    after_help = "Examples:
  comity limit C017 --at-most 1 --per \"calendar month\"
  comity limit anna@example.org --purpose letters --at-most 2 --per \"30 days\"
  comity limit C017 --purpose letters --none

It holds beside the caps of policy.toml, so the stricter one wins. One limit is kept for each purpose \
and one for everything together; a new one takes the place of the old. No import changes it. \
`comity explain CUSTOMER` shows what holds."
)]
pub struct Args {
    /// The customer's id in their source, `@` and their number here, or their address.
    customer: String,
    /// Of one purpose's messages; else of all together.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// How many messages.
    #[arg(long, value_name = "COUNT", requires = "per", value_parser = clap::value_parser!(u32).range(1..=i64::from(OwnLimit::AT_MOST_MAX)))]
    at_most: Option<u32>,
    /// In which stretch of time: "30 days", "calendar day", "calendar week", "calendar month".
    #[arg(long, value_name = "TIME", requires = "at_most", value_parser = window)]
    per: Option<Window>,
    /// No limit of their own.
    #[arg(long, conflicts_with = "per")]
    none: bool,
}

/// Keeps it.
///
/// # Errors
/// When the installation can't be reached, or there is no such customer or purpose.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let purpose = args.purpose.clone().unwrap_or_default();
    let wish = match (args.at_most.and_then(NonZeroU32::new), args.per) {
        (Some(at_most), Some(per)) => Wish::Limit(OwnLimit { purpose, at_most, per }),
        _ => Wish::None(purpose),
    };
    let order = Order { customer: args.customer.clone(), wish };
    let (limited, _) = control::visit(dir, async |door| door.limit(&order).await)?;
    match limited {
        Limited::Now(limits) => output::line(format_args!("Kept. {}", words(&limits))),
        Limited::Already(limits) => output::line(format_args!("It was so already. {}", words(&limits))),
        Limited::NoSuchPurpose => bail!("policy.toml has no purpose `{}`", order.wish.purpose()),
        Limited::OfNobody(why) => return Err(why.into()),
    }
    Ok(ExitCode::SUCCESS)
}

/// `At most 1 message in a calendar month.`
pub(super) fn words(limits: &OwnLimits) -> String {
    let sentences: Vec<String> = limits.iter().map(|limit| format!("{}.", sentence::own_limit(&limit))).collect();
    if sentences.is_empty() { "No limit of their own holds.".to_owned() } else { sentences.join(" ") }
}

fn window(text: &str) -> Result<Window, String> {
    let window = Window::parse(text).map_err(|complaint| {
        let help = complaint.help.map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}{help}", complaint.message)
    })?;
    if window.reach() > OwnLimit::REACH_MAX {
        return Err("that is longer than a year".to_owned());
    }
    Ok(window)
}
