//! What people ask, done as the engine's doors do it.

use super::{clock::BOOTED_AT_MS, history::Answer, house, mistakes::Desk, script::Deed};
use crate::support::import::import;
use comity::{
    base::{AttemptId, Clock, Handle, Instant, PlanId, token::Link},
    engine::{
        desk::{PreferenceDesk, StopDesk, StopOutcome},
        house::lifecycle::Engine,
        office::{Office, erasure::Erased},
    },
    ledger::{ErasedVia, entry::StopVia},
    people::{Language, Snooze, snooze::Snoozed},
    policy::{
        cap::Window,
        own_limit::{OwnLimit, Wish},
    },
    store::{Choice, Chosen, Dry, StopOrder, StopState},
};
use std::{collections::BTreeSet, time::Duration};

/// The columns of visits.
pub const VISITS: &str = "id;customer;starts_at;status;slot\n";

/// One of them.
pub fn row(visit: usize, customer: usize, start: i64, status: &str) -> String {
    let at = Instant::from_ms(BOOTED_AT_MS + start);
    let at = at.to_utc().format("%Y-%m-%dT%H:%M:%S%.3fZ");
    format!("v{visit};C{customer};{at};{status};v{visit}@{start}\n")
}

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// An engine, and what the first customers are called in links.
type At<'a> = (&'a Engine, &'a [Handle]);

/// Does it, as the engine's doors do.
pub async fn answer((engine, handles): At<'_>, deed: &Deed, desk: Desk, clock: &dyn Clock) -> Result<Answer, String> {
    let office = engine.office();
    Ok(match deed {
        Deed::Stop { customer, purpose } if desk == Desk::Alone => {
            stop_alone((engine, handles), *customer, purpose, clock).await?
        }
        Deed::Erase { customer } if desk == Desk::ErasesAlone => erase_alone(engine, *customer).await?,
        Deed::Book { visit, customer, start } => {
            put(&office, "appointments", VISITS.to_owned() + &row(*visit, *customer, *start, "booked")).await
        }
        Deed::Cancel { visit, customer, start } => {
            put(&office, "appointments", VISITS.to_owned() + &row(*visit, *customer, *start, "cancelled")).await
        }
        Deed::Readdress { customer, address } => {
            let csv = format!("id;email\nC{customer};{}\n", house::address(*address));
            put(&office, "customers", csv).await
        }
        Deed::Erase { customer } => match office.erase(&format!("C{customer}")).await.map_err(failed)? {
            Erased::Gone { .. } => Answer::Done,
            other => Answer::No(format!("{other:?}")),
        },
        Deed::Pause => office.pause("a simulation").await.map(|()| Answer::Done).map_err(failed)?,
        Deed::Resume => office.resume().await.map(|_| Answer::Done).map_err(failed)?,
        Deed::Stop { customer, purpose } => stop((engine, handles), *customer, purpose, clock).await?,
        Deed::Agree { customer, purpose } => {
            let language = Language::parse("en").unwrap();
            let choice = Choice::On { purpose: (*purpose).to_owned(), language, from: None };
            choose((engine, handles), *customer, choice, clock).await?
        }
        Deed::Snooze { customer, hours, all } => {
            let until = clock.now().plus(Duration::from_hours(u64::try_from(*hours).unwrap()));
            let of = if *all { Snoozed::Everything } else { Snoozed::Marketing };
            choose((engine, handles), *customer, Choice::Snooze(Some(Snooze { until, of })), clock).await?
        }
        Deed::Unsnooze { customer } => choose((engine, handles), *customer, Choice::Snooze(None), clock).await?,
        Deed::Limit { customer, purpose, at_most, hours } => {
            let per = Window::Rolling(Duration::from_hours(u64::from(*hours)));
            let limit = OwnLimit { purpose: (*purpose).to_owned(), at_most: (*at_most).try_into().unwrap(), per };
            choose((engine, handles), *customer, Choice::Limit(Wish::Limit(limit)), clock).await?
        }
        other => Answer::No(format!("{other:?} is nobody's to ask for")),
    })
}

