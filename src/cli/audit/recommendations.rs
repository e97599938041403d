//! `comity audit recommendations`: whom the lists of a shop serve, what they show, where their prices lead.

mod table;

use crate::{
    cli::{
        control::{self, Door},
        output::{self, FAILED, PARTLY},
        recommend::{
            how::How,
            purchases::{self, Also},
        },
    },
    engine::recommending::{AuditOrder, Audited},
    recommend::{
        Batch, Day, Missing, Readers, Section, Settings, Shop, View, Wishes,
        audit::{Answer, Asked, Audit, Beside, Gates, Groups, Verdict},
    },
    web::recommendations::Report,
};
use anyhow::{Context, bail};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// A window counts so many days, where nothing is said.
const DAYS: u16 = 28;
/// So many makers are named where one isn't known.
const NAMED: usize = 5;

/// Audit recommendations: whom they serve, what they show, where prices lead.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity audit recommendations                         this installation's lists, as they would be made now
  comity audit recommendations --groups people.csv     and whether some kinds of customers are served worse
  comity audit recommendations --html audit.html       as a page with plots
  comity audit recommendations --data purchases.csv    the lists that would be made from a file
  comity audit recommendations --data purchases.csv --cut 2027-03-01 --own-brand \"House Blend\" --gate
  comity audit recommendations --data purchases.csv --groups people.csv --json

Without --data it asks the daemon, or opens the database itself where none runs. The purchases of those who agreed are looked at, \
as every night; the gates have the limits of policy.toml; own brands are its own_brands. Nothing is written.

With --data and without --cut it looks at the lists that would be made the day after the last purchase, and at how good the lists were that \
would have been made 28 days before. With --cut both are the lists of that morning, held against what was bought from then on.

The file of purchases has the columns of `comity recommend`; where it has price (of one piece) and maker, manufacturer or brand, \
these are looked at, too, and of the catalogue price and maker, which go before. The file of --groups has a column customer (with --data the name that the purchases have, else the id of your files, or \
the address) and one for each attribute: income, age, family. It is held in memory for the audit and written nowhere; groups of fewer than 50 customers aren't shown.

The gates, where the policy says nothing else: the lists are no worse than what is popular; no product stands in more than 80 % of them; no group is led up by \
more than .03 of a category's prices; own brands have at most 1.7 times their share of the purchases; no group's hit rate is \
under .80 of another's, unless chance brings that once in a hundred times or more. What can't be measured holds nothing up.

Nothing is sent.

Exit codes: 0 done; 1 nothing could be computed, or with --gate: a gate fails; 4 done, but for rows or customers that can't be \
taken.")]
pub struct Args {
    /// Purchases from a file, CSV or CSV in .gz, instead of this installation's.
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    #[command(flatten)]
    how: How,
    /// The first day of the window.
    #[arg(long, requires = "data", value_name = "DATE")]
    cut: Option<String>,
    /// How many days it has.
    #[arg(long, value_name = "DAYS", default_value_t = DAYS, requires = "cut", value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
    /// Who belongs to which group.
    #[arg(long, value_name = "FILE")]
    groups: Option<PathBuf>,
    /// A maker that is the owner's own brand.
    #[arg(long, requires = "data", value_name = "NAME")]
    own_brand: Vec<String>,
    /// The column that names the maker, where it is none of maker, manufacturer and brand.
    #[arg(long, requires = "data", value_name = "COLUMN")]
    maker: Option<String>,
    /// What the deals of the permutation test are drawn from.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Hold the lists against item-kNN, too.
    #[arg(long)]
    neighbours: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write a report with plots.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Say by the exit code whether the gates hold.
    #[arg(long)]
    gate: bool,
}

/// The audit with its verdicts, for scripts.
#[derive(Serialize)]
struct Whole<'a> {
    audit: &'a Audit,
    verdicts: &'a [Verdict],
}

/// What was found, whichever way.
struct Found {
    audit: Audit,
    verdicts: Vec<Verdict>,
    gates: Gates,
    settings: Settings,
    /// Whether something that was given couldn't be taken.
    in_part: bool,
}

/// Audits, and prints a table or JSON, or writes a report.
///
/// # Errors
/// When a file can't be read or written, or the installation not be reached.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let found = match &args.data {
        Some(data) => of_file(args, data)?,
        None => of_installation(dir, args)?,
    };
    let Found { audit, verdicts, gates, settings, in_part } = match found {
        Ok(found) => found,
        Err(missing) => {
            output::warn("comity: this shop can't recommend yet:");
            missing.iter().for_each(output::warn);
            return Ok(ExitCode::from(FAILED));
        }
    };
    if args.json {
        output::json(&Whole { audit: &audit, verdicts: &verdicts })?;
    } else if let Some(path) = &args.html {
        let shown = path.display();
        let page = Report { audit: &audit, verdicts: &verdicts, gates: &gates, settings: &settings }.page()?;
        fs::write(path, page).with_context(|| format!("{shown} can't be written"))?;
        output::line(format_args!("{shown}: {}", table::in_short(&verdicts)));
    } else {
        table::print(&audit, &verdicts);
    }
    let fails = verdicts.iter().any(|verdict| verdict.answer == Answer::Fails);
    Ok(match (args.gate && fails, in_part) {
        (true, _) => ExitCode::from(FAILED),
        (false, false) => ExitCode::SUCCESS,
        (false, true) => ExitCode::from(PARTLY),
    })
}

