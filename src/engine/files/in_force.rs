//! What is in force: one set of files with all that is made from it, behind one place to ask.
//!
//! The files of an installation can change while the daemon runs. Whoever needs a rule, a name or an address asks here,
//! at the moment of use, and keeps nothing; whoever needs several things that must fit together (a message's wording, its
//! letterhead, the gate's rules) takes one [`Edition`] and uses it to the end. An edition never changes, so half of one
//! set and half of another is never seen.
//!
//! Invariant: nothing outside this module keeps a policy, a workflow, a template or a setting beyond one piece of work,
//! except what only a new start takes over (see `config`).

use crate::{
    base::{Clock, Instant, hex},
    clock::{ClockWatch, SystemClock},
    config::{self, Config, Installation},
    deliver::{Letterhead, Pace, SmtpTransport, Transport},
    engine::{
        letterhead,
        rehearse::{paper::Paper, scribe::Stack},
        rulebook::Rulebook,
    },
    people::Language,
    policy::{Policy, Purpose, Wording},
    privacy::Notice,
    store::{Hear, Published, PurposeWording, Rules},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::watch;

/// What the messages of an edition leave with.
pub struct Outfit {
    /// Makes bytes and signs them.
    pub letterhead: Arc<Letterhead>,
    /// The way to the mail server.
    pub transport: Arc<dyn Transport>,
    /// A rehearsal's: where they are put in place of all that.
    pub stack: Option<Arc<Stack>>,
}

impl Outfit {
    /// As the installation says: over SMTP, and signed where it signs.
    ///
    /// # Errors
    /// When the signing key or the mail server can't be used as configured. Nothing is connected yet.
    pub fn by_smtp(installation: &Installation) -> anyhow::Result<Self> {
        Ok(Self {
            letterhead: Arc::new(letterhead::of(installation)?),
            transport: Arc::new(SmtpTransport::over(installation.config.smtp.route(), Arc::new(SystemClock))?),
            stack: None,
        })
    }

    /// Onto this stack, whoever it is for.
    ///
    /// # Errors
    /// When the sender can't stand in a header.
    pub fn on(paper: Arc<Paper>, installation: &Installation) -> anyhow::Result<Self> {
        let letterhead = Arc::new(letterhead::on_paper(installation)?);
        Ok(Self { letterhead, transport: paper, stack: None })
    }
}

/// One set of files, and what is made from it.
pub struct Edition {
    /// Policy, workflows, templates and settings.
    pub rulebook: Arc<Rulebook>,
    /// Makes bytes and signs them.
    pub letterhead: Arc<Letterhead>,
    /// The way to the mail server.
    pub transport: Arc<dyn Transport>,
    /// How fast each receiving domain may be written to.
    pub pace: Arc<Pace>,
    /// Where messages are put in place of the wire, in a rehearsal.
    pub stack: Option<Arc<Stack>>,
}

impl Edition {
    /// Of this installation.
    #[must_use]
    pub fn new(installation: Arc<Installation>, outfit: Outfit, clock: &Arc<dyn Clock>, watch: ClockWatch) -> Self {
        let Outfit { letterhead, transport, stack } = outfit;
        let pace = Arc::new(pace(&installation.config.smtp.pace, watch, clock));
        let rulebook = Arc::new(Rulebook::new(installation, Arc::clone(clock)));
        Self { rulebook, letterhead, transport, pace, stack }
    }

    /// For whoever sends nothing: an office without a daemon.
    ///
    /// # Errors
    /// When the sender can't stand in a header.
    pub fn on_paper(installation: Arc<Installation>, clock: &Arc<dyn Clock>) -> anyhow::Result<Self> {
        let outfit = Outfit::on(Arc::new(Paper::new(Arc::clone(clock))), &installation)?;
        Ok(Self::new(installation, outfit, clock, ClockWatch::Off))
    }

    /// The same, with the lanes and the tokens of the edition before it where they may stay.
    #[must_use]
    pub fn after(mut self, before: &Self) -> Self {
        let (old, new) = (&before.config().smtp, &self.config().smtp);
        let (same_route, same_pace) = (old.route() == new.route(), old.pace == new.pace);
        if same_route {
            self.transport = Arc::clone(&before.transport);
        }
        if same_pace {
            self.pace = Arc::clone(&before.pace);
        }
        self.pace.divide_among(before.pace.daemons());
        self
    }

    /// Policy, workflows, templates and what of the settings shows, as one digest.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.rulebook.installation().revision
    }

    /// What people are told about their data.
    #[must_use]
    pub fn notice(&self) -> Notice {
        Notice::of(self.policy(), &self.rulebook.installation().flows)
    }

    /// What these files say to people, to be kept.
    #[must_use]
    pub fn published(&self) -> Published {
        Published { wordings: self.wordings(), notice: Some(self.notice()) }
    }

    /// In which words people are asked, for each purpose.
    fn wordings(&self) -> Vec<PurposeWording> {
        let of = |(key, purpose): (&String, &Purpose)| {
            let other = |(language, words): (&Language, &Wording)| {
                (language.tag().to_owned(), json!({ "title": words.title, "promise": words.promise }))
            };
            let translations: Map<String, Value> = purpose.translations.iter().map(other).collect();
            let content = json!({ "title": purpose.title, "promise": purpose.promise, "translations": translations });
            PurposeWording { purpose: key.clone(), digest: hex(&purpose.wording.0), content: content.to_string() }
        };
        self.policy().purposes.iter().map(of).collect()
    }

    /// `comity.toml`.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.rulebook.installation().config
    }

    /// `policy.toml`.
    #[must_use]
    pub fn policy(&self) -> &Arc<Policy> {
        &self.rulebook.installation().policy
    }
}

/// The pace of the wire. Its seconds are real ones, so virtual time has none.
fn pace(settings: &config::Pace, watch: ClockWatch, clock: &Arc<dyn Clock>) -> Pace {
    match watch {
        ClockWatch::On => Pace::new(settings.per_minute, &settings.domains, clock),
        ClockWatch::Off => Pace::new(NonZeroU32::MAX, &BTreeMap::new(), clock),
    }
}

/// See the module. To the store it is the book of rules that holds when a transaction begins.
pub struct InForce {
    edition: watch::Sender<Arc<Edition>>,
    trouble: Mutex<Option<Trouble>>,
}

/// Files that lie there and can't come into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// Since when. What was tried in between doesn't count.
    pub since: Instant,
    /// Why the last try failed, without anything that a file says.
    pub why: String,
}

impl InForce {
    /// From the start on.
    #[must_use]
    pub fn new(edition: Edition) -> Arc<Self> {
        Arc::new(Self { edition: watch::Sender::new(Arc::new(edition)), trouble: Mutex::default() })
    }

    /// Puts another edition in force. The database knows of its revision already.
    pub fn replace(&self, edition: Edition) {
        self.edition.send_replace(Arc::new(edition));
    }

    /// Hears of every edition that comes into force.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Edition>> {
        self.edition.subscribe()
    }

    /// What keeps the files that lie there from coming into force, if anything does.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what keeps them, or that nothing does.
    pub fn note_trouble(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// The edition in force.
    #[must_use]
    pub fn now(&self) -> Arc<Edition> {
        Arc::clone(&self.edition.borrow())
    }

    /// The rules in force.
    #[must_use]
    pub fn rulebook(&self) -> Arc<Rulebook> {
        Arc::clone(&self.edition.borrow().rulebook)
    }
}

impl Rules for InForce {
    fn in_force(self: Arc<Self>) -> Arc<dyn Hear> {
        self.rulebook()
    }
}
