//! A catalogue as a table: CSV with the columns of a product.

use super::{
    super::{
        columns::{delimiter, names, plain},
        defect::{Defect, Unusable},
        table::{Header, Table},
    },
    shelve::{Named, Texts},
};
use crate::{
    base::{Findings, Source},
    document::suggest::nearest,
    store::products::ProductPart,
};
use std::collections::{BTreeMap, BTreeSet};

/// What shops call the columns.
const NAMES: [(&str, Named); 18] = [
    ("sku", Named::Sku),
    ("id", Named::Sku),
    ("product", Named::Sku),
    ("name", Named::Name),
    ("title", Named::Name),
    ("category", Named::Part(ProductPart::Category)),
    ("price", Named::Part(ProductPart::Price)),
    ("url", Named::Part(ProductPart::Url)),
    ("link", Named::Part(ProductPart::Url)),
    ("image", Named::Part(ProductPart::Image)),
    ("image_link", Named::Part(ProductPart::Image)),
    ("stock", Named::Part(ProductPart::Stock)),
    ("availability", Named::Part(ProductPart::Stock)),
    ("maker", Named::Part(ProductPart::Maker)),
    ("brand", Named::Part(ProductPart::Maker)),
    ("values", Named::Part(ProductPart::Values)),
    ("tags", Named::Part(ProductPart::Values)),
    ("sensitive", Named::Part(ProductPart::Sensitive)),
];

/// A table being read.
pub(super) struct Sheet {
    name: String,
    ignore: BTreeSet<String>,
    table: Table,
    columns: Option<Columns>,
}

struct Columns {
    delimiter: char,
    each: Vec<(String, Option<Named>)>,
}

impl Sheet {
    pub fn new(name: String, ignore: BTreeSet<String>) -> Self {
        Self { name, ignore, table: Table::default(), columns: None }
    }

    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Unusable> {
        self.table.push(bytes);
        self.begin()?;
        if self.columns.is_none() && self.table.is_headless() { Err(Unusable::Headless) } else { Ok(()) }
    }

    pub fn finish(&mut self) -> Result<(), Unusable> {
        self.table.finish();
        self.begin()?;
        if self.columns.is_none() { Err(Unusable::Empty) } else { Ok(()) }
    }

    pub fn next_texts(&mut self) -> Option<(u64, Result<Texts, Defect>)> {
        let columns = self.columns.as_ref()?;
        let row = self.table.next_row(columns.delimiter)?;
        Some((row.line, row.cells.and_then(|cells| columns.texts(cells))))
    }

    fn begin(&mut self) -> Result<(), Unusable> {
        if self.columns.is_none()
            && let Some(header) = self.table.header()
        {
            self.columns = Some(self.understand(&header).map_err(Unusable::Columns)?);
        }
        Ok(())
    }

    fn understand(&self, header: &Header) -> Result<Columns, Findings> {
        let known: BTreeMap<String, Named> = NAMES.iter().map(|(name, what)| ((*name).to_owned(), *what)).collect();
        let delimiter = header.delimiter.unwrap_or_else(|| delimiter(&header.text, |name| known.contains_key(name)));
        let source = Source::new(self.name.as_str(), header.text.as_str());
        let mut findings = Findings::default();
        let mut each: Vec<(String, Option<Named>)> = vec![];
        for (name, span) in names(&header.text, delimiter) {
            let what = known.get(&plain(&name)).copied();
            if what.is_some() && each.iter().any(|(_, other)| *other == what) {
                let message = format!("another column says what `{name}` says");
                findings.add(&source, span.clone(), message, "once more", None);
            }
            if what.is_none() && !self.ignore.iter().any(|ignored| plain(ignored) == plain(&name)) {
                let help = match nearest(&plain(&name), NAMES.iter().map(|(name, _)| *name)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("leave it out with `--ignore {name}`"),
                };
                findings.add(&source, span, format!("there is no column `{name}`"), "unknown column", Some(help));
            }
            each.push((name, what));
        }
        for (name, needed) in [("sku", Named::Sku), ("name", Named::Name)] {
            if each.iter().all(|(_, what)| *what != Some(needed)) {
                let help = Some(format!("add a column `{name}`"));
                findings.add(&source, 0..0, format!("the column `{name}` is missing"), "needed here", help);
            }
        }
        if findings.is_empty() { Ok(Columns { delimiter, each }) } else { Err(findings) }
    }
}

impl Columns {
    fn texts(&self, cells: Vec<String>) -> Result<Texts, Defect> {
        let columns = self.each.len();
        if cells.len() < columns || cells.iter().skip(columns).any(|cell| !cell.trim().is_empty()) {
            return Err(Defect::CellCount { cells: cells.len(), columns });
        }
        let mut texts = Texts::default();
        for ((name, what), cell) in self.each.iter().zip(cells) {
            if let Some(what) = what {
                texts.say(*what, name, cell);
            }
        }
        Ok(texts)
    }
}
