//! The words of what the owner is told, in English and in French.

use crate::{
    base::{Instant, Zone, civil::CivilTime},
    engine::visits::Why,
    gate::{Reason, facts::HaltCause},
    people::{Answer, Language, SuppressionReason},
    render::Speech,
};
use chrono::NaiveDate;

/// A language that the owner is written to in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tongue {
    /// English, also where the business writes in another language that is not here.
    English,
    /// French.
    French,
}

use Tongue::{English, French};

impl Tongue {
    /// The business's, where we have it.
    #[must_use]
    pub fn of(language: &Language) -> Self {
        if language.tag() == "fr" { French } else { English }
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        self.choose("en", "fr")
    }

    const fn choose<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        match self {
            English => english,
            French => french,
        }
    }

    /// `Tuesday, 24 March`.
    #[must_use]
    pub fn day(self, day: NaiveDate) -> String {
        let speech = Language::parse(self.tag()).and_then(|language| Speech::of(&language));
        speech.map_or_else(|| day.to_string(), |speech| speech.day(day))
    }

    /// `Tuesday, 24 March, 10:00`.
    #[must_use]
    pub fn moment(self, at: Instant, zone: Zone) -> String {
        let local = zone.local(at);
        format!("{}, {}", self.day(local.date()), local.format("%H:%M"))
    }

    /// The same of a visit, by the clock of the place where it is.
    #[must_use]
    pub fn civil(self, start: CivilTime) -> String {
        format!("{}, {}", self.day(start.local.date()), start.local.format("%H:%M"))
    }

    // Answers.

    pub(super) const fn answers_heading(self) -> &'static str {
        self.choose("What customers answered", "Ce que les clients ont répondu")
    }

    /// Without its full stop, because a title may follow.
    pub(super) fn answered(self, answer: Answer, who: &str, when: &str) -> String {
        match (self, answer) {
            (English, Answer::CantCome) => format!("{who} can’t come: {when}"),
            (English, Answer::AnotherTime) => format!("{who} asks for another time: {when}"),
            (English, Answer::Coming) => format!("{who} is coming: {when}"),
            (French, Answer::CantCome) => format!("{who} ne peut pas venir : {when}"),
            (French, Answer::AnotherTime) => format!("{who} demande un autre moment : {when}"),
            (French, Answer::Coming) => format!("{who} vient : {when}"),
        }
    }

    pub(super) const fn follows(self, answer: Answer) -> &'static str {
        match answer {
            Answer::CantCome => self.choose(
                "The chair is free. In your calendar the visit still stands: take it out there.",
                "La place est libre. Le rendez-vous est encore dans votre agenda : retirez-le.",
            ),
            Answer::AnotherTime => self.choose(
                "They wait to hear from you. Until then the visit stays as it is.",
                "La personne attend de vos nouvelles. D’ici là, le rendez-vous reste tel quel.",
            ),
            Answer::Coming => self.choose("They changed their mind.", "La personne a changé d’avis."),
        }
    }

    pub(super) fn answers_subject(self, answer: Answer, who: &str, when: &str, others: usize) -> String {
        let first = self.answered(answer, who, when);
        match (self, others) {
            (_, 0) => first,
            (English, _) => format!("{first}, and {others} more"),
            (French, _) => format!("{first}, et {others} de plus"),
        }
    }

    // The morning.

    pub(super) fn morning_subject(self, day: &str, needs: bool) -> String {
        match (self, needs) {
            (English, true) => format!("{day}: something needs you"),
            (English, false) => format!("{day}: nothing needs you"),
            (French, true) => format!("{day} : on a besoin de vous"),
            (French, false) => format!("{day} : rien à faire pour vous"),
        }
    }

    pub(super) const fn opening(self, needs: bool, is_quiet: bool) -> &'static str {
        match (needs, is_quiet) {
            (true, _) => self.choose(
                "Good morning. Something needs you today; it comes first.",
                "Bonjour. Quelque chose a besoin de vous aujourd’hui ; cela vient en premier.",
            ),
            (false, true) => self.choose(
                "Good morning. It is a quiet day: no message leaves, and nothing needs you.",
                "Bonjour. La journée est calme : aucun message ne part, et rien n’a besoin de vous.",
            ),
            (false, false) => {
                self.choose("Good morning. Nothing needs you today.", "Bonjour. Rien n’a besoin de vous aujourd’hui.")
            }
        }
    }

    pub(super) const fn rehearsal(self) -> &'static str {
        self.choose(
            "This is a rehearsal: every message comes to you, and no customer gets any.",
            "Ceci est une répétition : tous les messages arrivent chez vous, et aucun client n’en reçoit.",
        )
    }

    pub(super) const fn leaving_heading(self) -> &'static str {
        self.choose("Leaving today", "Ce qui part aujourd’hui")
    }

    pub(super) const fn waiting_heading(self) -> &'static str {
        self.choose("Due today, and waiting", "Prévu aujourd’hui, en attente")
    }

    pub(super) fn message(self, who: &str, purpose: &str, when: &str) -> String {
        match self {
            English => format!("{who}: {purpose} (visit: {when})"),
            French => format!("{who} : {purpose} (rendez-vous : {when})"),
        }
    }

    pub(super) const fn held_heading(self) -> &'static str {
        self.choose("Not leaving, and why", "Ce qui ne part pas, et pourquoi")
    }

    pub(super) const fn stops_heading(self) -> &'static str {
        self.choose("Who wants no more messages", "Qui ne veut plus de messages")
    }

    pub(super) fn stopped(self, who: &str, purpose: &str) -> String {
        match self {
            English => format!("{who}: no more “{purpose}”. It holds already; there is nothing to do."),
            French => format!("{who} : plus de « {purpose} ». C’est déjà en vigueur ; il n’y a rien à faire."),
        }
    }

    pub(super) fn stopped_all(self, who: &str) -> String {
        match self {
            English => format!("{who}: no more messages at all. It holds already; there is nothing to do."),
            French => format!("{who} : plus aucun message. C’est déjà en vigueur ; il n’y a rien à faire."),
        }
    }

    pub(super) fn more(self, count: usize, command: Option<&str>) -> String {
        let more = match self {
            English => format!("and {count} more"),
            French => format!("et {count} de plus"),
        };
        match (self, command) {
            (_, None) => more,
            (English, Some(command)) => format!("{more}: {command}"),
            (French, Some(command)) => format!("{more} : {command}"),
        }
    }

    pub(super) fn closing(self, time: &str) -> String {
        match self {
            English => format!("This note comes at {time}. When, and whether, stands under [owner] in comity.toml."),
            French => format!("Ce mot arrive à {time}. L’heure se règle sous [owner] dans comity.toml."),
        }
    }

    // Visits of nobody.

    pub(super) const fn visits_heading(self) -> &'static str {
        self.choose("Whose visit is it?", "À qui est ce rendez-vous ?")
    }

    pub(super) fn quoted(self, when: &str, says: &str) -> String {
        match self {
            English => format!("{when}: “{says}”"),
            French => format!("{when} : « {says} »"),
        }
    }

    pub(super) const fn why(self, why: Why, nobody_likely: bool) -> &'static str {
        match (why, nobody_likely) {
            (Why::SeveralFit, _) => self.choose(
                "Several customers fit. Until you say which, nobody is reminded.",
                "Plusieurs clients conviennent. Tant que vous ne dites pas lequel, personne n’est prévenu.",
            ),
            (Why::NobodyFits | Why::FoundByNow, true) => self.choose(
                "No customer fits, so nobody is reminded.",
                "Aucun client ne convient ; personne n’est donc prévenu.",
            ),
            (Why::NobodyFits | Why::FoundByNow, false) => self.choose(
                "It may be one of these. Until you say so, nobody is reminded.",
                "C’est peut-être l’un d’eux. Tant que vous ne le dites pas, personne n’est prévenu.",
            ),
        }
    }

    pub(super) const fn settle(self) -> &'static str {
        self.choose("Say whose visit it is", "Dire à qui est ce rendez-vous")
    }

    /// What stands for a customer in a command.
    #[must_use]
    pub const fn customer(self) -> &'static str {
        self.choose("CUSTOMER", "CLIENT")
    }

    // Trouble.

    pub(super) const fn wrong_heading(self) -> &'static str {
        self.choose("What is wrong", "Ce qui ne va pas")
    }

    pub(super) fn calendar_subject(self, name: &str) -> String {
        match self {
            English => format!("The calendar “{name}” is in trouble"),
            French => format!("L’agenda « {name} » pose problème"),
        }
    }

    pub(super) fn calendar_in_trouble(self, name: &str, since: &str) -> String {
        match self {
            English => format!("The calendar “{name}” is in trouble since {since}."),
            French => format!("L’agenda « {name} » pose problème depuis {since}."),
        }
    }

    pub(super) const fn halt_subject(self) -> &'static str {
        self.choose("No message leaves until you look", "Aucun message ne part tant que vous n’avez pas regardé")
    }

    /// What is halted, and what to do.
    pub(super) fn halted(self, cause: HaltCause, since: &str) -> (String, Option<&'static str>) {
        let what = match cause {
            HaltCause::Operator => self.choose("Sending is paused", "L’envoi est en pause"),
            HaltCause::Clock => {
                self.choose("The computer’s clock is in doubt", "L’horloge de l’ordinateur n’est pas sûre")
            }
            HaltCause::ClockFarAhead => self.choose(
                "The computer’s clock jumped by more than a day",
                "L’horloge de l’ordinateur a sauté de plus d’un jour",
            ),
            HaltCause::Journal => self
                .choose("Stops wait to be written to the database", "Des arrêts attendent d’être écrits dans la base"),
            HaltCause::Route => self.choose("The mail server refuses us", "Le serveur de messagerie nous refuse"),
        };
        let words = match self {
            English => format!("{what} since {since}: no message leaves."),
            French => format!("{what} depuis {since} : aucun message ne part."),
        };
        let to_do =
            match cause {
                HaltCause::Operator => Some(self.choose("To go on: comity resume", "Pour reprendre : comity resume")),
                HaltCause::ClockFarAhead => Some(self.choose(
                    "If the time is right now: comity resume",
                    "Si l’heure est maintenant juste : comity resume",
                )),
                HaltCause::Route => Some(self.choose(
                    "Look at the login, the sender and the quota, then: comity resume",
                    "Vérifiez l’identifiant, l’expéditeur et le quota, puis : comity resume",
                )),
                HaltCause::Clock | HaltCause::Journal => None,
            };
        (words, to_do)
    }

    pub(super) fn files_in_trouble(self, since: &str) -> String {
        match self {
            English => {
                format!("The installation’s files can’t be taken over since {since}; the ones before stay in force.")
            }
            French => format!(
                "Les fichiers de l’installation ne peuvent être repris depuis {since} ; les précédents restent en vigueur."
            ),
        }
    }

    pub(super) const fn webhook_subject(self) -> &'static str {
        self.choose("Your server wants no more calls", "Votre serveur ne veut plus d’appels")
    }

    pub(super) fn webhook_gone(self, host: &str, since: &str) -> String {
        match self {
            English => format!("Since {since} your server {host} wants no more calls (410 Gone), and gets none."),
            French => {
                format!("Depuis {since}, votre serveur {host} ne veut plus d’appels (410 Gone) et n’en reçoit plus.")
            }
        }
    }

    pub(super) const fn call_again(self) -> &'static str {
        self.choose(
            "To be called again, give [owner.webhook] in comity.toml another url or another secret.",
            "Pour reprendre, donnez à [owner.webhook] dans comity.toml une autre adresse ou un autre secret.",
        )
    }

    pub(super) const fn missing_subject(self) -> &'static str {
        self.choose("Somebody answered, and can’t be read", "Quelqu’un a répondu, et reste illisible")
    }

    pub(super) fn missing(self, customers: usize) -> String {
        match (self, customers) {
            (English, 1) => "The data of a customer can’t be read: they are missing in this letter.".to_owned(),
            (English, _) => {
                format!("The data of {customers} customers can’t be read: they are missing in this letter.")
            }
            (French, 1) => "Les données d’un client sont illisibles : il manque dans ce message.".to_owned(),
            (French, _) => {
                format!("Les données de {customers} clients sont illisibles : ils manquent dans ce message.")
            }
        }
    }

    pub(super) const fn restore(self) -> &'static str {
        self.choose(
            "Put the database and its key back from a backup.",
            "Restaurez la base et sa clé depuis une sauvegarde.",
        )
    }

    pub(super) fn rejected(self, who: &str) -> String {
        match self {
            English => format!("A message to {who} was refused. Is the address right?"),
            French => format!("Un message à {who} a été refusé. L’adresse est-elle juste ?"),
        }
    }

    pub(super) fn uncertain(self, who: &str) -> String {
        match self {
            English => format!("Nobody knows whether a message reached {who}: the mail server gave no answer."),
            French => format!("Nul ne sait si un message est arrivé chez {who} : le serveur n’a pas répondu."),
        }
    }

    pub(super) fn unreachable(self, line: &str) -> String {
        match self {
            English => {
                format!("{line}: no message reaches them, for there is no such mailbox. Call, and correct the address.")
            }
            French => format!("{line} : aucun message n’arrive, cette adresse n’existe pas. Appelez, et corrigez-la."),
        }
    }

    /// Why a message doesn't leave: the gate's own sentence, in French as far as the owner can do something about it.
    pub(super) fn reason(self, reason: &Reason, zone: Zone) -> String {
        let at = |at: &Instant| self.moment(*at, zone);
        match (self, reason) {
            (French, Reason::Quiet { until }) => {
                format!("C’est une heure calme chez cette personne jusqu’à {}.", at(until))
            }
            (French, Reason::CapFull { at_most, opens_at, .. }) => {
                format!("Cette personne a déjà reçu {at_most} messages ; le prochain pourra partir {}.", at(opens_at))
            }
            (French, Reason::StepInFlight { .. }) => "Un autre message sur ce rendez-vous est en route.".to_owned(),
            (French, Reason::HoldOutlastsPlan { until, expires_at, .. }) => {
                format!("Il pourrait partir {}, mais ne servirait que jusqu’à {}.", at(until), at(expires_at))
            }
            (French, Reason::RecordUnreadable) => "Ce qui est enregistré sur ce rendez-vous est illisible.".to_owned(),
            (French, Reason::ZoneUnknown { .. }) => "Le fuseau horaire de cette personne est illisible.".to_owned(),
            (French, Reason::DiffersFromUncertain) => {
                "Un premier envoi est peut-être arrivé, et le message a changé depuis.".to_owned()
            }
            (French, Reason::ConditionFailed { why }) => format!("La condition du workflow échoue : {why}."),
            (French, Reason::NotRenderable { why }) => format!("Le modèle n’a pas pu être rempli : {why}."),
            (French, Reason::Suppressed { why: SuppressionReason::NoSuchMailbox, .. }) => {
                "Cette adresse n’existe pas.".to_owned()
            }
            _ => reason.sentence(zone),
        }
    }
}
