//! What the forms of the page ask for, read from whatever came.

use crate::{
    base::{EmailAddress, Instant, Zone, civil::days_after},
    people::{Language, Snooze, snooze::Snoozed},
    policy::{
        OwnLimit,
        cap::{Unit, Window},
        own_limit::Wish,
    },
    store::Choice,
};
use chrono::{Days, NaiveDate, NaiveTime};
use std::num::NonZeroU32;

/// The rate that somebody set in other words, as the form names it.
pub const KEPT: &str = "kept";
/// Nobody is silent for longer at one word.
const SNOOZE_DAYS_MAX: u64 = 366;
/// The limits that are offered: one message in each of these.
pub const RATES: [(&str, Unit); 3] = [("week", Unit::Week), ("month", Unit::Month), ("year", Unit::Year)];

/// What a form of the page asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// No more of this purpose; `""` for all.
    Stop(String),
    /// Messages of this purpose.
    On(String),
    /// To be asked by a message whether they agree to this purpose.
    Ask(String),
    /// Another choice.
    Choose(Choice),
    /// A yes that holds, said anew.
    Renew(String),
    /// No marketing any more.
    Object,
    /// The link to their data, by a message.
    Data,
    /// To be written to at another address.
    Move(EmailAddress),
    /// The same, at what can be none.
    BadAddress,
    /// To take a change back, by this value.
    Undo(String),
    /// What holds already.
    AsItIs,
    /// A day that none can be silent until.
    BadDay,
    /// Nothing that a form of ours sends.
    Nothing,
}

/// What the form asks for. But for an address it offers plain words, keys and days, so nothing else in it needs to be unescaped.
pub fn wanted(body: &[u8], now: Instant, zone: Zone) -> Wanted {
    let Ok(text) = std::str::from_utf8(body) else { return Wanted::Nothing };
    let pairs = || text.split('&').filter_map(|pair| pair.trim().split_once('='));
    let field = |name: &str| pairs().find_map(|(of, value)| (of == name).then_some(value));
    if let Some(value) = field("undo") {
        return Wanted::Undo(value.to_owned());
    }
    match (field("stop"), field("everything"), field("on")) {
        (Some(purpose), _, _) if !purpose.is_empty() => return Wanted::Stop(purpose.to_owned()),
        (None, Some("stop"), _) => return Wanted::Stop(String::new()),
        (None, None, Some(purpose)) => return Wanted::On(purpose.to_owned()),
        _ => {}
    }
    if field("object") == Some("marketing") {
        return Wanted::Object;
    }
    if let Some(purpose) = field("renew") {
        return Wanted::Renew(purpose.to_owned());
    }
    if field("data") == Some("link") {
        return Wanted::Data;
    }
    if field("move").is_some() {
        let typed = form_urlencoded::parse(body).find_map(|(of, value)| (of == "move").then_some(value));
        let address = typed.and_then(|typed| EmailAddress::parse(typed.trim()).ok());
        return address.map_or(Wanted::BadAddress, Wanted::Move);
    }
    if let Some(purpose) = field("ask") {
        return Wanted::Ask(purpose.to_owned());
    }
    if let (Some(purpose), Some(rate)) = (field("limit"), field("rate")) {
        if rate == KEPT {
            return Wanted::AsItIs;
        }
        return wish(purpose, rate).map_or(Wanted::Nothing, |wish| Wanted::Choose(Choice::Limit(wish)));
    }
    if let Some(language) = field("language") {
        return Language::parse(language)
            .map_or(Wanted::Nothing, |language| Wanted::Choose(Choice::Language(language)));
    }
    match (field("awake"), field("until"), field("of")) {
        (Some(_), _, _) => Wanted::Choose(Choice::Snooze(None)),
        (None, Some(until), of) => match silence(until, now, zone) {
            Some(until) => {
                let of = if of == Some("everything") { Snoozed::Everything } else { Snoozed::Marketing };
                Wanted::Choose(Choice::Snooze(Some(Snooze { until, of })))
            }
            None => Wanted::BadDay,
        },
        _ => Wanted::Nothing,
    }
}

