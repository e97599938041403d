//! The morning mail: what is to be done, what goes out today and to whom, what is held and why, whose visit nobody knows,
//! who answered, who stopped, and what is broken. A quiet day is one sentence.
//!
//! It leaves once per civil day of the business's zone, at the time that the file says, by the civil clock: after a gap,
//! and at the first of a fold. A daemon that comes too late for it sends it all the same for six hours, as long as it is the
//! same day; a morning mail in the evening would tell of a day that is over.

use super::{Missing, Scribe, answers::Heard, words::Tongue};
use crate::{
    base::{Instant, Zone, civil},
    config::{Answers, Mode},
    engine::{
        office::visits::{self, Waiting, Why},
        wording,
    },
    gate::{Reason, Until},
    people::{Answer, SuppressionReason},
    render::{
        Note,
        note::{Detail, Item, NoteLink, Section, foreign},
    },
    store::{Claimed, Foreseen, Outlook, StoreError},
    trigger,
};
use chrono::{NaiveDate, NaiveTime};
use std::time::Duration;

/// How late it may come.
const LATE_MAX: Duration = Duration::from_hours(6);
/// It looks back no further than this.
const LOOK_BACK_MAX: Duration = Duration::from_hours(7 * 24);
/// Visits without a customer are told of when they are this near.
const VISITS_AHEAD: Duration = Duration::from_hours(14 * 24);
/// Lines of a list, before it is cut.
const LINES_MAX: usize = 12;

/// The civil day whose mail should leave now, and until when.
#[must_use]
pub fn due(now: Instant, zone: Zone, time: NaiveTime) -> Option<(NaiveDate, Instant)> {
    let day = zone.local(now).date();
    let begins = zone.resolve(day.and_time(time));
    let ends = begins.plus(LATE_MAX).min(midnight_after(day, zone));
    (begins <= now && now < ends).then_some((day, ends))
}

fn midnight_after(day: NaiveDate, zone: Zone) -> Instant {
    zone.resolve(civil::days_after(day.and_time(NaiveTime::MIN), 1))
}

