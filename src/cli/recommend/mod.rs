//! `comity recommend`: lists for everybody from a plain file of purchases, or one customer's list with its reasons.

mod sheet;
pub mod purchases;
pub mod how;

use super::output::{self, FAILED, PARTLY};
use crate::{
    base::Because,
    people::Language,
    recommend::{Batch, Day, Explained, Missing, Model, Readers, Section, Settings, Shop, Wishes, told::Names},
};
use anyhow::{Context, anyhow, bail};
use how::How;
use purchases::Also;
use std::{
    fs,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Recommend from a file of purchases: to everybody, or to one customer with the reasons.
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("whom").required(true).args(["all", "customer"]),
    group = clap::ArgGroup::new("what").required(true).args(["new", "repeat"]),
    after_help = "Examples:
  comity recommend --all --new --data purchases.csv --out recs.csv
  comity recommend --all --repeat --data purchases.csv.gz --customers who.csv --catalogue stock.csv --out recs.csv
  comity recommend --customer C017 --new --data purchases.csv       with the reason for each

The file of purchases has the columns customer, product and timestamp (2027-03-30 or 2027-03-30 08:26:00), and category, \
price, sensitive and consent where there are such; others aren't looked at. Where there is a column consent, whoever has a \
row without a yes counts as not being in the file. Products with a row that is sensitive = 1 don't count either. \
The file of customers has a column customer; without it everybody in the purchases gets a list. The catalogue has a column \
product, and category, stock, sensitive and values where there are such; without it all that was bought is offered.

--new lists what they never bought. --repeat lists what they will buy next, bought before or not. Ten each, or fewer where \
there aren't ten that enough people bought. Whoever isn't known gets what many buy. The result is the same whatever \
the order of the rows.

Nothing here reads or writes the database, and nothing is sent.

Exit codes: 0 done; 1 nothing was written; 4 done, but for rows that can't be taken."
)]
pub struct Args {
    /// Lists for everybody.
    #[arg(long)]
    all: bool,
    /// The list of one customer, with the reasons.
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// Discoveries: what they never bought.
    #[arg(long)]
    new: bool,
    /// What they will buy next, repeats among it.
    #[arg(long)]
    repeat: bool,
    /// The purchases: CSV, or CSV in .gz.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Whom the lists are for.
    #[arg(long, value_name = "FILE")]
    customers: Option<PathBuf>,
    /// Where the lists go, as customer,rank,product; without it to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The day of the lists: purchases from it on don't count. Without it the day after the last purchase.
    #[arg(long, value_name = "DATE")]
    today: Option<String>,
    #[command(flatten)]
    how: How,
}

/// Reads, computes and writes.
///
/// # Errors
/// When a file can't be read or written, or the shop is too small.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let settings = args.how.settings()?;
    let (shop, refusals) = args.how.shop(&args.data, &settings, &Also::Nothing)?;
    let today = today(args, &shop)?;
    let section = if args.new { Section::Discoveries } else { Section::Both };
    let done = if let Some(name) = &args.customer {
        explain(&shop, today, name, section, &settings)?
    } else {
        write_all(&shop, today, &whom(args, &shop)?, section, &settings, args.out.as_deref())?
    };
    Ok(match done {
        Ok(()) if refusals.count > 0 => ExitCode::from(PARTLY),
        Ok(()) => ExitCode::SUCCESS,
        Err(missing) => {
            output::warn("comity: this shop can't recommend yet:");
            missing.iter().map(Missing::sentence).for_each(output::warn);
            ExitCode::from(FAILED)
        }
    })
}

fn today(args: &Args, shop: &Shop) -> anyhow::Result<Day> {
    if let Some(text) = &args.today {
        return purchases::day(text).with_context(|| format!("--today {text}: write a day as 2027-03-30"));
    }
    let (_, last) = shop.span().with_context(|| format!("{}: no purchases that count", args.data.display()))?;
    Ok(last.on(1))
}

fn whom(args: &Args, shop: &Shop) -> anyhow::Result<Readers> {
    match &args.customers {
        Some(path) => purchases::readers(path),
        None => Ok(shop.customers.iter().map(|customer| (customer.name.clone(), Wishes::default())).collect()),
    }
}

type Done = Result<(), Vec<Missing>>;

fn write_all(
    shop: &Shop,
    today: Day,
    readers: &Readers,
    section: Section,
    settings: &Settings,
    out: Option<&Path>,
) -> anyhow::Result<Done> {
    let batch = match Batch::make(shop, today, readers, section, settings) {
        Ok(batch) => batch,
        Err(missing) => return Ok(Err(missing)),
    };
    let rows = readers.keys().zip(&batch.lists);
    let Some(out) = out else {
        write_rows(std::io::stdout().lock(), shop, &batch, rows)?;
        return Ok(Ok(()));
    };
    let shown = || format!("{} can't be written", out.display());
    write_rows(fs::File::create(out).with_context(shown)?, shop, &batch, rows).with_context(shown)?;
    let (people, of, windows) = (readers.len(), shop.customers.len(), batch.choice.windows);
    output::line(format_args!(
        "{}: lists for {people} people, from what {of} bought before {}; chosen on {windows} windows of the past. Version {}",
        out.display(),
        today.date(),
        batch.version(shop, readers)
    ));
    Ok(Ok(()))
}

fn write_rows<'a>(
    to: impl Write,
    shop: &Shop,
    batch: &Batch,
    rows: impl Iterator<Item = (&'a Box<str>, &'a Vec<crate::recommend::Pick>)>,
) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(BufWriter::new(to));
    csv.write_record(["customer", "rank", "product"])?;
    for (name, picks) in rows {
        for (pick, rank) in picks.iter().zip(1_u32..) {
            csv.write_record([name, &*rank.to_string(), batch.model.name(shop, pick.place)])?;
        }
    }
    Ok(csv.flush()?)
}

fn explain(shop: &Shop, today: Day, name: &str, section: Section, settings: &Settings) -> anyhow::Result<Done> {
    let model = match Model::tuned(shop, today, settings) {
        Ok((model, _)) => model,
        Err(missing) => return Ok(Err(missing)),
    };
    let told = model.explain(shop, name, &Wishes::default(), section, settings);
    if told.is_empty() {
        bail!("there is nothing to recommend to \"{name}\"");
    }
    let language = Language::parse("en").ok_or_else(|| anyhow!("no language"))?;
    let names = Names { shop, weights: &settings.weights, title: &str::to_owned };
    let mut table = output::table(["", "product", "because"]);
    for (told, rank) in told.iter().zip(1_u32..) {
        let product = model.name(shop, told.pick.place);
        table.add_row([rank.to_string(), product.to_owned(), because(told, &names, &language)]);
    }
    output::line(table);
    Ok(Ok(()))
}

fn because(told: &Explained, names: &Names<'_>, language: &Language) -> String {
    let because = told.because(names);
    let value = match &because {
        Because::Value(name) => name.as_str(),
        _ => "",
    };
    because.sentence(language, value)
}