/// The lists of this installation, as they would be made now.
fn of_installation(dir: &Path, args: &Args) -> anyhow::Result<Result<Found, Vec<String>>> {
    let groups = args.groups.as_deref().map(purchases::groups).transpose()?.unwrap_or_default();
    let brought = groups.customers.len();
    let order = AuditOrder { groups, seed: args.seed, neighbours: args.neighbours };
    let (found, _) = control::visit(dir, async |door: &Door| door.audit_lists(order).await)?;
    let Some(found) = found else {
        bail!(
            "this policy recommends nothing: write the table [recommendations] in policy.toml, or audit a file by --data"
        )
    };
    Ok(found.map(|Audited { audit, verdicts, gates, k, show, unknown }| {
        if unknown > 0 {
            output::warn(format_args!(
                "comity: {unknown} of the {brought} customers that were brought haven't agreed to recommendations, or aren't \
                 known by this id or address: nothing is looked at for them"
            ));
        }
        let settings = Settings { k, list: show, view: View::Wide, ..Settings::default() };
        Found { audit, verdicts, gates, settings, in_part: unknown > 0 }
    }))
}

/// The lists that would be made from a file of purchases.
fn of_file(args: &Args, data: &Path) -> anyhow::Result<Result<Found, Vec<String>>> {
    let settings = args.how.settings()?;
    let also = Also::Goods { maker: args.maker.clone() };
    let (shop, refusals) = args.how.shop(data, &settings, &also)?;
    let asked = asked(args, &shop)?;
    let gates = Gates::default();
    Ok(match audit(args, data, &shop, &settings, &asked)? {
        Ok(audit) => {
            Ok(Found { verdicts: audit.verdicts(&gates), audit, gates, settings, in_part: refusals.count > 0 })
        }
        Err(missing) => Err(missing.iter().map(Missing::sentence).collect()),
    })
}

fn asked(args: &Args, shop: &Shop) -> anyhow::Result<Asked> {
    if let Some(name) = args.own_brand.iter().find(|name| !shop.makers.iter().any(|maker| **maker == ***name)) {
        let known: Vec<&str> = shop.makers.iter().map(|maker| &**maker).filter(|maker| !maker.is_empty()).collect();
        match known.as_slice() {
            [] => bail!("--own-brand {name}: no purchase names a maker. --maker COLUMN says which column does"),
            some => {
                let first = some.get(..NAMED.min(some.len())).unwrap_or_default().join(", ");
                bail!("--own-brand {name}: no maker has this name. There are {}: {first} …", some.len());
            }
        }
    }
    let beside = if args.neighbours { Beside::Neighbours } else { Beside::Popularity };
    let groups = args.groups.as_deref().map(|path| groups(path, shop)).transpose()?.unwrap_or_default();
    Ok(Asked { own_brands: args.own_brand.clone(), groups, seed: args.seed, beside })
}

fn groups(path: &Path, shop: &Shop) -> anyhow::Result<Groups> {
    let brought = purchases::groups(path)?;
    let knows = |name: &str| shop.customer(name).is_some();
    if !brought.customers.iter().any(|(name, _)| knows(name)) {
        bail!("{}: none of these customers is in the purchases. Are they named alike in both files?", path.display());
    }
    Ok(Groups::of(&brought, |name| knows(name).then(|| name.to_owned())))
}

fn audit(
    args: &Args,
    data: &Path,
    shop: &Shop,
    settings: &Settings,
    asked: &Asked,
) -> anyhow::Result<Result<Audit, Vec<Missing>>> {
    let (_, last) = shop.span().with_context(|| format!("{}: no purchases that count", data.display()))?;
    if let Some(text) = &args.cut {
        let cut = purchases::day(text).with_context(|| format!("--cut {text}: write a day as 2027-03-30"))?;
        return Ok(Audit::of_window(shop, cut, cut.on(args.days), settings, asked));
    }
    let today: Day = last.on(1);
    let everybody: Readers = shop.customers.iter().map(|customer| (customer.name.clone(), Wishes::default())).collect();
    let batch = Batch::make(shop, today, &everybody, Section::Discoveries, settings);
    Ok(batch.map(|batch| Audit::of_batch(shop, &batch.model, batch.shown(&everybody), settings, asked)))
}