/// The first moment of the day on the customer's clock, if it is one to be silent until.
fn silence(day: &str, now: Instant, zone: Zone) -> Option<Instant> {
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let [first, last] = days(now, zone);
    (first <= day && day <= last).then(|| zone.resolve(day.and_time(NaiveTime::MIN)))
}

/// The first and the last day that silence may end on.
pub fn days(now: Instant, zone: Zone) -> [NaiveDate; 2] {
    let today = zone.local(now);
    [days_after(today, 1).date(), today.date().checked_add_days(Days::new(SNOOZE_DAYS_MAX)).unwrap_or(NaiveDate::MAX)]
}

/// At most one message in this stretch.
pub fn wish(purpose: &str, rate: &str) -> Option<Wish> {
    let purpose = purpose.to_owned();
    if rate == "none" {
        return Some(Wish::None(purpose));
    }
    let (_, unit) = RATES.into_iter().find(|(name, _)| *name == rate)?;
    Some(Wish::Limit(OwnLimit { purpose, at_most: NonZeroU32::MIN, per: Window::Calendar(unit) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(body: &str) -> Wanted {
        wanted(body.as_bytes(), Instant::from_ms(1_800_000_000_000), Zone::UTC)
    }

    #[test]
    fn nothing_is_stopped_or_chosen_by_what_no_form_of_ours_sends() {
        for body in ["", "stop", "stop=", "everything=", "everything=1", "on", "limit=news", "limit=news&rate=often"] {
            assert_eq!(asked(body), Wanted::Nothing, "{body}");
        }
        for body in
            ["rate=week", "language=", "language=%00", "of=everything", "until", "\u{fffd}", "{\"stop\":\"news\"}"]
        {
            assert_eq!(asked(body), Wanted::Nothing, "{body}");
        }
        assert_eq!(wanted(&[0xff, 0xfe], Instant::from_ms(0), Zone::UTC), Wanted::Nothing);
    }

    #[test]
    fn what_reduces_sending_wins_where_a_body_asks_for_two_things() {
        assert_eq!(asked("on=news&stop=news"), Wanted::Stop("news".to_owned()));
        assert_eq!(asked("on=news&everything=stop"), Wanted::Stop(String::new()));
        assert_eq!(asked("ask=news&stop=news"), Wanted::Stop("news".to_owned()));
        assert_eq!(asked("ask=news"), Wanted::Ask("news".to_owned()));
        assert_eq!(asked("data=link"), Wanted::Data);
        assert_eq!(asked("renew=news"), Wanted::Renew("news".to_owned()));
        assert_eq!(asked("object=marketing&renew=news"), Wanted::Object);
        let zoe = EmailAddress::parse("zoe+salon@example.org").unwrap();
        assert_eq!(asked("move=zoe%2Bsalon%40example.org+"), Wanted::Move(zoe));
        for odd in ["move=", "move=zoe", "move=a%40b.example%0D%0ABcc%3A+c%40d.example", "move=%ff%40example.org"] {
            assert_eq!(asked(odd), Wanted::BadAddress, "{odd}");
        }
        assert_eq!(asked("move=zoe%40example.org&stop=news"), Wanted::Stop("news".to_owned()));
        assert_eq!(asked("data=link&stop=news"), Wanted::Stop("news".to_owned()));
    }

    #[test]
    fn silence_ends_on_a_day_from_tomorrow_to_a_year_ahead() {
        // 15 January 2027.
        let until = |day: &str| asked(&format!("until={day}&of=marketing"));
        for day in ["", "soon", "2027-01-15", "2026-12-31", "2028-01-17", "2027-02-30", "9999-12-31", "-1-1-1"] {
            assert_eq!(until(day), Wanted::BadDay, "{day}");
        }
        let tomorrow = Snooze { until: Instant::from_ms(1_800_057_600_000), of: Snoozed::Marketing };
        assert_eq!(until("2027-01-16"), Wanted::Choose(Choice::Snooze(Some(tomorrow))));
        assert!(matches!(until("2028-01-16"), Wanted::Choose(_)));
    }
}
