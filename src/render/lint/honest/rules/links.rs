//! Links lead to the business and nowhere else, images aren't fetched, and neither knows who reads.
//!
//! Allowed are our own links, `mailto:` to the business's domain, `tel:`, and pages below its domain or those that the policy
//! names ([`crate::policy::links`]). A service message links to its record alone: by a field of the record, or to a page that
//! says how to reach the business. A field of the customer stands in no address; one of the record does, because the
//! record's page is the same for all who get a message about it. In an image it doesn't: each record has one reader here,
//! and an image would say when they read.

use super::super::{
    Letter, Reader,
    fault::Dishonest,
    galley::{What, Whose},
    markup,
    page::{Does, Page},
};
use std::ops::Range;

/// Schemes of links that open no page, and are fine.
const REACHES: [&str; 3] = ["mailto", "tel", "sms"];

pub(in super::super) fn read(letter: &Letter, reader: &mut Reader<'_>) {
    for page in letter.pages() {
        for address in &page.addresses {
            match address.does {
                Does::Leads(_) => {
                    if let Err(fault) = leads(page, &address.at, reader) {
                        reader.blame(page, &address.at, &fault);
                    }
                }
                Does::Loads => {
                    for at in parts(page, &address.at) {
                        if let Err(fault) = loads(page, &at, reader) {
                            reader.blame(page, &at, &fault);
                        }
                    }
                }
            }
        }
    }
}

/// A link.
fn leads(page: &Page, at: &Range<usize>, reader: &Reader<'_>) -> Result<(), Dishonest> {
    let text = address(page, at);
    let owns: Vec<&String> = page
        .galley
        .touched(at)
        .filter_map(|piece| match &piece.what {
            What::Own(name) => Some(name),
            _ => None,
        })
        .collect();
    if let [name, ..] = owns.as_slice() {
        return if text == format!("[{name}]") { Ok(()) } else { Err(Dishonest::Wrapped((*name).clone())) };
    }
    if text.starts_with('#') {
        return Ok(());
    }
    if is_of_the_catalogue(page, at) {
        return Ok(());
    }
    // A value that begins an address was found when the names were read.
    if page.galley.piece(at.start).is_some_and(|piece| matches!(piece.what, What::Field(_) | What::Computed)) {
        return Ok(());
    }
    same_for_everyone(page, at)?;
    let has_record_field = page.galley.touched(at).any(|piece| matches!(piece.what, What::Field(_) | What::Previous));
    let (scheme, rest) = scheme(&text);
    let business = &reader.desk.policy.business;
    match scheme {
        "http" | "https" => {
            let (host, path) = host(page, at, rest)?;
            if !business.may_link(&host, path) {
                return Err(Dishonest::Elsewhere(host));
            }
            let is_contact = has_record_field || business.is_contact(&host, path);
            if !is_contact && !reader.is_marketing() {
                return Err(Dishonest::BesideTheRecord { record: reader.record() });
            }
            Ok(())
        }
        "mailto" => {
            let to = rest.split('?').next().unwrap_or_default();
            let domain = to.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
            if to == "[business.reply_to]" || domain == business.reply_to.domain() || business.may_link(&domain, "") {
                return Ok(());
            }
            Err(Dishonest::Elsewhere(domain))
        }
        scheme if REACHES.contains(&scheme) => Ok(()),
        "" => Err(Dishonest::Nowhere(text)),
        scheme => Err(Dishonest::NoPage(scheme.to_owned())),
    }
}

/// Something that is fetched.
fn loads(page: &Page, at: &Range<usize>, reader: &Reader<'_>) -> Result<(), Dishonest> {
    let text = address(page, at);
    let (scheme, rest) = scheme(&text);
    if matches!(scheme, "data" | "cid") || text.starts_with('#') {
        return Ok(());
    }
    if is_of_the_catalogue(page, at) {
        return Ok(());
    }
    for piece in page.galley.touched(at) {
        match &piece.what {
            What::Field(named) => return Err(Dishonest::PersonalImage(format!("{}.{}", named.thing, named.field))),
            What::Own(name) => return Err(Dishonest::PersonalImage(name.clone())),
            _ => {}
        }
    }
    same_for_everyone(page, at)?;
    if !matches!(scheme, "http" | "https") {
        return Err(Dishonest::Nowhere(text));
    }
    let (host, path) = host(page, at, rest)?;
    if reader.desk.policy.business.links.images.iter().any(|site| site.holds(&host, path)) {
        return Ok(());
    }
    Err(Dishonest::Remote(host))
}

