//! `comity import`: shows what a file would change, asks, and changes it.

use super::{
    control::{self, Door, Missing},
    output::{self, FAILED, PARTLY},
};
use crate::{
    document::report::{self, Canvas},
    engine::arrivals::import::{CatalogueReport, Failure, News, OrderReport, Rejection, Removals, Report, VisitReport},
    intake::calendar::LeftOut,
    store::Dry,
    web::control::ImportOrder,
};
use anyhow::{Context, bail};

use futures_util::{Stream, StreamExt, stream};
use hyper::body::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::{
    io::{self, BufRead, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};
use tokio::{fs::File, io::AsyncReadExt};

/// Bytes read from the file at a time.
const PIECE_BYTES: usize = 64 * 1024;
/// So many rejected rows are shown; `--json` has them all.
const REJECTED_SHOWN: usize = 20;

/// Import customers, appointments or another record type from a CSV file, or visits from a calendar.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  comity import customers customers.csv              show, ask, import
  comity import appointments today.csv --preview     only show it
  comity import calendar salon.ics                   what a calendar exports
  comity import products feed.xml                    what is sold
  comity import orders orders_export.csv             what Shopify or WooCommerce exports
  comity import appointments today.csv --yes --json  from a script
  export | comity import appointments - --yes        from another program

Customers:     email, and where you have them id, language, time_zone, the fields that
               policy.toml declares, and consent:<purpose> with the date of the yes, or `no`.
Appointments:  id, customer (its id or address), and the declared fields, such as starts_at.
Calendar:      an iCalendar file (.ics). The events' attendees say whose visits they are; the
               fields are filled as `calendar = \"…\"` says in policy.toml.
Products:      sku, name, and where you have them category, price, url, image, stock (a number, yes
               or no), maker, values (`local, seasonal`) and sensitive; or a Google Merchant feed
               (RSS or Atom). The file is the whole catalogue: what it doesn't name is listed no
               more. One that would take more than 30 % away needs --allow-removals.
Orders:        Shopify's export of orders, or one of WooCommerce's with its items, as they are. Who
               ordered becomes a customer, for the contract alone. A ticked box is a yes where
               [[purposes.NAME.checkout]] of policy.toml says what stood beside it.

The first line names the columns. `;`, `,` and tabs separate cells; UTF-8, UTF-16 and latin-1 are \
told apart. Importing the same file twice changes nothing, and no import brings back who said stop.

Exit codes: 0 all is in, 1 it failed (what was done before is said), 3 another process holds the \
installation, 4 some rows were rejected.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Args {
    /// `customers`, `calendar`, `products`, `orders`, `appointments`, or another record type of policy.toml.
    kind: String,
    /// The file, or `-` for standard input.
    file: PathBuf,
    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    preview: bool,
    /// Don't ask.
    #[arg(long, short)]
    yes: bool,
    /// Leave out a column that policy.toml doesn't declare. May be given several times.
    #[arg(long, value_name = "COLUMN")]
    ignore: Vec<String>,
    /// Take as many products away as the catalogue doesn't name, even if that is more than 30 % of them.
    #[arg(long)]
    allow_removals: bool,
    /// What the shop is called whose orders these are, where [[shops]] of comity.toml has several of its kind.
    #[arg(long, value_name = "NAME")]
    shop: Option<String>,
    /// Print the report as JSON, with every rejected row.
    #[arg(long)]
    json: bool,
}

/// The report of `--json`.
#[derive(Serialize)]
struct Printed<'a> {
    preview: bool,
    #[serde(flatten)]
    report: &'a Report,
    rejections: &'a [Rejection],
}

/// What became of one pass over the file.
struct Pass {
    rejections: Vec<Rejection>,
    end: Result<Report, Failure>,
}

/// Previews, asks, imports.
///
/// # Errors
/// When the installation or the file can't be read, or it is held by a process that doesn't answer.
pub fn run(dir: &Path, args: &Args) -> anyhow::Result<ExitCode> {
    let asks = !args.preview && !args.yes;
    if asks && (args.json || args.file == Path::new("-") || !io::stdin().is_terminal()) {
        bail!("nobody can be asked here: add --yes to import, or --preview to see what would change");
    }
    let (code, _) = control::visit_or(Missing::Make, dir, async |door| carry_out(door, args, asks).await)?;
    Ok(code)
}

