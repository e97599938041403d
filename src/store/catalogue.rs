//! The catalogue: what is sold, as the business tells it. Nobody's data.

use super::{
    Store, StoreError,
    database::{Row, query, query_as},
    statements::catalogue::{CATEGORIES, PRODUCTS_AFTER},
};
use crate::base::recommended::Price;
use std::collections::BTreeSet;

/// Products that are read at once.
const PAGE: i64 = 1_000;
/// No page names more categories.
const CATEGORIES_MAX: i64 = 500;

/// A product of the catalogue.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Product {
    /// Its own name in the shop, which stays when it is called otherwise.
    pub sku: String,
    /// What people call it.
    pub name: String,
    /// Its category; empty for none.
    pub category: String,
    /// Who makes it; empty where that isn't told.
    pub maker: String,
    /// What it costs.
    pub price: Option<Price>,
    /// Where it is sold: an address that the business's own links may lead to.
    pub url: Option<String>,
    /// A picture, from a host that the business's images may come from.
    pub image: Option<String>,
    /// Whether it can be had.
    pub in_stock: bool,
    /// What the owner says of it, such as `local`: names of `[recommendations.values]`, and others.
    pub tags: BTreeSet<String>,
    /// It says too much of whoever buys it: never counted, never recommended, never named.
    pub sensitive: bool,
    /// Whether the last catalogue names it.
    pub listed: bool,
}

impl Store {
    /// Everything that the catalogue ever named, in the order in which it became known.
    ///
    /// # Errors
    /// When the database can't be read, or holds something odd.
    pub async fn catalogue(&self) -> Result<Vec<Product>, StoreError> {
        let mut reader = self.reader().await?;
        let (mut products, mut after) = (Vec::new(), 0_i64);
        loop {
            let page = query(PRODUCTS_AFTER).bind(after).bind(PAGE).fetch_all(&mut reader).await?;
            let Some(last) = page.last() else { return Ok(products) };
            after = last.try_get("id")?;
            for row in &page {
                products.push(product(row)?);
            }
        }
    }

    /// The categories of what is listed and not sensitive, in their order, the first five hundred.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn categories(&self) -> Result<Vec<String>, StoreError> {
        let asked = query_as(CATEGORIES).bind(CATEGORIES_MAX);
        asked.fetch_all(&mut self.reader().await?).await
    }
}

pub(super) fn product(row: &Row) -> Result<Product, StoreError> {
    let tags = serde_json::from_str(row.try_get("tags")?);
    let price = row.try_get::<Option<i64>, _>("price")?.zip(row.try_get::<Option<String>, _>("currency")?);
    Ok(Product {
        sku: row.try_get("sku")?,
        name: row.try_get("name")?,
        category: row.try_get("category")?,
        maker: row.try_get("maker")?,
        price: price.map(|(minor, currency)| Price { minor, currency }),
        url: row.try_get("url")?,
        image: row.try_get("image")?,
        in_stock: row.try_get::<i64, _>("in_stock")? == 1,
        tags: tags.map_err(|error| StoreError::odd("products.tags", &error.to_string()))?,
        sensitive: row.try_get::<i64, _>("sensitive")? == 1,
        listed: row.try_get::<i64, _>("listed")? == 1,
    })
}
