//! The words of what is wrong, and of why a message doesn't leave, in English and in French.

use super::words::Tongue::{self, English, French};
use crate::{
    base::{Instant, Zone},
    gate::{Reason, facts::HaltCause},
    people::SuppressionReason,
};

impl Tongue {
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

    pub(super) fn withheld(self, made_at: &str) -> String {
        match self {
            English => format!("The recommendations of {made_at} were withheld: nobody is recommended anything."),
            French => format!("Les recommandations de {made_at} ont été retenues : rien n’est recommandé à personne."),
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
            HaltCause::Restored => self.choose(
                "The database is an older one, which doesn’t know what was sent last",
                "La base est plus ancienne et ignore les derniers envois",
            ),
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
                HaltCause::Restored => Some(self.choose(
                    "What may have left already, and how to go on, says: comity resume",
                    "Ce qui est peut-être déjà parti, et comment reprendre : comity resume",
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
            (French, Reason::Reworded { .. }) => {
                "Cette personne a accepté d’autres termes que ceux d’aujourd’hui.".to_owned()
            }
            (French, Reason::OwnLimitUnreadable) => "La limite que cette personne a fixée est illisible.".to_owned(),
            (French, Reason::StepInFlight { .. }) => "Un autre message sur le même sujet est en route.".to_owned(),
            (French, Reason::HoldOutlastsPlan { until, expires_at, .. }) => {
                format!("Il pourrait partir {}, mais ne servirait que jusqu’à {}.", at(until), at(expires_at))
            }
            (French, Reason::Draft { workflow, .. }) => {
                format!("Le workflow n’est pas approuvé : `comity approve {workflow}`.")
            }
            (French, Reason::Unread { plan, .. }) => {
                format!("Ce message attend que quelqu’un le lise : `comity approvals show {plan}`.")
            }
            (French, Reason::ManyPeople { workflow, day, .. }) => {
                format!("Il partirait pour beaucoup de monde : `comity approvals show {workflow}@{day}`.")
            }
            (French, Reason::RecordUnreadable) => "Ce dont parle ce message est illisible.".to_owned(),
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