async fn carry_out(door: &Door, args: &Args, asks: bool) -> anyhow::Result<ExitCode> {
    if asks {
        let pass = pass(door, args, Dry::Preview).await?;
        let would_change = match &pass.end {
            Ok(report) => {
                report.created + report.changed + report.consents + report.catalogue.gone + waiting(report) > 0
            }
            Err(_) => false,
        };
        let needs_a_word = pass.end.as_ref().is_ok_and(|report| report.catalogue.needs_a_word);
        let code = show(args, Dry::Preview, pass)?;
        if needs_a_word {
            return Ok(ExitCode::from(FAILED));
        }
        if !would_change || !confirmed()? {
            return Ok(code);
        }
    }
    let dry = if args.preview { Dry::Preview } else { Dry::Apply };
    let pass = pass(door, args, dry).await?;
    show(args, dry, pass)
}

/// Sends the file through once.
async fn pass(door: &Door, args: &Args, dry: Dry) -> anyhow::Result<Pass> {
    let name = args.file.file_name().map_or_else(|| "standard input".into(), |name| name.to_string_lossy());
    let order = ImportOrder {
        kind: args.kind.clone(),
        name: name.into_owned(),
        ignore: args.ignore.iter().cloned().collect(),
        dry,
        shop: args.shop.clone(),
        removals: if args.allow_removals { Removals::Allowed } else { Removals::Few },
    };
    let bar = ProgressBar::hidden();
    let gone = Failure { why: "the import ended without a word; run it again".to_owned(), ..Failure::default() };
    let mut pass = Pass { rejections: vec![], end: Err(gone) };
    let tell = |news| match news {
        News::Progress { bytes, .. } => bar.set_position(bytes),
        News::Rejected(rejection) => pass.rejections.push(rejection),
        News::Done(report) => pass.end = Ok(report),
        News::Failed(failure) => pass.end = Err(failure),
    };
    let path = if args.file == Path::new("-") { Path::new("/dev/stdin") } else { args.file.as_path() };
    let file = File::open(path).await.with_context(|| format!("{} can't be read", args.file.display()))?;
    if !args.json && io::stderr().is_terminal() {
        bar.set_length(file.metadata().await?.len());
        bar.set_style(ProgressStyle::with_template("{bar:40} {percent}% {eta}")?);
        bar.set_draw_target(ProgressDrawTarget::stderr());
    }
    door.import(order, pieces(file), tell).await?;
    bar.finish_and_clear();
    // What the store rejects is known a chunk later than what the reader rejects.
    pass.rejections.sort_by_key(|rejection| rejection.line);
    Ok(pass)
}

