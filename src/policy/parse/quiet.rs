//! `[quiet_hours]`, of the policy and of one purpose.

use crate::{
    base::civil::{MonthDay, parse_time},
    document::{Complaint, Need, Table},
    policy::{QuietHours, quiet::Span},
};
use chrono::{NaiveDate, NaiveTime, Weekday};
use std::time::Duration;

/// A day must have hours in which a message can leave.
const HOURS_MAX: u64 = 20;
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Mon),
    ("tuesday", Weekday::Tue),
    ("wednesday", Weekday::Wed),
    ("thursday", Weekday::Thu),
    ("friday", Weekday::Fri),
    ("saturday", Weekday::Sat),
    ("sunday", Weekday::Sun),
];

/// Reads them.
pub(super) fn quiet_hours(owner: &Table<'_>) -> Option<QuietHours> {
    let table = owner.table("quiet_hours", Need::May)?;
    let usual = span(&table);
    let mut weekdays = [None; 7];
    for (place, (name, _)) in weekdays.iter_mut().zip(WEEKDAYS) {
        if let Some(day) = table.table(name, Need::May) {
            *place = span(&day);
            day.finish(|_| None);
        }
    }
    let mut quiet = usual.map(|usual| QuietHours { weekdays, ..QuietHours::daily(usual.from, usual.to) });
    for day in table.texts("holidays", Need::May).iter().flat_map(toml::Spanned::get_ref) {
        match (holiday(day.get_ref()), &mut quiet) {
            (Ok(Holiday::Once(day)), Some(quiet)) => drop(quiet.holidays.insert(day)),
            (Ok(Holiday::Yearly(day)), Some(quiet)) => drop(quiet.yearly.insert(day)),
            (Ok(_), None) => {}
            (Err(complaint), _) => table.find(day.span(), complaint),
        }
    }
    if let Some(quiet) = &quiet {
        leaves_time(&table, quiet);
    }
    table.finish(|_| None);
    quiet
}

fn span(table: &Table<'_>) -> Option<Span> {
    let from = table.parsed("from", Need::Must("from = \"20:00\""), parse_wall_time);
    let to = table.parsed("to", Need::Must("to = \"08:00\""), parse_wall_time);
    let (from, to) = (from?.into_inner(), to?.into_inner());
    if from == to {
        let complaint = Complaint::new(
            "quiet hours that end when they begin say nothing",
            "from equals to",
            "write another end, or delete them",
        );
        table.find(table.at(), complaint);
        return None;
    }
    Some(Span { from, to })
}

/// On each weekday something can leave.
fn leaves_time(table: &Table<'_>, quiet: &QuietHours) {
    let over = |weekday: Weekday| quiet.on_weekday(weekday) > Duration::from_hours(HOURS_MAX);
    if let Some((name, _)) = WEEKDAYS.into_iter().find(|(_, weekday)| over(*weekday)) {
        let message =
            format!("{name} has more than {HOURS_MAX} quiet hours: what is due then would come late or never");
        let help =
            format!("leave at least {} hours open on each day; a day without any mail is a holiday", 24 - HOURS_MAX);
        table.find(table.at(), Complaint::new(message, "too quiet", help));
    }
}

enum Holiday {
    Once(NaiveDate),
    Yearly(MonthDay),
}

fn holiday(text: &str) -> Result<Holiday, Complaint> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(Holiday::Once(day));
    }
    MonthDay::parse(text).map(Holiday::Yearly).ok_or_else(|| {
        let help = "write a day as in \"2027-04-05\", or of every year as in \"12-25\"";
        Complaint::new(format!("`{text}` is no day"), "no day", help)
    })
}

pub(super) fn parse_wall_time(text: &str) -> Result<NaiveTime, Complaint> {
    parse_time(text).ok_or_else(|| {
        Complaint::new(format!("`{text}` is not a time of day"), "bad time", "write hours and minutes: \"20:00\"")
    })
}
