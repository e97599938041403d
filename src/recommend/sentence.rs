//! The engine's values as sentences that people read: in the message, on the page that says why, and in `explain`.

use super::ready::Missing;
use crate::{base::Because, people::Language, policy::Policy};

impl Policy {
    /// A reason in the words that people read, the owner's values by their titles.
    #[must_use]
    pub fn reason(&self, because: &Because, language: &Language) -> String {
        let Because::Value(name) = because else { return because.sentence(language, "") };
        let mut values = self.recommending.iter().flat_map(|rules| &rules.values);
        let title = values.find(|value| value.name == *name).map(|value| value.title.in_language(language));
        because.sentence(language, title.unwrap_or(name))
    }
}

impl Because {
    /// The sentence, in English, French or German; English where there is no other. `value` is what people read for the owner's value,
    /// where that is the reason.
    #[must_use]
    pub fn sentence(&self, language: &Language, value: &str) -> String {
        match language.tag() {
            "fr" => self.french(value),
            "de" => self.german(value),
            _ => self.english(value),
        }
    }

    fn english(&self, value: &str) -> String {
        match self {
            Self::Asked => "You asked for more of this.".to_owned(),
            Self::Bought(product) => format!("Because you bought “{}”.", product.name),
            Self::GoesWithWhatYouBuy => "It goes with what you buy.".to_owned(),
            Self::Again { last } => {
                format!("You bought it before, the last time on {}.", last.format("%-d %B %Y"))
            }
            Self::PopularOfLate { days: 7 } => "Popular this week.".to_owned(),
            Self::PopularOfLate { days } => format!("Popular in the last {days} days."),
            Self::Popular => "Many people buy it.".to_owned(),
            Self::Value(_) => format!("We favour it: {value}."),
            Self::SomethingElse => "Something else for once.".to_owned(),
        }
    }

    fn french(&self, value: &str) -> String {
        match self {
            Self::Asked => "Vous en avez demandé plus.".to_owned(),
            Self::Bought(product) => format!("Parce que vous avez acheté «\u{a0}{}\u{a0}».", product.name),
            Self::GoesWithWhatYouBuy => "Cela va avec ce que vous achetez.".to_owned(),
            Self::Again { last } => {
                format!("Vous l’avez déjà acheté, la dernière fois le {}.", last.format("%d/%m/%Y"))
            }
            Self::PopularOfLate { days: 7 } => "Très demandé cette semaine.".to_owned(),
            Self::PopularOfLate { days } => format!("Très demandé ces {days} derniers jours."),
            Self::Popular => "Beaucoup de gens l’achètent.".to_owned(),
            Self::Value(_) => format!("Nous le mettons en avant\u{a0}: {value}."),
            Self::SomethingElse => "Autre chose, pour changer.".to_owned(),
        }
    }

    fn german(&self, value: &str) -> String {
        match self {
            Self::Asked => "Sie wollten mehr davon.".to_owned(),
            Self::Bought(product) => format!("Weil Sie „{}“ gekauft haben.", product.name),
            Self::GoesWithWhatYouBuy => "Es passt zu dem, was Sie kaufen.".to_owned(),
            Self::Again { last } => {
                format!("Sie haben es schon gekauft, zuletzt am {}.", last.format("%d.%m.%Y"))
            }
            Self::PopularOfLate { days: 7 } => "In dieser Woche gefragt.".to_owned(),
            Self::PopularOfLate { days } => format!("In den letzten {days} Tagen gefragt."),
            Self::Popular => "Viele kaufen es.".to_owned(),
            Self::Value(_) => format!("Uns wichtig: {value}."),
            Self::SomethingElse => "Einmal etwas anderes.".to_owned(),
        }
    }
}

impl Missing {
    /// What the shop has too few of, for its owner.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Customers { have, need } => {
                format!("{have} customers who agreed bought two products or more; {need} are needed.")
            }
            Self::Products { have, need, k } => {
                format!("{have} products were bought by {k} different customers or more; {need} are needed.")
            }
            Self::Pairs { have, need, k } => {
                format!("{have} pairs of products have {k} customers or more in common; {need} are needed.")
            }
        }
    }
}
