//! A shop from a plain file of purchases: only what customers agreed to is read any further than their name. And the files that
//! stand beside it: whom lists are for, what is in stock, and who belongs to which group.

use super::sheet::{Column, Refusals, Sheet, Wrong};
use crate::recommend::{Day, Listed, Offer, Price, Readers, Till, Values, Weights, Wishes, audit::Brought};
use anyhow::bail;
use chrono::NaiveDate;
use std::{collections::HashSet, path::Path};

/// Whoever has more purchases than this is no household: they count as one customer all the same, and are named.
const PURCHASES_MANY: u32 = 10_000;
/// Above one in so many rows that can't be taken, the file is another than it seems.
const REFUSED_SHARE: u64 = 10;

/// The columns that every file of purchases has.
const NEEDED: [&str; 3] = ["customer", "product", "timestamp"];

/// The columns that may name the maker, the first that a file has.
const MAKERS: [&str; 3] = ["maker", "manufacturer", "brand"];

/// What is read beside what recommendations need.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Also {
    /// Nothing: prices are looked at for mistakes alone.
    #[default]
    Nothing,
    /// Prices and makers, for the audit.
    Goods {
        /// The column that names the maker, where it is another than usual.
        maker: Option<String>,
    },
}

impl Also {
    fn maker(&self, sheet: &Sheet) -> anyhow::Result<Option<Column>> {
        match self {
            Self::Nothing => Ok(None),
            Self::Goods { maker: None } => {
                let usual = MAKERS.iter().map(|name| sheet.column(name));
                Ok(Some(usual.into_iter().find(|column| column.is_there()).unwrap_or_else(|| sheet.column(MAKERS[0]))))
            }
            Self::Goods { maker: Some(name) } => {
                let column = sheet.column(&name.to_ascii_lowercase());
                if !column.is_there() {
                    let has = sheet.columns().join(", ");
                    bail!("{}, line 1: there is no column \"{name}\". The file has: {has}", sheet.shown());
                }
                Ok(Some(column))
            }
        }
    }
}

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
pub fn read(path: &Path, also: &Also) -> anyhow::Result<Read> {
    let refused = who_refused(path)?;
    let mut sheet = Sheet::open(path, &NEEDED)?;
    let [customer, product, timestamp, category, price, sensitive] =
        ["customer", "product", "timestamp", "category", "price", "sensitive"].map(|name| sheet.column(name));
    let maker = also.maker(&sheet)?;
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
            let price = amount(sheet.maybe(price, "price")?)?;
            if sheet.yes(sensitive, "sensitive")? == Some(true) {
                read.till.keep_private(product);
                return Ok(Some(0));
            }
            if let Some(maker) = maker {
                read.till.tell(product, price, sheet.maybe(maker, "the maker")?, on);
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

/// Who belongs to which group: a file with a column `customer` and one for each attribute. It is held in memory alone.
///
/// # Errors
/// When it can't be read, or has no attribute.
pub fn groups(path: &Path) -> anyhow::Result<Brought> {
    let mut sheet = Sheet::open(path, &["customer"])?;
    let names: Vec<String> = sheet.columns().iter().filter(|name| *name != "customer").cloned().collect();
    if names.is_empty() {
        bail!("{}, line 1: beside the column \"customer\" there is none that says a group", sheet.shown());
    }
    let columns: Vec<Column> = names.iter().map(|name| sheet.column(name)).collect();
    let customer = sheet.column("customer");
    let mut brought = Brought { attributes: names, customers: Vec::new() };
    while let Some(line) = sheet.next()? {
        let row = (|| {
            sheet.whole()?;
            let of = columns.iter().map(|column| sheet.maybe(*column, "a group").map(str::to_owned));
            let of = of.collect::<Result<Vec<_>, _>>()?;
            brought.customers.push((sheet.text(customer, "customer")?.to_owned(), of));
            Ok::<_, Wrong>(())
        })();
        if let Err(why) = row {
            bail!("{}, line {line}: {why}", sheet.shown());
        }
    }
    Ok(brought)
}

/// What may be recommended: a file with a column `product`, and `category`, `stock`, `sensitive`, `values`, `price`, `maker` where it has them.
///
/// # Errors
/// When it can't be read, or a row isn't what it should be: a catalogue is right as a whole.
pub fn catalogue(path: &Path, till: &mut Till, weights: &Weights, also: &Also) -> anyhow::Result<()> {
    let mut sheet = Sheet::open(path, &["product"])?;
    let [product, category, stock, sensitive, values] =
        ["product", "category", "stock", "sensitive", "values"].map(|name| sheet.column(name));
    // What nobody asks for isn't read either: a price in other words than ours then does no harm.
    let [price, maker] =
        ["price", "maker"].map(|name| if *also == Also::Nothing { Column::NONE } else { sheet.column(name) });
    let mut products = 0_u64;
    while let Some(line) = sheet.next()? {
        let row = (|| {
            sheet.whole()?;
            let product = sheet.text(product, "product")?;
            if sheet.yes(sensitive, "sensitive")? == Some(true) {
                till.keep_private(product);
            }
            let some = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Into::into);
            let (category, maker) = (some(sheet.maybe(category, "category")?), some(sheet.maybe(maker, "maker")?));
            let price = amount(sheet.maybe(price, "price")?)?;
            let said = sheet.maybe(values, "values")?.split_whitespace();
            let values = said.filter_map(|value| weights.number(value)).fold(Values::default(), Values::and);
            let offer = in_stock(sheet.maybe(stock, "stock")?)?;
            till.list(product, Listed { offer, values, category, price, maker });
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

/// A price in hundredths, or none where there is none.
fn amount(text: &str) -> Result<Option<Price>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(amount) if amount.is_sign_negative() && amount < 0.0 => Err(Wrong::Negative(text.to_owned())),
        Ok(amount) if amount.is_finite() => Ok(hundredths(amount)),
        _ => Err(Wrong::NoAmount(text.to_owned())),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within these bounds")]
fn hundredths(amount: f64) -> Option<Price> {
    Price::new((amount * 100.0).round().clamp(0.0, f64::from(u32::MAX)) as u32)
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