fn pieces(file: File) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    stream::unfold(Some(file), |file| async move {
        let mut file = file?;
        let mut piece = vec![0; PIECE_BYTES];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(Bytes::from(piece)), Some(file)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

fn show(args: &Args, dry: Dry, pass: Pass) -> anyhow::Result<ExitCode> {
    let (done, failure) = match pass.end {
        Ok(report) => (report, None),
        Err(failure) => (failure.so_far.clone(), Some(failure)),
    };
    if args.json {
        output::json(&Printed { preview: dry == Dry::Preview, report: &done, rejections: &pass.rejections })?;
    } else {
        if failure.is_none() || done.rows > 0 {
            output::line(sentence(&done, dry));
        }
        rejected(&pass.rejections);
    }
    let Some(failure) = failure else {
        return Ok(if done.rejected > 0 { ExitCode::from(PARTLY) } else { ExitCode::SUCCESS });
    };
    if let Some(header) = failure.header {
        let canvas = if io::stderr().is_terminal() { Canvas::Terminal } else { Canvas::Plain };
        output::warn(report::draw(&header.into_findings(), canvas));
    }
    output::warn(format_args!("comity: {}", failure.why));
    Ok(ExitCode::from(FAILED))
}

/// The report in words, a line for each thing worth knowing.
fn sentence(report: &Report, dry: Dry) -> String {
    let would = if dry == Dry::Preview { "would be " } else { "" };
    let Report {
        rows,
        created,
        changed,
        unchanged,
        rejected,
        fields,
        consents,
        stay_stopped,
        visits,
        catalogue,
        orders,
    } = report;
    let mut lines = vec![format!(
        "{rows} rows: {created} {would}new, {changed} {would}changed, {unchanged} as before, {rejected} rejected."
    )];
    if !fields.is_empty() {
        let fields: Vec<String> = fields.iter().map(|(field, count)| format!("{field} in {count}")).collect();
        lines.push(format!("Changes: {}.", fields.join(", ")));
    }
    if *consents > 0 {
        lines.push(format!("Consents and withdrawals {would}noted: {consents}."));
    }
    if *stay_stopped > 0 {
        lines.push(format!("{stay_stopped} rows say yes for people who said no themselves: they stay stopped."));
    }
    lines.extend(of_calendar(visits));
    lines.extend(of_orders(orders));
    lines.extend(of_catalogue(catalogue, fields.get("name").copied().unwrap_or_default(), dry));
    lines.join("\n")
}

/// Visits that wait for their customers.
fn waiting(report: &Report) -> u64 {
    report.visits.of_nobody + report.visits.of_several
}

/// What became of the visits of a calendar.
fn of_calendar(report: &VisitReport) -> Vec<String> {
    let VisitReport { of_nobody, of_several, stay_cancelled, matched, left_out } = report;
    let mut lines = vec![];
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    say(*of_nobody, "visits name nobody who is known for certain: they wait. See `comity visits --unmatched`.");
    say(*of_several, "visits may be several customers': they wait. See `comity visits --unmatched`.");
    say(*stay_cancelled, "visits stay cancelled: the calendar has no newer version of them.");
    say(*matched, "visits of a calendar have found their customers.");
    for (why, count) in left_out {
        say(
            *count,
            match why {
                LeftOut::AllDay => "events of whole days were left out: they are no visits.",
                LeftOut::Past => "events and visits are over.",
                LeftOut::Later => "visits lie more than a year ahead; they come in later.",
            },
        );
    }
    lines
}

/// What became of the orders of a shop.
fn of_orders(report: &OrderReport) -> Vec<String> {
    let OrderReport {
        orders,
        new_customers,
        yes_without_words,
        yes_before_the_words,
        told_by_the_shop,
        partly_refunded,
        left_out,
    } = report;
    let mut lines = vec![];
    let mut say = |count: u64, what: &str| {
        if count > 0 {
            lines.push(format!("{count} {what}"));
        }
    };
    say(*orders, "orders.");
    say(*new_customers, "people weren't known and are customers by their order, for the contract alone.");
    say(
        *yes_without_words,
        "boxes were ticked, and policy.toml doesn't say what stood beside them: no yes. See [[purposes.NAME.checkout]].",
    );
    say(*yes_before_the_words, "boxes were ticked before the words of policy.toml stood there: no yes.");
    say(*partly_refunded, "orders were refunded in part, and nothing says which line: their lines stay paid.");
    say(*told_by_the_shop, "orders stay as the shop's own calls told them, which know better than a file.");
    say(*left_out, "rows were left out with the order that was rejected.");
    lines
}

/// What became of a catalogue as a whole.
fn of_catalogue(report: &CatalogueReport, renamed: u64, dry: Dry) -> Vec<String> {
    let CatalogueReport { listed_before, gone, stay, needs_a_word, images_left_out } = report;
    let mut lines = vec![];
    if renamed > 0 && *listed_before > 0 {
        lines
            .push(format!("{renamed} products are called otherwise than before: the SKU says that they are the same."));
    }
    if *gone > 0 {
        lines.push(format!(
            "{gone} of {listed_before} products {} listed no more: the catalogue doesn't name them.",
            if dry == Dry::Preview { "would be" } else { "are" }
        ));
    }
    if *needs_a_word {
        lines.push("That is more than 30 %: it is done only with --allow-removals.".to_owned());
    }
    if *stay > 0 {
        lines
            .push(format!("{stay} products aren't named and stay listed: some rows can't be read, and may be theirs."));
    }
    if *images_left_out > 0 {
        let from = "they come from where no images may come from: see images, in [business] of policy.toml.";
        lines.push(format!("{images_left_out} images were left out: {from}"));
    }
    lines
}

fn rejected(rejections: &[Rejection]) {
    if rejections.is_empty() {
        return;
    }
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(["line", "rejected because"]);
    for rejection in rejections.iter().take(REJECTED_SHOWN) {
        table.add_row([rejection.line.to_string(), rejection.reason.clone()]);
    }
    output::line(table);
    if let Some(more) = rejections.len().checked_sub(REJECTED_SHOWN).filter(|more| *more > 0) {
        output::line(format_args!("… and {more} more; --json prints all of them"));
    }
}

fn confirmed() -> anyhow::Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "Import it? [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(["y", "yes", "o", "oui"].contains(&answer.trim().to_lowercase().as_str()))
}
