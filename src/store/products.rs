//! Products as a catalogue or a program gives them: what is new, what differs, and what is sold no more.
//!
//! A product is known by its own name in the shop, its SKU: one that is called otherwise stays the same product. What its
//! source couldn't tell of stays as it is known, so that a feed without a word about it takes no mark of a sensitive
//! product away.
//!
//! Invariant: a product is never deleted. What was bought of it stays bought; it is only listed no more.

use super::{
    Store, StoreError,
    book::rows,
    catalogue::{Product, product},
    database::{query, query_as},
    round::Desk,
    statements::catalogue::{COUNT_LISTED, LISTED_AFTER, PRODUCTS_BY_SKU, PUT_PRODUCTS, UNLIST_PRODUCTS},
    types::{Dry, Put, PutError},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Rows that one transaction takes, so that it stays under 20 ms.
const CHUNK_ROWS: usize = 200;
/// Numbers that are read at once.
const PAGE: i64 = 5_000;
/// Of ten listed products so many may go at once without a person's word.
const GONE_OF_TEN_MAX: u64 = 3;

/// One product as its source gives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProductRow {
    /// What it says; of [`Self::untold`] parts, what a new product begins with.
    pub product: Product,
    /// The parts that it couldn't tell of: they stay as they are known.
    pub untold: BTreeSet<ProductPart>,
}

/// A part of a product that a source may leave untold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ProductPart {
    /// `category`.
    Category,
    /// `maker`.
    Maker,
    /// `price`.
    Price,
    /// `url`.
    Url,
    /// `image`.
    Image,
    /// `stock`.
    Stock,
    /// `values`.
    Values,
    /// `sensitive`.
    Sensitive,
}

impl ProductPart {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Category, Self::Maker, Self::Price, Self::Url, Self::Image, Self::Stock, Self::Values, Self::Sensitive];

    /// As columns and members name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Maker => "maker",
            Self::Price => "price",
            Self::Url => "url",
            Self::Image => "image",
            Self::Stock => "stock",
            Self::Values => "values",
            Self::Sensitive => "sensitive",
        }
    }
}

impl Product {
    /// One of which nothing but this is known. It can be had.
    #[must_use]
    pub fn new(sku: String, name: String) -> Self {
        Self {
            sku,
            name,
            category: String::new(),
            maker: String::new(),
            price: None,
            url: None,
            image: None,
            in_stock: true,
            tags: BTreeSet::new(),
            sensitive: false,
            listed: true,
        }
    }

    /// The names of what differs.
    fn differences(&self, other: &Self) -> Vec<String> {
        let parts = ProductPart::ALL.map(|part| (part.name(), self.has_same(part, other)));
        let others = [("name", self.name == other.name), ("listed", self.listed == other.listed)];
        others.into_iter().chain(parts).filter(|(_, same)| !same).map(|(name, _)| name.to_owned()).collect()
    }

    fn has_same(&self, part: ProductPart, other: &Self) -> bool {
        match part {
            ProductPart::Category => self.category == other.category,
            ProductPart::Maker => self.maker == other.maker,
            ProductPart::Price => self.price == other.price,
            ProductPart::Url => self.url == other.url,
            ProductPart::Image => self.image == other.image,
            ProductPart::Stock => self.in_stock == other.in_stock,
            ProductPart::Values => self.tags == other.tags,
            ProductPart::Sensitive => self.sensitive == other.sensitive,
        }
    }

    fn take(&mut self, part: ProductPart, known: &Self) {
        match part {
            ProductPart::Category => self.category.clone_from(&known.category),
            ProductPart::Maker => self.maker.clone_from(&known.maker),
            ProductPart::Price => self.price.clone_from(&known.price),
            ProductPart::Url => self.url.clone_from(&known.url),
            ProductPart::Image => self.image.clone_from(&known.image),
            ProductPart::Stock => self.in_stock = known.in_stock,
            ProductPart::Values => self.tags.clone_from(&known.tags),
            ProductPart::Sensitive => self.sensitive = known.sensitive,
        }
    }
}

impl ProductRow {
    /// The product after this row.
    fn over(&self, known: Option<&Product>) -> Product {
        let mut wanted = self.product.clone();
        if let Some(known) = known {
            self.untold.iter().for_each(|part| wanted.take(*part, known));
        }
        wanted
    }
}

/// Whether so many of the listed products may be taken away without a person's word.
#[must_use]
pub const fn may_go(gone: u64, listed: u64) -> bool {
    gone.saturating_mul(10) <= listed.saturating_mul(GONE_OF_TEN_MAX)
}

/// A row that names a product.
#[derive(Serialize)]
struct Sku<'a> {
    sku: &'a str,
}

/// A row that is written.
#[derive(Serialize)]
struct Written<'a> {
    sku: &'a str,
    name: &'a str,
    category: &'a str,
    maker: &'a str,
    price: Option<i64>,
    currency: Option<&'a str>,
    url: Option<&'a str>,
    image: Option<&'a str>,
    in_stock: i64,
    tags: String,
    sensitive: i64,
    listed: i64,
}