impl Scribe<'_> {
    /// The mail of a day, as things stand now; what is told as news happened after the last one that arrived.
    pub(super) async fn morning_note(&self, day: NaiveDate, begun_at: Instant) -> Result<Note, StoreError> {
        let (store, tongue, now) = (&self.office.store, self.tongue(), self.office.clock.now());
        let since = store.last_morning().await?.unwrap_or(begun_at.minus(Duration::from_hours(24)));
        let since = since.max(begun_at.minus(LOOK_BACK_MAX));
        let until = midnight_after(day, self.zone());
        let mut missing = Missing::new();
        let mut wrong = self.troubles(since, &mut missing).await?;
        let Today { leaving, held, unreachable } = self.today(now, until, &mut missing).await?;
        wrong.extend(unreachable);
        let timed = |(at, line)| Item::from(format!("{}  {line}", self.zone().local(at).format("%H:%M")));
        let leaving = leaving.into_iter().map(timed).collect();
        let mut heard = match self.installation().config.owner.answers {
            Answers::Never => vec![],
            _ => self.heard(store.answers_since(since).await?, &mut missing),
        };
        let stops = self.stops(since, &mut missing).await?;
        wrong.extend(self.missing_items(&missing));
        heard.sort_by_key(|heard| (heard.answer == Answer::Coming, heard.starts_at()));
        let waiting = self.waiting(now).await?;
        let tasks: Vec<Item> =
            self.office.tasks().await?.into_iter().map(|task| Item::from(foreign(&task.words))).collect();
        let needs = !wrong.is_empty()
            || !waiting.is_empty()
            || !tasks.is_empty()
            || heard.iter().any(|heard| heard.answer != Answer::Coming);
        let is_halted = !store.halts().await?.is_empty();
        let leaving_heading = if is_halted { tongue.waiting_heading() } else { tongue.leaving_heading() };
        let from = self.zone().local(now).format("%Y-%m-%dT%H:%M");
        let to = self.zone().local(until).format("%Y-%m-%dT%H:%M");
        let sections: Vec<Section> = [
            cut(tongue, tongue.wrong_heading(), wrong, Some("comity status")),
            cut(tongue, tongue.tasks_heading(), tasks, Some("comity tasks list")),
            cut(tongue, tongue.visits_heading(), waiting, Some("comity visits --unmatched")),
            cut(tongue, tongue.answers_heading(), heard.iter().map(|heard: &Heard| heard.item(tongue)).collect(), None),
            cut(tongue, leaving_heading, leaving, Some(&format!("comity rehearse --from {from} --to {to}"))),
            cut(tongue, tongue.held_heading(), held, Some("comity status")),
            cut(tongue, tongue.stops_heading(), stops, None),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut opening = vec![tongue.opening(needs, sections.is_empty()).to_owned()];
        if self.installation().config.mode == Mode::Rehearsal {
            opening.push(tongue.rehearsal().to_owned());
        }
        let time = self.installation().config.owner.morning_mail;
        Ok(Note {
            subject: tongue.morning_subject(&tongue.day(day), needs),
            opening,
            sections,
            closing: time.map(|time| tongue.closing(&time.format("%H:%M").to_string())).into_iter().collect(),
            language: tongue.tag(),
        })
    }

    /// What leaves today, what doesn't, and whom no mail reaches.
    async fn today(&self, now: Instant, until: Instant, missing: &mut Missing) -> Result<Today, StoreError> {
        let mut today = Today::default();
        let words = |claimed: &Claimed| wording::words(claimed, &self.rulebook, self.keys);
        for outlook in self.office.store.foresee(now, until, self.rulebook.clone(), words).await? {
            let Some(line) = self.line(&outlook, missing) else { continue };
            let reason = |reason: &Reason| self.tongue().reason(reason, self.zone());
            match &outlook.foreseen {
                Foreseen::Leaves => today.leaving.push((outlook.at, line)),
                // It leaves later today.
                Foreseen::Waits { until: Until::At(at), .. } if *at <= until => today.leaving.push((*at, line)),
                Foreseen::Waits { reason: why, .. } => today.held.push(Item::from(line).with(reason(why))),
                Foreseen::Ends { reason: Reason::Suppressed { why: SuppressionReason::NoSuchMailbox, .. }, .. } => {
                    today.unreachable.push(Item::from(self.tongue().unreachable(&line)));
                }
                Foreseen::Ends { reason: why, .. } if surprises(why) => {
                    today.held.push(Item::from(line).with(reason(why)));
                }
                Foreseen::Ends { .. } => {}
            }
        }
        today.leaving.sort();
        Ok(today)
    }

    /// Who gets what, and about which date.
    fn line(&self, Outlook { claimed, .. }: &Outlook, missing: &mut Missing) -> Option<String> {
        let Ok((customer, _)) = &claimed.content else {
            missing.insert(claimed.plan.customer);
            return None;
        };
        let tongue = self.tongue();
        let purpose = self.policy().purposes.get(&claimed.plan.purpose)?.title_in(&self.policy().business.language);
        // A birthday's own date is the day of the mail.
        let start = trigger::start_in(&claimed.plan.occurrence).map(|start| tongue.civil(start));
        Some(tongue.message(&self.who(customer), purpose, start.as_deref()))
    }

    /// Visits to come whose customer nobody knows.
    async fn waiting(&self, now: Instant) -> Result<Vec<Item>, StoreError> {
        let near = |visit: &Waiting| visit.why != Why::FoundByNow && visit.starts_at <= now.plus(VISITS_AHEAD);
        let visits = self.office.waiting_visits().await?;
        Ok(visits.into_iter().filter(near).map(|visit| self.visit(&visit, now)).collect())
    }

    fn visit(&self, Waiting { visit, starts_at, says, why, likely }: &Waiting, now: Instant) -> Item {
        let tongue = self.tongue();
        let says = foreign(&says.join(" · "));
        let settle = |customer: &str| Some(format!("comity visits settle {visit} {customer}"));
        let mut details = vec![Detail { words: tongue.why(*why, likely.is_empty()).to_owned(), command: None }];
        details
            .extend(likely.iter().map(|one| Detail { words: foreign(&one.words()), command: settle(&one.customer) }));
        if likely.is_empty() {
            details.push(Detail { words: tongue.settle().to_owned(), command: settle(tongue.customer()) });
        }
        let url = visits::settle_url(&self.installation().config, self.keys, *visit, now);
        let link = (!likely.is_empty()).then(|| NoteLink { words: tongue.settle().to_owned(), url });
        Item { words: tongue.quoted(&self.moment(*starts_at), &says), details, link }
    }

    async fn stops(&self, since: Instant, missing: &mut Missing) -> Result<Vec<Item>, StoreError> {
        let (store, policy) = (&self.office.store, self.policy());
        let mut items = vec![];
        for (customer, purpose) in store.stops_since(since).await? {
            let who = match customer {
                Some(id) => self.named(id, missing).await?,
                None => None,
            };
            let title = policy.purposes.get(&purpose).map(|purpose| purpose.title_in(&policy.business.language));
            match (who, title) {
                (Some(who), Some(title)) => items.push(Item::from(self.tongue().stopped(&who, title))),
                (Some(who), None) if purpose.is_empty() => items.push(Item::from(self.tongue().stopped_all(&who))),
                _ => {}
            }
        }
        Ok(items)
    }
}

/// What became of the day's messages.
#[derive(Default)]
struct Today {
    leaving: Vec<(Instant, String)>,
    held: Vec<Item>,
    unreachable: Vec<Item>,
}

/// Whether the owner would wonder where a message is: nobody said no, and the visit stands.
const fn surprises(reason: &Reason) -> bool {
    matches!(
        reason,
        Reason::ConditionFailed { .. }
            | Reason::RecordUnreadable
            | Reason::NotRenderable { .. }
            | Reason::DiffersFromUncertain
            | Reason::ZoneUnknown { .. }
            | Reason::CapFull { .. }
            | Reason::Reworded { .. }
            | Reason::OwnLimitUnreadable
            | Reason::HoldOutlastsPlan { .. }
    )
}

/// A section, where there is something to say; a long one says where the rest stands.
fn cut(tongue: Tongue, heading: &str, mut items: Vec<Item>, command: Option<&str>) -> Option<Section> {
    let more = items.len().checked_sub(LINES_MAX).filter(|more| *more > 0).map(|more| tongue.more(more, command));
    items.truncate(LINES_MAX);
    (!items.is_empty()).then(|| Section { heading: heading.to_owned(), items, more })
}
