//! Orders of a shop on their way into the store: an export, row by row.

use super::{
    entry::add_questions,
    news::OrderReport,
    run::{Run, Stop},
};
use crate::{
    intake::orders::{Filler, NotTaken, Orders, Read, ShopKind, ShopOrder},
    store::{
        Applied,
        orders::{ORDER_CHUNK_LINES, OrderRow},
    },
};
use futures_util::{Stream, StreamExt};
use std::{
    collections::{BTreeSet, HashSet},
    io,
    pin::pin,
};

/// Lines that wait for their transactions together.
const WAITING_MAX: usize = 500;

/// The orders of one file.
struct Arriving {
    /// What the shop is called where its orders are named.
    shop: Option<String>,
    file: String,
    lines: Vec<Vec<u64>>,
    rows: Vec<OrderRow>,
    /// Who became a customer, by their mailbox: a preview takes them back with each transaction.
    new: HashSet<String>,
}

impl Run<'_> {
    /// An export of orders.
    pub(super) async fn orders<B: AsRef<[u8]>>(
        &mut self,
        mut orders: Orders,
        (shop, file): (Option<String>, String),
        bytes: impl Stream<Item = io::Result<B>>,
    ) -> Result<(), Stop> {
        let mut bytes = pin!(bytes);
        let mut arriving = Arriving { shop, file, lines: vec![], rows: vec![], new: HashSet::new() };
        let mut length = 0_u64;
        while let Some(piece) = bytes.next().await {
            let piece = piece?;
            length += u64::try_from(piece.as_ref().len()).unwrap_or(u64::MAX);
            self.short_enough(length)?;
            orders.push(piece.as_ref())?;
            self.take_orders(&mut orders, &mut arriving).await?;
            self.tell_progress(length);
        }
        orders.finish()?;
        self.take_orders(&mut orders, &mut arriving).await?;
        if let Some(last) = orders.last() {
            self.take_order(last, orders.kind(), &mut arriving).await?;
        }
        self.report.rows = orders.rows();
        self.report.orders.left_out = orders.left_out();
        self.put_orders(&mut arriving).await
    }

    async fn take_orders(&mut self, orders: &mut Orders, arriving: &mut Arriving) -> Result<(), Stop> {
        while let Some(read) = orders.next_order() {
            self.take_order(read, orders.kind(), arriving).await?;
            self.report.rows = orders.rows();
            if arriving.rows.iter().map(|row| row.lines.len()).sum::<usize>() >= WAITING_MAX {
                self.put_orders(arriving).await?;
            }
        }
        Ok(())
    }

    async fn take_order(&mut self, read: Read, kind: Option<ShopKind>, arriving: &mut Arriving) -> Result<(), Stop> {
        let order = match read {
            Read::Rejected(line, defect) => return self.reject(line, defect.to_string()).await,
            Read::Order(order) => order,
        };
        for (line, defect) in order.lines.iter().filter_map(|line| line.as_ref().err()) {
            self.reject(*line, defect.to_string()).await?;
        }
        let policy = self.office.policy();
        let shop = arriving.shop.clone().or_else(|| Some(self.shop_of(kind?))).unwrap_or_default();
        // Whether there is one was asked before the file was read.
        let Some(filler) = Filler::new(&policy, &shop) else { return Ok(()) };
        self.count_order(&order);
        let (mut yes, not_taken) = filler.yes(&order);
        add_questions(self.office, &mut yes);
        for why in not_taken {
            match why {
                NotTaken::NothingShown => self.report.orders.yes_without_words += 1,
                NotTaken::ShownLater => self.report.orders.yes_before_the_words += 1,
            }
        }
        let source = format!("{}:{}", arriving.file, order.line);
        for (lines, row) in filler.rows(&order, yes, &source, ORDER_CHUNK_LINES) {
            arriving.lines.push(lines);
            arriving.rows.push(row);
        }
        Ok(())
    }

    /// What a shop of this kind is called: as in comity.toml, where there is one.
    fn shop_of(&self, kind: ShopKind) -> String {
        let edition = self.office.in_force.now();
        let mut shops = edition.config().shops.iter().filter(|shop| shop.kind == kind);
        match (shops.next(), shops.next()) {
            (Some(only), None) => only.name.clone(),
            _ => kind.name().to_owned(),
        }
    }

    fn count_order(&mut self, order: &ShopOrder) {
        let OrderReport { orders, partly_refunded, .. } = &mut self.report.orders;
        *orders += 1;
        *partly_refunded += u64::from(order.partly_refunded);
    }

    async fn put_orders(&mut self, arriving: &mut Arriving) -> Result<(), Stop> {
        let rows = std::mem::take(&mut arriving.rows);
        let lines = std::mem::take(&mut arriving.lines);
        if rows.is_empty() {
            return Ok(());
        }
        self.before_writing().await?;
        let orders: Vec<(String, String)> = rows.iter().map(|row| row.order.clone()).collect();
        let buyers: Vec<String> = rows.iter().map(|row| row.buyer.address.mailbox()).collect();
        let applied = self.office.store.put_orders(rows, self.office.rules(), self.dry).await?;
        let told: BTreeSet<&(String, String)> = applied.told.iter().filter_map(|place| orders.get(*place)).collect();
        self.report.orders.told_by_the_shop += u64::try_from(told.len()).unwrap_or(u64::MAX);
        let new: BTreeSet<usize> = applied.new_customers.into_iter().collect();
        arriving.new.extend(new.into_iter().filter_map(|place| buyers.get(place).cloned()));
        self.report.orders.new_customers = u64::try_from(arriving.new.len()).unwrap_or(u64::MAX);
        let applied: Applied = applied.lines;
        self.after_writing(&applied).await;
        let lines: Vec<u64> = lines.into_iter().flatten().collect();
        self.count(&lines, applied).await
    }
}
