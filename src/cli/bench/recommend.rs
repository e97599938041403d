//! How good recommendations are: what was known before a day, what was recommended, and what was bought afterwards, beside
//! baselines that are hard to beat and easy to write.
//!
//! Products with at least ten different customers before the cut count. *new*: what a customer had is no candidate and no
//! target; *all*: repeats count. Everybody with a past and at least one target counts, and gaps are filled with what is popular of
//! late. Everything that is chosen is chosen on windows before the cut.

use super::{Row, table, usage};
use crate::{
    base::{BootTime, Clock},
    cli::{
        output,
        recommend::{how::hands, purchases, purchases::Also},
    },
    clock::SystemClock,
    recommend::{
        Choice, Day, Model, Section, Settings, Shop, Tuned, View, Wishes,
        audit::{
            Beside, Line,
            accuracy::OURS,
            played::{Lists, Played},
        },
        measure::Figures,
        shop::Customer,
    },
};
use anyhow::{Context, bail};
use serde::Serialize;
use std::{borrow::Cow, path::Path, process::ExitCode};

/// Limits are for a whole data set, not for an extract.
const CUSTOMERS_MIN: usize = 2_000;
/// A window counts so many days, where nothing is said.
const DAYS: u16 = 30;
/// One customer is measured by so many.
const ONE_OF: usize = 200;

/// A public data set with the window that others report on it, and what they reach (`implicit`, and personal repeat).
struct Known {
    last: &'static str,
    cut: &'static str,
    days: u16,
    limits: Limits,
}

/// What is to be reached.
#[derive(Clone, Copy)]
struct Limits {
    new: &'static str,
    all: &'static str,
    seconds: &'static str,
    memory: &'static str,
}

const UNKNOWN: Limits = Limits { new: "reported", all: "reported", seconds: "reported", memory: "reported" };

/// "Online Retail" (UCI) and "The Complete Journey", by their last day here.
const KNOWN: [Known; 2] = [
    Known {
        last: "2011-11-09",
        cut: "2011-10-11",
        days: 30,
        limits: Limits { new: "over .0909", all: "over .301", seconds: "under 0.27 s", memory: "under 32 MB" },
    },
    Known {
        last: "2017-11-30",
        cut: "2017-11-01",
        days: 28,
        limits: Limits { new: "over .0487", all: "over .392", seconds: "under 2.4 s", memory: "under 96 MB" },
    },
];

/// One method on one question.
#[derive(Debug, Serialize)]
struct Asked {
    list: &'static str,
    #[serde(flatten)]
    line: Line,
}

/// Seconds, of the clock and of all processors.
#[derive(Clone, Copy, Debug, Serialize)]
struct Time {
    seconds: f64,
    cpu_seconds: f64,
}

/// All that was measured.
#[derive(Debug, Serialize)]
struct Report {
    cut: String,
    days: u16,
    customers: usize,
    products: usize,
    chosen: String,
    lines: Vec<Asked>,
    read: Time,
    tune: Time,
    new: Time,
    all: Time,
    one_customer_ms: f64,
    memory_mb: f64,
}

/// Measures, and prints tables or JSON.
///
/// # Errors
/// When there is no file, or it can't be read.
pub fn run(data: Option<&Path>, cut: Option<&str>, days: Option<u16>, json: bool) -> anyhow::Result<ExitCode> {
    let data = data.context("recommend is measured on purchases: --data purchases.csv")?;
    let settings = Settings { hands: hands(), ..Settings::default() };
    let (shop, read) = timed(|| Ok(purchases::read(data, &Also::default())?.till.close()))?;
    let (_, last) = shop.span().with_context(|| format!("{}: no purchases", data.display()))?;
    let known = KNOWN.iter().find(|known| known.last == last.date().to_string());
    let days = days.or(known.filter(|_| cut.is_none()).map(|known| known.days)).unwrap_or(DAYS);
    let cut = match cut.or(known.map(|known| known.cut)) {
        Some(text) => purchases::day(text).with_context(|| format!("--cut {text}: write a day as 2027-03-30"))?,
        None => last.on(1).back(days),
    };
    let played = Played::of(&shop, cut, cut.on(days), &settings);
    let window = Window { shop: &shop, cut, played, settings: &settings };
    let report = window.report(days, read)?;
    if json {
        output::json(&report)?;
    } else {
        let whole = known.filter(|_| report.customers >= CUSTOMERS_MIN);
        print(&report, whole.map_or(UNKNOWN, |known| known.limits));
    }
    Ok(ExitCode::SUCCESS)
}

fn timed<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Time)> {
    let (begun, used): (BootTime, f64) = (SystemClock.boot(), usage::cpu_seconds()?);
    let done = work()?;
    let ms = u32::try_from(SystemClock.boot().0.saturating_sub(begun.0))?;
    Ok((done, Time { seconds: f64::from(ms) / 1000.0, cpu_seconds: usage::cpu_seconds()? - used }))
}

struct Window<'a> {
    shop: &'a Shop,
    cut: Day,
    played: Played<'a>,
    settings: &'a Settings,
}