async fn link(
    (engine, handles): At<'_>,
    customer: usize,
    purpose: &str,
    clock: &dyn Clock,
) -> Result<Option<Link>, String> {
    let known = match engine.store.find_by_external_id(&format!("C{customer}")).await {
        Ok(known) => known.map(|known| known.handle),
        // It stands in the message, whether the database can be asked or not.
        Err(_) => Some(handles[customer]),
    };
    Ok(known.map(|known| Link {
        customer: known,
        purpose: purpose.to_owned(),
        plan: PlanId(1),
        issued_at: clock.now(),
    }))
}

async fn stop((engine, handles): At<'_>, customer: usize, purpose: &str, clock: &dyn Clock) -> Result<Answer, String> {
    let desk = engine.desk();
    let Some(link) = link((engine, handles), customer, purpose, clock).await? else {
        return Ok(Answer::No("unknown".to_owned()));
    };
    let outcome = if purpose.is_empty() {
        desk.stop_of(&link, "").await.map_err(failed)?.0
    } else {
        StopDesk::stop(&*desk, &link, StopVia::OneClick).await.map_err(failed)?
    };
    Ok(match outcome {
        StopOutcome::Stopped => Answer::Done,
        StopOutcome::Journalled { within: Some(within) } => Answer::Within(i64::try_from(within.as_millis()).unwrap()),
        StopOutcome::Journalled { within: None } => Answer::Kept,
        StopOutcome::Unknown => Answer::No("unknown".to_owned()),
    })
}

/// The fact is written, and what is in the air here is taken back.
async fn stop_alone(at: At<'_>, customer: usize, purpose: &str, clock: &dyn Clock) -> Result<Answer, String> {
    let Some(link) = link(at, customer, purpose, clock).await? else { return Ok(Answer::No("unknown".to_owned())) };
    let (customer, plan, at_once) = (link.customer, Some(link.plan), clock.now());
    let order = StopOrder { customer, purpose: link.purpose, via: StopVia::OneClick, plan, at: at_once };
    let stopped = at.0.store.stop(order).await.map_err(failed)?;
    take_back_here(at.0, &stopped.open).await;
    Ok(match stopped.state {
        StopState::Now | StopState::Already => Answer::Done,
        StopState::Journalled => Answer::Kept,
        StopState::UnknownCustomer => Answer::No("unknown".to_owned()),
    })
}

async fn erase_alone(engine: &Engine, customer: usize) -> Result<Answer, String> {
    let known = engine.store.find_by_external_id(&format!("C{customer}")).await.map_err(failed)?;
    let Some(known) = known else { return Ok(Answer::No("unknown".to_owned())) };
    let open = engine.store.erase(known.id, ErasedVia::Operator).await.map_err(failed)?;
    take_back_here(engine, &open.unwrap_or_default()).await;
    Ok(Answer::Done)
}

async fn take_back_here(engine: &Engine, open: &[AttemptId]) {
    let here: Vec<AttemptId> = open.iter().copied().filter(|attempt| engine.flights.knows(*attempt)).collect();
    engine.flights.revoke(&here).await;
}

async fn choose(
    (engine, handles): At<'_>,
    customer: usize,
    choice: Choice,
    clock: &dyn Clock,
) -> Result<Answer, String> {
    let Some(link) = link((engine, handles), customer, "", clock).await? else {
        return Ok(Answer::No("unknown".to_owned()));
    };
    let chosen = engine.desk().choose(&link, choice).await.map_err(failed)?;
    Ok(match chosen {
        Some(Chosen::Now(_) | Chosen::Renewed | Chosen::Already) => Answer::Done,
        Some(Chosen::NoStands) => Answer::No("a no stands".to_owned()),
        None => Answer::No("unknown".to_owned()),
    })
}

async fn put(office: &Office, kind: &str, csv: String) -> Answer {
    let what = office.what(kind, format!("{kind}.csv"), BTreeSet::new()).unwrap();
    let imported = import(office, what, vec![Ok(csv.into_bytes())], Dry::Apply).await;
    match (&imported.end, imported.rejections.first()) {
        (Err(failure), _) => Answer::Failed(failure.why.clone()),
        (Ok(_), Some(rejection)) => Answer::No(rejection.reason.clone()),
        (Ok(report), None) if report.visits.of_nobody > 0 => Answer::No("of nobody".to_owned()),
        (Ok(_), None) => Answer::Done,
    }
}