/// An address of a recommended product, and nothing else: the catalogue takes none that leads elsewhere than the policy says, and it
/// is the same for everybody who is recommended that product.
fn is_of_the_catalogue(page: &Page, at: &Range<usize>) -> bool {
    let mut pieces = page.galley.touched(at).peekable();
    let is_of_it = |what: &What| matches!(what, What::Said(name) if name == "product.url" || name == "product.image");
    pieces.peek().is_some() && pieces.all(|piece| is_of_it(&piece.what))
}

/// No field of the customer stands in it, and none decides that it is there.
fn same_for_everyone(page: &Page, at: &Range<usize>) -> Result<(), Dishonest> {
    for piece in page.galley.touched(at) {
        match (&piece.what, &piece.whose) {
            (What::Field(named), _) if named.thing == "customer" => {
                return Err(Dishonest::Personal(format!("customer.{}", named.field)));
            }
            (_, Whose::Customers(asked)) => return Err(Dishonest::Divided(asked.clone())),
            _ => {}
        }
    }
    Ok(())
}

/// The addresses of a `srcset` or a `url(…)`, without their quotes.
fn parts(page: &Page, at: &Range<usize>) -> Vec<Range<usize>> {
    let text = page.galley.text.get(at.clone()).unwrap_or_default();
    let mut parts = vec![];
    let mut rest = text;
    // An address ends at a white space and may itself hold a comma; what describes the image ends at one (HTML standard,
    // 4.8.4.3.10).
    while let Some(first) = rest.split_whitespace().next() {
        let address = first.trim_matches(['"', '\'', ',']);
        let from =
            at.start + text.len() - rest.len() + rest.find(first).unwrap_or(0) + first.find(address).unwrap_or(0);
        if !address.is_empty() {
            parts.push(from..from + address.len());
        }
        let behind = rest.split_once(first).map_or("", |(_, behind)| behind);
        rest = if first.ends_with(',') { behind } else { behind.split_once(',').map_or("", |(_, next)| next) };
    }
    parts
}

fn address(page: &Page, at: &Range<usize>) -> String {
    markup::plain(page.galley.text.get(at.clone()).unwrap_or_default()).trim().to_owned()
}

/// The scheme, in small letters, and what follows. What mail programs complete is `https`.
fn scheme(address: &str) -> (&str, &str) {
    if let Some(rest) = address.strip_prefix("//") {
        return ("https", rest);
    }
    if address.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("www.")) {
        return ("https", address);
    }
    let known = ["http", "https", "mailto", "tel", "sms", "data", "cid"];
    match address.split_once(':') {
        Some((scheme, rest))
            if scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')) =>
        {
            let named = known.into_iter().find(|name| name.eq_ignore_ascii_case(scheme));
            (named.unwrap_or(scheme), rest.trim_start_matches('/'))
        }
        _ => ("", address),
    }
}

/// Host and path of a page. No value may stand in the host, and no name before it.
fn host<'a>(page: &Page, at: &Range<usize>, rest: &'a str) -> Result<(String, &'a str), Dishonest> {
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let name = authority.split(':').next().unwrap_or_default();
    // Values stand in brackets, or as the sample has them.
    let text = page.galley.text.get(at.clone()).unwrap_or_default();
    let start = at.start + text.find(authority).unwrap_or(0);
    let stretch = start..start + authority.len();
    let mut pieces = page.galley.touched(&stretch);
    let has_value = pieces.any(|piece| !matches!(piece.what, What::Written | What::Said(_)));
    if has_value || authority.contains(['@', '\\', '[']) || !name.contains('.') {
        return Err(Dishonest::Disguised);
    }
    Ok((name.to_lowercase(), path))
}
