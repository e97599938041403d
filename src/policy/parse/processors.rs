//! `[processors]`: who works on customers' data for the business.

use super::phrase;
use crate::{
    document::{Complaint, Need, Table},
    policy::{Country, Phrase, Processor},
};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use toml::Spanned;

/// Reads the register.
pub(super) fn processors(root: &Table<'_>) -> BTreeMap<String, Processor> {
    let Some(tables) = root.table("processors", Need::May) else { return BTreeMap::new() };
    let read = |(key, table): (Spanned<&str>, Table<'_>)| Some(((*key.get_ref()).to_owned(), processor(table)?));
    tables.named().into_iter().filter_map(read).collect()
}

fn processor(table: Table<'_>) -> Option<Processor> {
    let text = |key, line| table.text(key, Need::Must(line)).map(|text| (*text.get_ref()).to_owned());
    let name = text("name", "name = \"Example Mail SAS\"");
    let purpose = text("purpose", "purpose = \"carries our messages\"");
    let country = table.parsed("country", Need::Must("country = \"FR\""), parse_country);
    let contract =
        table.parsed("contract", Need::Must("contract = \"2026-01-05\", the day of the contract"), parse_day);
    let safeguard = table.text("safeguard", Need::May).map(|text| (*text.get_ref()).to_owned());
    if let Some(country) = country.as_ref().filter(|country| country.get_ref().needs_safeguard())
        && safeguard.is_none()
    {
        let complaint = Complaint::new(
            format!("data that go to {} need a safeguard", country.get_ref().name_in("en")),
            "no law of the EU, and none like it",
            "write what protects them: safeguard = \"EU standard contractual clauses\"",
        );
        table.find(country.span(), complaint);
    }
    let others = phrase::others(&table, "purpose", "purpose = \"…\" in this language");
    table.finish(|_| None);
    let (country, contract) = (country?.into_inner(), contract?.into_inner());
    Some(Processor { name: name?, country, purpose: Phrase::new(purpose?, others), contract, safeguard })
}

fn parse_country(text: &str) -> Result<Country, Complaint> {
    Country::parse(text).ok_or_else(|| {
        Complaint::new(format!("`{text}` is not a country's code"), "no code", "write two capitals: \"FR\", \"DE\"")
    })
}

fn parse_day(text: &str) -> Result<NaiveDate, Complaint> {
    text.parse().map_err(|_| Complaint::new(format!("`{text}` is not a day"), "no day", "write it as \"2026-01-05\""))
}
