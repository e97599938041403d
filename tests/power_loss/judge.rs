//! Whether an installation that the power was cut from still keeps what was promised.

use super::evidence::Fact;
use crate::support::{evidence::Lookout, evidence::Rows, proof};
use comity::{
    base::{
        Clock,
        keys::Keyring,
        token::{Link, LinkPurpose},
    },
    clock::{ClockWatch, SystemClock},
    config::{self, Config, Trace},
    engine::{
        audit::{self, Book, Fault, Sealer},
        files::in_force::Outfit,
        house::{
            key_file,
            lifecycle::{Engine, Means},
            lock::Lock,
            numbered_keys::{self, Use},
        },
        rehearse::paper::Paper,
    },
    gate::facts::HaltCause,
    store::{Lasting, archive::Archive},
};
use std::{fs, path::Path, sync::Arc};

/// What doesn't hold any more, each in a sentence. As a start does it: with the keys, over the database, and nothing leaves.
pub fn losses(folder: &Path, facts: &[&Fact]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (told, opened) = runtime.block_on(async {
        match open(folder).await {
            Ok(opened) => (opened.losses(folder, facts).await, true),
            Err(error) => (vec![format!("it does not start: {error:#}")], false),
        }
    });
    drop(runtime);
    if !opened {
        return told;
    }
    told.into_iter().chain(missing(folder, facts)).collect()
}

/// An installation that started.
struct Opened {
    engine: Engine,
    config: Config,
    keys: Arc<Keyring>,
    _lock: Lock,
}