impl Store {
    /// The SKUs of the products that the last catalogue names.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn listed_products(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut reader = self.reader().await?;
        let (mut listed, mut after) = (BTreeSet::new(), 0_i64);
        loop {
            let page = query(LISTED_AFTER).bind(after).bind(PAGE).fetch_all(&mut reader).await?;
            let Some(last) = page.last() else { return Ok(listed) };
            after = last.try_get("id")?;
            for row in &page {
                listed.insert(row.try_get("sku")?);
            }
        }
    }

    /// Products of a catalogue, in chunks of one transaction each: what became of each.
    ///
    /// # Errors
    /// When the database can't be written; what earlier chunks did stands.
    pub async fn put_products(&self, products: Vec<ProductRow>, dry: Dry) -> Result<Vec<Put>, StoreError> {
        let mut puts = Vec::with_capacity(products.len());
        for chunk in products.chunks(CHUNK_ROWS) {
            let chunk = chunk.to_vec();
            let done = self.errand(move |desk| Box::pin(async move { put(desk, &chunk, dry).await })).await?;
            puts.extend(done);
        }
        Ok(puts)
    }

    /// These are listed no more.
    ///
    /// # Errors
    /// When the database can't be written; what earlier chunks did stands.
    pub async fn unlist_products(&self, skus: &BTreeSet<String>) -> Result<(), StoreError> {
        let skus: Vec<Sku<'_>> = skus.iter().map(|sku| Sku { sku }).collect();
        for chunk in skus.chunks(CHUNK_ROWS) {
            let chunk = rows(chunk)?;
            self.errand(move |desk| {
                Box::pin(async move {
                    let now = desk.clock.now().ms();
                    desk.database.rows(query(UNLIST_PRODUCTS).bind(chunk).bind(now)).await.map(drop)
                })
            })
            .await?;
        }
        Ok(())
    }
}

/// What a program brings, in its transaction. Where it would take too many away, each of those that it takes away is
/// refused: the request with them.
pub(super) async fn put_of_program(
    desk: &mut Desk,
    rows: &[ProductRow],
) -> Result<Vec<Result<Put, PutError>>, StoreError> {
    let known = known(desk, rows).await?;
    let goes =
        |row: &ProductRow| !row.product.listed && known.get(row.product.sku.as_str()).is_some_and(|known| known.listed);
    let gone = rows.iter().filter(|row| goes(row)).count() as u64;
    let listed: i64 = query_as(COUNT_LISTED).fetch_one(desk.database.alone().await?).await?;
    if !may_go(gone, u64::try_from(listed).unwrap_or_default()) {
        let refused = |row| if goes(row) { Err(PutError::TooManyGone) } else { Ok(Put::Unchanged) };
        return Ok(rows.iter().map(refused).collect());
    }
    Ok(put(desk, rows, Dry::Apply).await?.into_iter().map(Ok).collect())
}

async fn put(desk: &mut Desk, given: &[ProductRow], dry: Dry) -> Result<Vec<Put>, StoreError> {
    let known = known(desk, given).await?;
    let (mut puts, mut wanted) = (Vec::new(), Vec::new());
    for row in given {
        let before = known.get(&row.product.sku);
        let after = row.over(before);
        let put = match before.map(|before| before.differences(&after)) {
            None => Put::Created,
            Some(changed) if changed.is_empty() => Put::Unchanged,
            Some(changed) => Put::Changed(changed),
        };
        if put != Put::Unchanged {
            wanted.push(after);
        }
        puts.push(put);
    }
    if dry == Dry::Apply && !wanted.is_empty() {
        let written: Vec<Written<'_>> = wanted.iter().map(written).collect::<Result<_, _>>()?;
        let now = desk.clock.now().ms();
        desk.database.say(query(PUT_PRODUCTS).bind(rows(&written)?).bind(now).changing(written.len()));
        desk.database.finish().await?;
    }
    Ok(puts)
}

async fn known(desk: &mut Desk, given: &[ProductRow]) -> Result<BTreeMap<String, Product>, StoreError> {
    let skus: Vec<Sku<'_>> = given.iter().map(|row| Sku { sku: &row.product.sku }).collect();
    let known = desk.database.rows(query(PRODUCTS_BY_SKU).bind(rows(&skus)?)).await?;
    known.iter().map(|row| product(row).map(|product| (product.sku.clone(), product))).collect()
}

fn written(product: &Product) -> Result<Written<'_>, StoreError> {
    let tags =
        serde_json::to_string(&product.tags).map_err(|why| StoreError::odd("products.tags", &why.to_string()))?;
    Ok(Written {
        sku: &product.sku,
        name: &product.name,
        category: &product.category,
        maker: &product.maker,
        price: product.price.as_ref().map(|price| price.minor),
        currency: product.price.as_ref().map(|price| price.currency.as_str()),
        url: product.url.as_deref(),
        image: product.image.as_deref(),
        in_stock: product.in_stock.into(),
        tags,
        sensitive: product.sensitive.into(),
        listed: product.listed.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_of_ten_may_go_and_no_more() {
        for (gone, listed, may) in [
            (0, 0, true),
            (3, 10, true),
            (4, 10, false),
            (30, 100, true),
            (31, 100, false),
            (1, 3, false),
            (1, 0, false),
        ] {
            assert_eq!(may_go(gone, listed), may, "{gone} of {listed}");
        }
    }
}