impl Window<'_> {
    fn report(&self, days: u16, read: Time) -> anyhow::Result<Report> {
        let (choice, tune) = timed(|| Ok(crate::recommend::tune(self.shop, self.cut, self.settings)))?;
        if choice.windows == 0 {
            bail!("there are no windows to choose from before {}: too few customers, or days", self.cut.date());
        }
        let fitted = |section| {
            timed(|| {
                let model = Model::of(self.shop, self.cut, choice.tuned, self.settings);
                let lists = self.played.lists(&model, section, self.settings);
                Ok((model, lists))
            })
        };
        let (new, all) = (fitted(Section::Discoveries)?, fitted(Section::Both)?);
        let model = &new.0.0;
        let one_customer_ms = self.one(model)?;
        // What the baselines need isn't ours.
        let memory_mb = usage::peak_mb()?;
        let wide = Settings { view: View::Wide, ..self.settings.clone() };
        let mut lines = Vec::new();
        for (section, list, ours) in [(Section::Discoveries, "new", &new.0.1), (Section::Both, "all", &all.0.1)] {
            let targets = self.played.targets(&model.shelf, section);
            let figures = |lists: &Lists| self.played.figures(lists, &targets, &model.shelf);
            let line = |method: &'static str, lists: &Lists| Asked {
                list,
                line: Line { method: Cow::Borrowed(method), figures: figures(lists) },
            };
            for (method, lists) in self.played.baselines(section, Beside::Neighbours) {
                lines.push(line(method, &lists));
            }
            lines.push(line(OURS, ours));
            lines.push(line("co-buy, wider view", &self.played.lists(model, section, &wide)));
        }
        Ok(Report {
            cut: self.cut.date().to_string(),
            days,
            customers: self.shop.customers.len(),
            products: model.shelf.items.len(),
            chosen: chosen(&choice),
            lines,
            read,
            tune,
            new: new.1,
            all: all.1,
            one_customer_ms,
            memory_mb,
        })
    }

    /// One customer, from their purchases to a list with its reasons, in milliseconds.
    fn one(&self, model: &Model) -> anyhow::Result<f64> {
        let customers: Vec<&Customer> = self.played.people().collect();
        let some: Vec<&&Customer> = customers.iter().step_by((customers.len() / ONE_OF).max(1)).collect();
        let ((), time) = timed(|| {
            for customer in &some {
                let (wishes, section) = (Wishes::default(), Section::Discoveries);
                std::hint::black_box(model.explain(self.shop, &customer.name, &wishes, section, self.settings));
            }
            Ok(())
        })?;
        Ok(time.seconds * 1000.0 / f64::from(u32::try_from(some.len().max(1))?))
    }
}

fn chosen(choice: &Choice) -> String {
    let Choice { tuned, windows, customers, .. } = choice;
    let Tuned { power, partners, use_of_it, popular_days, discoveries } = tuned;
    format!(
        "{power:?} ratio, {partners} partners, {use_of_it:?}, popular in {popular_days} days, discoveries {discoveries} beside \
         repeats; on {windows} windows before, {customers} customers"
    )
}

fn print(report: &Report, limits: Limits) {
    output::line(format_args!(
        "What {} customers bought before {}, {} products; scored by the {} days from then on.\nChosen: {}.\n",
        report.customers, report.cut, report.products, report.days, report.chosen
    ));
    let mut table_of_lines =
        output::table(["", "method", "HR@10", "NDCG@10", "coverage", "Gini", "categories", "customers"]);
    for Asked { list, line: Line { method, figures } } in &report.lines {
        let Figures { customers, hit_rate, ndcg, coverage, gini, categories } = figures;
        table_of_lines.add_row([
            (*list).to_owned(),
            method.clone().into_owned(),
            format!("{:.3} ± {:.3}", hit_rate.value, hit_rate.margin),
            format!("{:.4} ± {:.4}", ndcg.value, ndcg.margin),
            format!("{:.1} %", 100.0 * coverage),
            format!("{gini:.3}"),
            format!("{categories:.1}"),
            customers.to_string(),
        ]);
    }
    output::line(table_of_lines);
    output::line("");
    output::line(table(&rows(report, limits)));
}

fn rows(report: &Report, limits: Limits) -> Vec<Row> {
    let of = |list, method| report.lines.iter().find(|asked| asked.list == list && asked.line.method == method);
    let ndcg = |list, method| of(list, method).map_or(0.0, |asked| asked.line.figures.ndcg.value);
    let quality = |what, list, wanted| Row {
        what,
        measured: format!("{:.4}", ndcg(list, OURS)),
        wanted,
        reached: format!("{:.2} times item-kNN", ndcg(list, OURS) / ndcg(list, "item-kNN, cosine")),
    };
    let time = |what, time: Time, wanted| Row {
        what,
        measured: format!("{:.2} s", time.seconds),
        wanted,
        reached: format!("{:.2} s of processors", time.cpu_seconds),
    };
    let plain = |what, measured, wanted| Row { what, measured, wanted, reached: String::new() };
    vec![
        quality("NDCG@10, new", "new", limits.new),
        quality("NDCG@10, all", "all", limits.all),
        time("reading the file", report.read, "reported"),
        time("choosing, on the past", report.tune, "reported"),
        time("fit and recommend for everybody, new", report.new, limits.seconds),
        time("fit and recommend for everybody, all", report.all, limits.seconds),
        plain("one customer, with reasons", format!("{:.2} ms", report.one_customer_ms), "under 1 ms"),
        plain("peak memory of the process", format!("{:.0} MB", report.memory_mb), limits.memory),
    ]
}
