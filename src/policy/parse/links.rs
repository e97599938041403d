//! `links`, `contact` and `images` of `[business]`.

use crate::{
    document::{Complaint, Need, Table},
    policy::links::{Links, Site},
};

/// Reads the three lists.
pub(super) fn links(business: &Table<'_>) -> Links {
    Links {
        to: list(business, "links", |text| site(text, "links = [\"salon.example\", \"maps.example/salon-lumiere\"]")),
        contact: list(business, "contact", page),
        images: list(business, "images", |text| site(text, "images = [\"salon.example/mail\"]")),
    }
}

fn list<T>(table: &Table<'_>, key: &'static str, parse: impl Fn(&str) -> Result<T, Complaint>) -> Vec<T> {
    let Some(texts) = table.texts(key, Need::May) else { return Vec::new() };
    texts.get_ref().iter().filter_map(|text| table.take(text.span(), parse(text.get_ref()))).collect()
}

fn site(text: &str, line: &str) -> Result<Site, Complaint> {
    Site::parse(text).ok_or_else(|| {
        let help = match text.strip_prefix("*.") {
            Some(rest) => format!("write \"{rest}\": its subdomains belong to it"),
            None => format!("write a host, with a path where only a part of it is meant: {line}"),
        };
        Complaint::new(format!("`{text}` is not a host that a link could lead to"), "no host", help)
    })
}

fn page(text: &str) -> Result<String, Complaint> {
    let is_page = text.strip_prefix("https://").is_some_and(|rest| Site::parse(rest).is_some());
    if is_page {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    let help = "write its whole address: contact = [\"https://salon.example/find-us\"]";
    Err(Complaint::new(format!("`{text}` is not the address of a page"), "no page", help))
}
