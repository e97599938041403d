//! The words of what the owner is told, in English and in French.

use crate::{
    base::{Instant, Zone, civil::CivilTime},
    engine::office::visits::Why,
    people::{Answer, Language},
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

    pub(super) const fn choose<'a>(self, english: &'a str, french: &'a str) -> &'a str {
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

    /// The same of a visit or a purchase, by the clock of the place where it is.
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

    /// Whether the date is a visit's or a purchase's, the purpose's title says.
    pub(super) fn message(self, who: &str, purpose: &str, when: Option<&str>) -> String {
        let when = when.map(|when| format!(" ({when})")).unwrap_or_default();
        match self {
            English => format!("{who}: {purpose}{when}"),
            French => format!("{who} : {purpose}{when}"),
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

    pub(super) const fn tasks_heading(self) -> &'static str {
        self.choose("To do", "À faire")
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
}
