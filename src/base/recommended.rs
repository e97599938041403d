//! A product that is recommended to somebody, with the true reason: as it is kept, shown, told and taken away.
//!
//! It names the products as they were called on that day: what a message said stays what it said, whatever the catalogue says
//! later.

use super::money::money_text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recommended {
    /// Its own name in the shop: the SKU.
    pub product: String,
    /// What it is called.
    pub name: String,
    /// Its category; empty where none is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub category: String,
    /// What it cost then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Where it is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A picture of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Why.
    pub because: Because,
    /// What its score is made of, the largest part first; what is less than one per cent is left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Share>,
}

/// An amount in the currency's minor unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Price {
    /// Cents, pence, …
    pub minor: i64,
    /// ISO 4217, such as `EUR`.
    pub currency: String,
}

/// A product of the shop, named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// Its SKU.
    pub product: String,
    /// What it is called.
    pub name: String,
}

/// The true reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// They asked for more of this.
    Asked,
    /// They bought this, which carries a fifth of the score or more.
    Bought(Named),
    /// It goes with several things that they bought, none of which stands out.
    GoesWithWhatYouBuy,
    /// They bought it before, the last time on that day.
    Again {
        /// The day.
        last: NaiveDate,
    },
    /// Enough different people bought it in the last so many days.
    PopularOfLate {
        /// The days.
        days: u16,
    },
    /// Enough different people bought it ever.
    Popular,
    /// The owner favours what it stands for: the value's name in the policy.
    Value(String),
    /// It is from a category that is new to them, on purpose.
    SomethingElse,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// What it rests on.
    pub of: Ground,
    /// How much it is, in per cent of the score; below nothing where it lowers it.
    pub percent: i16,
}

/// What a part of a score rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// They bought this.
    Bought(Named),
    /// Other things that they bought.
    OtherPurchases,
    /// They bought this very product before.
    Again,
    /// Many buy it of late.
    Popular,
    /// What the owner favours.
    Values,
}

impl Recommended {
    /// A line for people's own files: its name, and its price where it has one.
    #[must_use]
    pub fn in_words(&self) -> String {
        match &self.price {
            Some(price) => format!("{}, {price}", self.name),
            None => self.name.clone(),
        }
    }

    /// The products that the reason and the parts name as bought, each once.
    #[must_use]
    pub fn rests_on(&self) -> Vec<&Named> {
        let reason = match &self.because {
            Because::Bought(named) => Some(named),
            _ => None,
        };
        let parts = self.parts.iter().filter_map(|share| match &share.of {
            Ground::Bought(named) => Some(named),
            _ => None,
        });
        let mut all: Vec<&Named> = reason.into_iter().collect();
        for named in parts {
            if !all.contains(&named) {
                all.push(named);
            }
        }
        all
    }
}

impl std::fmt::Display for Price {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&money_text(self.minor, &self.currency))
    }
}
