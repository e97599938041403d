//! A shop from a plain file of purchases: only what customers agreed to is read any further than their name.

use super::sheet::{Refusals, Sheet, Wrong};
use crate::recommend::{Day, Listed, Offer, Readers, Till, Values, Weights, Wishes};
use anyhow::bail;
use chrono::NaiveDate;
use std::{collections::HashSet, path::Path};

/// Whoever has more purchases than this is no household: they count as one customer all the same, and are named.
const PURCHASES_MANY: u32 = 10_000;
/// Above one in so many rows that can't be taken, the file is another than it seems.
const REFUSED_SHARE: u64 = 10;

/// The columns that every file of purchases has.
const NEEDED: [&str; 3] = ["customer", "product", "timestamp"];

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The purchases of those who agreed.
    pub till: Till,
    /// Rows of those who agreed that can't be taken.
    pub refusals: Refusals,
    /// What the owner should look at.
    pub odd: Vec<String>,
    /// Rows that count.
    pub rows: u64,
}

/// Reads a file of purchases.
///
/// # Errors
/// When it can't be read, a column is missing, or more than a tenth of its rows can't be taken.
pub fn read(path: &Path) -> anyhow::Result<Read> {
    let refused = who_refused(path)?;
    let mut sheet = Sheet::open(path, &NEEDED)?;
    let [customer, product, timestamp, category, price, sensitive] =
        ["customer", "product", "timestamp", "category", "price", "sensitive"].map(|name| sheet.column(name));
    let mut read = Read::default();
    let mut days = Days::default();
    while let Some(line) = sheet.next()? {
        let row = (|| {
            let customer = sheet.text(customer, "customer")?;
            if refused.contains(customer) {
                return Ok(None);
            }
            sheet.whole()?;
            let product = sheet.text(product, "product")?;
            let on = days.read(sheet.text(timestamp, "timestamp")?)?;
            not_negative(sheet.maybe(price, "price")?)?;
            if sheet.yes(sensitive, "sensitive")? == Some(true) {
                read.till.keep_private(product);
                return Ok(Some(0));
            }
            Ok(Some(read.till.sell(customer, product, sheet.maybe(category, "category")?, on)))
        })();
        match row {
            Ok(Some(count)) => {
                read.rows += 1;
                if count == PURCHASES_MANY + 1 {
                    let who = sheet.maybe(customer, "customer").unwrap_or_default();
                    let file = sheet.shown();
                    read.odd.push(format!(
                        "{file}, line {line}: customer \"{who}\" has more than {PURCHASES_MANY} purchases. They count as \
                         one customer, with their newest products"
                    ));
                }
            }
            Ok(None) => {}
            Err(why) => read.refusals.add(sheet.shown(), line, &why),
        }
    }
    if read.refusals.count * REFUSED_SHARE > read.refusals.count + read.rows {
        let lines: Vec<String> = read.refusals.lines().collect();
        bail!("more than a tenth of the rows can't be taken, so nothing is computed:\n{}", lines.join("\n"));
    }
    Ok(read)
}

/// Who didn't agree: anybody with a row whose `consent` isn't a yes. A file without this column holds only who agreed.
fn who_refused(path: &Path) -> anyhow::Result<HashSet<Box<str>>> {
    let mut refused = HashSet::new();
    let mut sheet = Sheet::open(path, &NEEDED)?;
    let (customer, consent) = (sheet.column("customer"), sheet.column("consent"));
    if !consent.is_there() {
        return Ok(refused);
    }
    while sheet.next()?.is_some() {
        if sheet.yes(consent, "consent") != Ok(Some(true))
            && let Ok(customer) = sheet.text(customer, "customer")
            && !refused.contains(customer)
        {
            refused.insert(customer.into());
        }
    }
    Ok(refused)
}

/// Whom the lists are for: a file with a column `customer`.
///
/// # Errors
/// When it can't be read, or a row has nobody.
pub fn readers(path: &Path) -> anyhow::Result<Readers> {
    let mut sheet = Sheet::open(path, &["customer"])?;
    let customer = sheet.column("customer");
    let mut readers = Readers::new();
    while let Some(line) = sheet.next()? {
        match sheet.text(customer, "customer") {
            Ok(name) => drop(readers.insert(name.into(), Wishes::default())),
            Err(why) => bail!("{}, line {line}: {why}", sheet.shown()),
        }
    }
    Ok(readers)
}

/// What may be recommended: a file with a column `product`, and `category`, `stock`, `sensitive`, `values` where it has them.
///
/// # Errors
/// When it can't be read, or a row isn't what it should be: a catalogue is right as a whole.
pub fn catalogue(path: &Path, till: &mut Till, weights: &Weights) -> anyhow::Result<()> {
    let mut sheet = Sheet::open(path, &["product"])?;
    let [product, category, stock, sensitive, values] =
        ["product", "category", "stock", "sensitive", "values"].map(|name| sheet.column(name));
    let mut products = 0_u64;
    while let Some(line) = sheet.next()? {
        let row = (|| {
            sheet.whole()?;
            let product = sheet.text(product, "product")?;
            if sheet.yes(sensitive, "sensitive")? == Some(true) {
                till.keep_private(product);
            }
            let category = Some(sheet.maybe(category, "category")?).filter(|text| !text.is_empty()).map(Into::into);
            let said = sheet.maybe(values, "values")?.split_whitespace();
            let values = said.filter_map(|value| weights.number(value)).fold(Values::default(), Values::and);
            let offer = in_stock(sheet.maybe(stock, "stock")?)?;
            till.list(product, Listed { offer, values, category });
            Ok::<_, Wrong>(())
        })();
        if let Err(why) = row {
            bail!("{}, line {line}: {why}", sheet.shown());
        }
        products += 1;
    }
    if products == 0 {
        bail!("{} has no products, so nothing could be recommended", sheet.shown());
    }
    Ok(())
}

fn in_stock(text: &str) -> Result<Offer, Wrong> {
    match text {
        "" | "yes" | "true" => Ok(Offer::Offered),
        "no" | "false" => Ok(Offer::OutOfStock),
        number => match number.parse::<f64>() {
            Ok(pieces) if pieces > 0.0 => Ok(Offer::Offered),
            Ok(_) => Ok(Offer::OutOfStock),
            Err(_) => Err(Wrong::NoAmount(number.to_owned())),
        },
    }
}

fn not_negative(text: &str) -> Result<(), Wrong> {
    if text.is_empty() {
        return Ok(());
    }
    match text.parse::<f64>() {
        Ok(amount) if amount.is_sign_negative() && amount < 0.0 => Err(Wrong::Negative(text.to_owned())),
        Ok(amount) if amount.is_finite() => Ok(()),
        _ => Err(Wrong::NoAmount(text.to_owned())),
    }
}

/// Reads days; most rows have the day of the row before.
#[derive(Default)]
struct Days {
    last: Option<(String, Day)>,
}

impl Days {
    fn read(&mut self, text: &str) -> Result<Day, Wrong> {
        let wrong = || Wrong::NoDay(text.to_owned());
        let (date, time) = text.split_at_checked(10).ok_or_else(wrong)?;
        if !(time.is_empty() || time.starts_with([' ', 'T'])) {
            return Err(wrong());
        }
        if let Some((last, day)) = &self.last
            && last == date
        {
            return Ok(*day);
        }
        let day = day(date).ok_or_else(wrong)?;
        self.last = Some((date.to_owned(), day));
        Ok(day)
    }
}

/// The day that is written so: `2027-03-30`.
pub fn day(text: &str) -> Option<Day> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(Day::of)
}
