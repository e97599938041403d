//! Named texts into a product, by the business's rules.

use super::super::{cell::Cell, defect::Defect};
use crate::{
    base::{Instant, Value, recommended::Price},
    policy::{FieldType, Policy, links},
    store::{
        catalogue::Product,
        products::{ProductPart, ProductRow},
    },
};
use chrono::DateTime;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a SKU, and of a name that stands in a message.
const SKU_CHARACTERS_MAX: usize = 100;
/// See [`SKU_CHARACTERS_MAX`].
const NAME_CHARACTERS_MAX: usize = 300;
/// What the owner says of one product.
const VALUES_MAX: usize = 20;

/// What a text of a catalogue is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::intake) enum Named {
    Sku,
    Name,
    Part(ProductPart),
    /// A price that holds now, or at the times of [`Self::SaleTimes`].
    SalePrice,
    SaleTimes,
}

impl Named {
    /// What a program may say.
    pub const OF_MEMBERS: [Self; 10] = [
        Self::Sku,
        Self::Name,
        Self::Part(ProductPart::Category),
        Self::Part(ProductPart::Maker),
        Self::Part(ProductPart::Price),
        Self::Part(ProductPart::Url),
        Self::Part(ProductPart::Image),
        Self::Part(ProductPart::Stock),
        Self::Part(ProductPart::Values),
        Self::Part(ProductPart::Sensitive),
    ];

    /// As programs name it.
    pub const fn member(self) -> &'static str {
        match self {
            Self::Sku => "sku",
            Self::Name => "name",
            Self::Part(part) => part.name(),
            Self::SalePrice => "sale_price",
            Self::SaleTimes => "sale_price_effective_date",
        }
    }
}

/// What a catalogue says about one product: the texts, each with the name that its source has for it.
#[derive(Default, Debug)]
pub(in crate::intake) struct Texts {
    told: BTreeMap<Named, (String, String)>,
}

impl Texts {
    /// Says it. Of two texts the first stays that isn't blank.
    pub fn say(&mut self, what: Named, name: &str, text: String) {
        if self.told.get(&what).is_none_or(|(_, before)| before.trim().is_empty()) {
            self.told.insert(what, (name.to_owned(), text));
        }
    }

    /// Adds one more to what is a list.
    pub fn add(&mut self, what: Named, name: &str, text: &str) {
        let (_, all) = self.told.entry(what).or_insert_with(|| (name.to_owned(), String::new()));
        all.push(',');
        all.push_str(text);
    }

    /// The SKU, where there is one.
    pub fn sku(&self) -> Option<String> {
        self.told.get(&Named::Sku).map(|(_, text)| text.trim().to_owned()).filter(|sku| !sku.is_empty())
    }

    fn is_told(&self, what: Named) -> bool {
        self.told.contains_key(&what)
    }

    fn cell(&self, what: Named) -> Result<Option<(&str, Cell<'_>)>, Defect> {
        let Some((name, text)) = self.told.get(&what) else { return Ok(None) };
        Ok(Cell::new(name, text)?.map(|cell| (name.as_str(), cell)))
    }

    fn short(&self, what: Named, column: &str, max: usize) -> Result<String, Defect> {
        let Some((name, cell)) = self.cell(what)? else { return Err(Defect::Missing { column: column.to_owned() }) };
        let text = cell.text();
        if text.chars().nth(max).is_some() {
            return Err(Defect::CellTooLong { column: name.to_owned(), max });
        }
        Ok(text)
    }

    fn text(&self, part: ProductPart) -> Result<String, Defect> {
        Ok(self.cell(Named::Part(part))?.map(|(_, cell)| cell.text()).unwrap_or_default())
    }
}

/// The rules of the shop.
pub(in crate::intake) struct Shelf<'p> {
    policy: &'p Policy,
    now: Instant,
}

/// A product that can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelved {
    /// It.
    pub row: ProductRow,
    /// Its image comes from where no image of the business's may come from, and was left out.
    pub image_left_out: bool,
}

impl<'p> Shelf<'p> {
    /// By this policy, now.
    pub const fn new(policy: &'p Policy, now: Instant) -> Self {
        Self { policy, now }
    }

    /// One product.
    pub fn shelve(&self, texts: &Texts) -> Result<Shelved, Defect> {
        let sku = texts.short(Named::Sku, "sku", SKU_CHARACTERS_MAX)?;
        let name = texts.short(Named::Name, "name", NAME_CHARACTERS_MAX)?;
        let (image, image_left_out) = self.image(texts)?;
        let product = Product {
            category: texts.text(ProductPart::Category)?,
            maker: texts.text(ProductPart::Maker)?,
            price: self.price(texts)?,
            url: self.url(texts)?,
            image,
            in_stock: in_stock(texts)?,
            tags: values(texts)?,
            sensitive: sensitive(texts)?,
            ..Product::new(sku, name)
        };
        let untold = ProductPart::ALL.into_iter().filter(|part| !texts.is_told(Named::Part(*part))).collect();
        Ok(Shelved { row: ProductRow { product, untold }, image_left_out })
    }

