//! What somebody said themself about what is recommended to them: more of this, less of that, never this; and which purchases
//! aren't to be looked at. It stands above all that is inferred.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Of each kind so many words are kept, the newest.
const KEPT: usize = 500;

/// See the module. Products go by their SKUs, categories by their names.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tastes {
    /// How much of each category.
    pub categories: BTreeMap<String, Taste>,
    /// Products that they aren't interested in, the oldest word first.
    pub not_interested: Vec<String>,
    /// Products whose purchases aren't looked at, the oldest word first.
    pub unused: Vec<String>,
}

/// How much of a category they want. Where they said nothing, what is inferred holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Taste {
    /// Before everything else.
    More,
    /// After everything else.
    Less,
    /// Not at all.
    Never,
}

impl Taste {
    /// All, with their names in forms and files.
    pub const ALL: [(&'static str, Self); 3] = [("more", Self::More), ("less", Self::Less), ("never", Self::Never)];
}

/// One word of theirs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TasteWord {
    /// So much of a category; `None`: as it is inferred.
    Category(String, Option<Taste>),
    /// Not this product.
    NotInterested(String),
    /// Don't look at it that this was bought.
    Unused(String),
    /// All words about products and purchases are taken back.
    ForgetProducts,
}

impl Tastes {
    /// With one more word; the last one on a thing holds.
    #[must_use]
    pub fn with(mut self, word: TasteWord) -> Self {
        match word {
            TasteWord::Category(name, Some(taste)) => {
                if self.categories.len() < KEPT || self.categories.contains_key(&name) {
                    let _ = self.categories.insert(name, taste);
                }
            }
            TasteWord::Category(name, None) => {
                let _ = self.categories.remove(&name);
            }
            TasteWord::NotInterested(product) => keep(&mut self.not_interested, product),
            TasteWord::Unused(product) => keep(&mut self.unused, product),
            TasteWord::ForgetProducts => {
                self.not_interested.clear();
                self.unused.clear();
            }
        }
        self
    }

    /// Whether this purchase may be looked at.
    #[must_use]
    pub fn may_use(&self, product: &str) -> bool {
        self.unused.iter().all(|unused| unused != product)
    }
}

fn keep(words: &mut Vec<String>, product: String) {
    words.retain(|word| *word != product);
    words.push(product);
    if words.len() > KEPT {
        let _ = words.remove(0);
    }
}
