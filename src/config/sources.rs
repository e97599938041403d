//! `[[sources]]`: calendars that are read again and again.

use super::{
    secret,
    settings::{Place, Source},
};
use crate::{
    document::{Complaint, Need, Table, parse_span},
    fetch::{BadLink, Link, Reach},
};
use std::{collections::BTreeSet, path::Path, time::Duration};
use toml::Spanned;

/// Calendars of one installation: a chair each, and some more.
const SOURCES_MAX: usize = 50;
/// Asking more often than this is no manners, and most servers answer no more often.
const EVERY_MIN: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_mins(10);
/// A calendar that wasn't read for so long is out of date.
const STALE_AFTER: Duration = Duration::from_hours(24);

/// Reads them all.
pub(super) fn read(root: &Table<'_>, folder: &Path) -> Vec<Source> {
    let tables = root.tables("sources", Need::May);
    if let Some(table) = tables.get(SOURCES_MAX) {
        let message = format!("more than {SOURCES_MAX} calendars");
        table.find(table.at(), Complaint::new(message, "too many", "let fewer calendars show all visits"));
    }
    let mut names = BTreeSet::new();
    tables.into_iter().filter_map(|table| source(table, folder, &mut names)).collect()
}

fn source(table: Table<'_>, folder: &Path, names: &mut BTreeSet<String>) -> Option<Source> {
    let name = table.parsed("name", Need::Must("name = \"salon\""), parse_name);
    let place = table.parsed("calendar", Need::Must("calendar = \"https://…/basic.ics\", or a file"), |text| {
        parse_place(text, folder)
    });
    let every = table.parsed("every", Need::May, parse_every);
    let stale_after = table.parsed("stale_after", Need::May, parse_span);
    let internal = table.boolean("internal", Need::May).is_some_and(|yes| *yes.get_ref());
    if let Some(name) = &name
        && !names.insert(name.get_ref().clone())
    {
        let message = format!("two calendars are called `{}`", name.get_ref());
        table.find(name.span(), Complaint::new(message, "once more", "give it a name of its own"));
    }
    if let Some(place) = &place
        && matches!(place.get_ref(), Place::Web(_))
        && let Err(complaint) = secret::guarded(&folder.join("comity.toml"))
    {
        // Whoever has the link reads the calendar.
        table.find(place.span(), complaint);
    }
    table.finish(|_| None);
    Some(Source {
        name: name?.into_inner(),
        place: place?.into_inner(),
        every: every.map_or(EVERY, Spanned::into_inner),
        stale_after: stale_after.map_or(STALE_AFTER, Spanned::into_inner),
        reach: if internal { Reach::OwnHostAnywhere } else { Reach::Public },
    })
}

fn parse_name(text: &str) -> Result<String, Complaint> {
    let valid = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if valid && text.len() <= 48 {
        return Ok(text.to_owned());
    }
    let message = format!("`{text}` can't be the name of a calendar");
    Err(Complaint::new(message, "bad name", "write small letters, digits and dashes, at most 48"))
}

/// A link where it has a scheme, else a file.
fn parse_place(text: &str, folder: &Path) -> Result<Place, Complaint> {
    if !text.contains("://") {
        return Ok(Place::File(folder.join(text)));
    }
    Link::parse(text).map(Place::Web).map_err(|why| {
        let help = match why {
            BadLink::Login => "use the calendar's secret link instead",
            BadLink::Syntax | BadLink::Scheme => "copy the link that the calendar's settings call iCal, ICS or export",
        };
        Complaint::new(why.to_string(), "bad link", help)
    })
}

fn parse_every(text: &str) -> Result<Duration, Complaint> {
    match parse_span(text)? {
        every if every >= EVERY_MIN => Ok(every),
        _ => Err(Complaint::new(
            "a calendar is asked once a minute at most",
            "too often",
            "write every = \"10 minutes\"",
        )),
    }
}