    fn price(&self, texts: &Texts) -> Result<Option<Price>, Defect> {
        let on_sale = match texts.cell(Named::SaleTimes)? {
            Some((_, times)) => self.is_now(&times.text()),
            None => true,
        };
        let usual = self.amount(texts, Named::Part(ProductPart::Price))?;
        let sale = self.amount(texts, Named::SalePrice)?;
        Ok(if on_sale { sale.or(usual) } else { usual })
    }

    fn amount(&self, texts: &Texts, what: Named) -> Result<Option<Price>, Defect> {
        let Some((column, cell)) = texts.cell(what)? else { return Ok(None) };
        let wanted = &self.policy.business.currency;
        let Value::Money { minor, currency } = cell.value(FieldType::Money, wanted)? else { return Ok(None) };
        let column = column.to_owned();
        if currency != *wanted {
            return Err(Defect::OtherCurrency { column, currency, wanted: wanted.clone() });
        }
        if minor < 0 {
            return Err(Defect::Negative { column });
        }
        Ok(Some(Price { minor, currency }))
    }

    /// `2026-11-20T00:00+0100/2026-11-27T23:59+0100`. What can't be read is not now: the usual price is the higher one.
    fn is_now(&self, times: &str) -> bool {
        let at = |text: &str| {
            let forms = ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%z"];
            let read = forms.iter().find_map(|form| DateTime::parse_from_str(text.trim(), form).ok());
            read.map(|at| Instant::from_utc(at.to_utc()))
        };
        let Some((from, to)) = times.split_once('/') else { return false };
        at(from).zip(at(to)).is_some_and(|(from, to)| from <= self.now && self.now < to)
    }

    fn url(&self, texts: &Texts) -> Result<Option<String>, Defect> {
        let Some((column, cell)) = texts.cell(Named::Part(ProductPart::Url))? else { return Ok(None) };
        let text = cell.text();
        let Some((host, path)) = links::host_and_path(&text) else {
            return Err(Defect::Type {
                column: column.to_owned(),
                expected: "the address of a page, such as `https://shop.example/lamp`",
            });
        };
        if !self.policy.business.may_link(&host, path) {
            return Err(Defect::Elsewhere { column: column.to_owned(), host });
        }
        Ok(Some(text))
    }

    /// A product without its picture is sold all the same.
    fn image(&self, texts: &Texts) -> Result<(Option<String>, bool), Defect> {
        let Some((_, cell)) = texts.cell(Named::Part(ProductPart::Image))? else { return Ok((None, false)) };
        let text = cell.text();
        let may = self.policy.business.may_show(&text);
        Ok((may.then_some(text), !may))
    }
}

/// A number of pieces, yes and no, or a feed's words. What can only be ordered ahead can't be had.
fn in_stock(texts: &Texts) -> Result<bool, Defect> {
    let Some((column, cell)) = texts.cell(Named::Part(ProductPart::Stock))? else { return Ok(true) };
    let text = cell.text().to_lowercase().replace(['_', '-'], " ");
    match text.as_str() {
        "yes" | "true" | "in stock" => return Ok(true),
        "no" | "false" | "out of stock" | "preorder" | "pre order" | "backorder" | "back order" => return Ok(false),
        _ => {}
    }
    let pieces: Option<f64> = cell.text().parse().ok().filter(|pieces: &f64| pieces.is_finite());
    pieces.map(|pieces| pieces > 0.0).ok_or_else(|| Defect::Type {
        column: column.to_owned(),
        expected: "a number of pieces, `yes`, `no`, `in stock` or `out of stock`",
    })
}

fn values(texts: &Texts) -> Result<BTreeSet<String>, Defect> {
    let Some((column, cell)) = texts.cell(Named::Part(ProductPart::Values))? else { return Ok(BTreeSet::new()) };
    let text = cell.text();
    let values = text.split([',', ';', '|']).map(|value| value.trim().to_lowercase()).filter(|value| !value.is_empty());
    let values: BTreeSet<String> = values.collect();
    let fits = values.len() <= VALUES_MAX && values.iter().all(|value| value.chars().nth(SKU_CHARACTERS_MAX).is_none());
    if fits {
        Ok(values)
    } else {
        Err(Defect::Type {
            column: column.to_owned(),
            expected: "a list of at most 20 short words, such as `local, seasonal`",
        })
    }
}

fn sensitive(texts: &Texts) -> Result<bool, Defect> {
    let Some((_, cell)) = texts.cell(Named::Part(ProductPart::Sensitive))? else { return Ok(false) };
    Ok(cell.value(FieldType::Boolean, "")? == Value::Boolean(true))
}
