//! A pick as it is told: its reason and what its score is made of, by the names of things.
//!
//! One value is kept, and the message, the page that says why and `explain` all read it: they can't say different things.

use super::{
    Explained, Profile, Reason, Weights,
    account::{Account, Ground},
    pick::By,
    shop::Shop,
    wishes::Wish,
};
use crate::base::recommended::{self, Because, Named, Share};

/// What a pick is told with.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Products by their names in the shop's files.
    pub shop: &'a Shop,
    /// The owner's values.
    pub weights: &'a Weights,
    /// What people call a product, by its name in the shop's files.
    pub title: &'a dyn Fn(&str) -> String,
}

impl Names<'_> {
    fn product(&self, number: u32) -> Named {
        let product = self.shop.products.get(number as usize).map_or("", |product| &*product.name);
        Named { product: product.to_owned(), name: (self.title)(product) }
    }
}

impl Explained {
    /// Whether it is more than what many buy: it stands on what they bought, or they asked for it. To somebody of whom nothing is known
    /// that would lead further, what many buy may be recommended, and is called so.
    #[must_use]
    pub fn is_good(&self, profile: &Profile) -> bool {
        let theirs = self.account.together() + self.account.of(Ground::Again);
        match self.pick.by {
            By::Score => self.pick.wish == Wish::More || theirs >= self.account.of(Ground::Popular),
            By::Exploring => true,
            By::Favour => profile.owned.is_empty() || self.pick.wish == Wish::More,
        }
    }

    /// The reason.
    #[must_use]
    pub fn because(&self, names: &Names<'_>) -> Because {
        match self.reason {
            Reason::Asked => Because::Asked,
            Reason::Bought { product, .. } => Because::Bought(names.product(product)),
            Reason::GoesWithWhatYouBuy => Because::GoesWithWhatYouBuy,
            Reason::Again { last } => Because::Again { last: last.date() },
            Reason::PopularOfLate { days } => Because::PopularOfLate { days },
            Reason::Popular => Because::Popular,
            Reason::Value(number) => Because::Value(names.weights.name(number).unwrap_or_default().to_owned()),
            Reason::SomethingElse => Because::SomethingElse,
        }
    }

    /// What the score is made of, the largest part first: the products that carry most by name, and the others together.
    #[must_use]
    pub fn parts(&self, names: &Names<'_>) -> Vec<Share> {
        parts(&self.account, names)
    }
}

/// So many products are named.
const NAMED: usize = 3;

fn parts(account: &Account, names: &Names<'_>) -> Vec<Share> {
    let score = account.score();
    let mut bought: Vec<(u32, f32)> = Vec::new();
    let mut shares = Vec::new();
    for part in &account.parts {
        let of = match part.ground {
            Ground::Bought(product) => {
                bought.push((product, part.amount));
                continue;
            }
            Ground::Again => recommended::Ground::Again,
            Ground::Popular => recommended::Ground::Popular,
            Ground::Values => recommended::Ground::Values,
        };
        shares.push(Share { of, percent: percent(part.amount, score) });
    }
    bought.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (product, amount) in bought.iter().take(NAMED) {
        shares
            .push(Share { of: recommended::Ground::Bought(names.product(*product)), percent: percent(*amount, score) });
    }
    let others: f32 = bought.iter().skip(NAMED).map(|(_, amount)| amount).sum();
    shares.push(Share { of: recommended::Ground::OtherPurchases, percent: percent(others, score) });
    shares.retain(|share| share.percent != 0);
    shares.sort_by(|a, b| b.percent.cmp(&a.percent).then_with(|| a.of.cmp(&b.of)));
    shares
}

/// The nearest whole per cent.
#[expect(clippy::cast_possible_truncation, reason = "between -100 and 200")]
fn percent(part: f32, of: f32) -> i16 {
    if of > 0.0 { (part / of * 100.0).round() as i16 } else { 0 }
}