async fn open(folder: &Path) -> anyhow::Result<Opened> {
    let installation = Arc::new(config::load_still(folder, &Trace::default()).0?);
    let config = installation.config.clone();
    let lock = Lock::acquire(&config.data)?;
    let keys = Arc::new(key_file::load(&config.data)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let outfit = Outfit::on(Arc::new(Paper::new(Arc::clone(&clock))), &installation)?;
    let means = Means { clock, watch: ClockWatch::On, outfit, keys: Arc::clone(&keys), lasting: Lasting::ForEver };
    let engine = Engine::open(installation, means).await?;
    Ok(Opened { engine, config, keys, _lock: lock })
}

impl Opened {
    async fn losses(self, folder: &Path, facts: &[&Fact]) -> Vec<String> {
        let mut losses = Vec::new();
        match self.engine.store.halts().await {
            Ok(halts) if halts.iter().any(|halt| halt.cause == HaltCause::Restored) => {
                losses.push("it takes itself for a back-up that was restored".to_owned());
            }
            Ok(_) => {}
            Err(error) => losses.push(format!("its halts can't be read: {error}")),
        }
        for fact in facts {
            if let Err(why) = self.holds(folder, fact).await {
                losses.push(format!("{}: {why}", named(fact)));
            }
        }
        let sealer = Sealer::new(self.engine.store.clone(), Arc::new(SystemClock), &self.config);
        if let Err(error) = sealer.checkpoint().await {
            losses.push(format!("the ledger can't be signed: {error:#}"));
        }
        match self.audit().await {
            Ok(faults) => losses.extend(faults.iter().map(|fault| format!("the ledger: {fault:?}"))),
            Err(error) => losses.push(format!("the ledger can't be verified: {error:#}")),
        }
        self.engine.close().await;
        losses
    }

    /// What of it shows in files, and by the engine's own means.
    async fn holds(&self, folder: &Path, fact: &Fact) -> anyhow::Result<()> {
        match fact {
            Fact::Known(customers) => {
                for n in customers {
                    let found = self.engine.store.find_by_external_id(&format!("C{n}")).await?;
                    let address = found.map(|customer| customer.address.reveal().clone());
                    anyhow::ensure!(address == Some(proof::address(*n)), "customer {n} is not who they were");
                }
            }
            Fact::Left { plan, stop } => {
                let token = stop.rsplit_once('/').map_or("", |(_, token)| token);
                let link = Link::verify(&self.keys, LinkPurpose::Stop, token);
                anyhow::ensure!(link.is_some_and(|link| link.plan.0 == *plan), "its link does not stop anything");
            }
            Fact::Holds { file, text } => {
                anyhow::ensure!(fs::read_to_string(folder.join(file))? == *text, "it holds something else");
            }
            Fact::LinkKeys(count) => {
                anyhow::ensure!(
                    numbered_keys::load(&self.config.data, Use::Links)?.len() == *count,
                    "they are not these"
                );
            }
            Fact::Rewrapped => {
                anyhow::ensure!(numbered_keys::load(&self.config.data, Use::Wrapping)?.len() == 1, "there is another");
            }
            _ => {}
        }
        Ok(())
    }

    async fn audit(&self) -> anyhow::Result<Vec<Fault>> {
        let Some(key) = audit::public_key(&self.config.data)? else { return Ok(Vec::new()) };
        let mut archive = Archive::open(&self.config.database()).await?;
        let book = Book::in_folder(&self.config.checkpoints);
        Ok(audit::verify(&mut archive, &book, &key).await?.faults)
    }
}

/// What doesn't stand in the rows of an installation that started and ended.
fn missing(folder: &Path, facts: &[&Fact]) -> Vec<String> {
    let rows = Lookout::at(&Rows::File(folder.join("data/comity.db")));
    let keys = Lookout::at(&Rows::File(folder.join("data/comity.keys.db")));
    let mut losses = Vec::new();
    for file in [&rows, &keys] {
        let unsound = "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
        if file.number(unsound) + file.number("SELECT COUNT(*) FROM pragma_foreign_key_check") != 0 {
            losses.push("a database is damaged".to_owned());
        }
    }
    for fact in facts {
        let (wanted, question) = match fact {
            Fact::Visits { begin, count } => {
                (*count, format!("SELECT COUNT(*) FROM records WHERE external_id LIKE '{begin}%'"))
            }
            Fact::Stopped(n) => (
                1,
                format!(
                    "SELECT COUNT(DISTINCT c.id) FROM consents t JOIN customers c ON c.id = t.customer \
                     WHERE c.external_id = 'C{n}' AND t.kind = 'withdrawn'"
                ),
            ),
            Fact::Erased { customer, id } => {
                if keys.number(&format!("SELECT COUNT(*) FROM keys WHERE id = {id} AND wrapped IS NOT NULL")) != 0 {
                    losses.push(format!("{}: the key is there again", named(fact)));
                }
                (0, format!("SELECT COUNT(*) FROM customers WHERE external_id = 'C{customer}'"))
            }
            Fact::Approved(workflow) => (
                1,
                format!(
                    "SELECT COUNT(DISTINCT workflow) FROM approvals WHERE workflow = '{workflow}' AND said = 'approved'"
                ),
            ),
            Fact::Paused => (1, "SELECT COUNT(*) FROM halts WHERE cause = 'operator'".to_owned()),
            Fact::HasKey(name) => (1, format!("SELECT COUNT(*) FROM api_keys WHERE name = '{name}'")),
            // So that it is never sent again, but where a workflow says so.
            Fact::Left { plan, .. } => (
                1,
                format!(
                    "SELECT COUNT(DISTINCT plan) FROM attempts WHERE plan = {plan} AND state IN ('accepted', 'uncertain')"
                ),
            ),
            Fact::Known(_) | Fact::Holds { .. } | Fact::LinkKeys(_) | Fact::Rewrapped => continue,
        };
        let found = rows.number(&question);
        if found != wanted {
            losses.push(format!("{}: {found} where there were {wanted}", named(fact)));
        }
    }
    losses
}

/// Enough of it to know it by.
fn named(fact: &Fact) -> String {
    format!("{fact:?}").chars().take(60).collect()
}
