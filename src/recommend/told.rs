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
    let mut bought: Vec<(u32, f32)> = Vec::new();
    let mut shares: Vec<(recommended::Ground, f32)> = Vec::new();
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
        shares.push((of, part.amount));
    }
    bought.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    for (product, amount) in bought.iter().take(NAMED) {
        shares.push((recommended::Ground::Bought(names.product(*product)), *amount));
    }
    let others: f32 = bought.iter().skip(NAMED).map(|(_, amount)| amount).sum();
    shares.push((recommended::Ground::OtherPurchases, others));
    whole(shares, account.score())
}

/// In whole per cent that make a hundred together: what was cut off goes to those that lost most by it.
fn whole(shares: Vec<(recommended::Ground, f32)>, score: f32) -> Vec<Share> {
    if score <= 0.0 {
        return Vec::new();
    }
    let mut cut: Vec<(f32, Share)> = shares
        .into_iter()
        .map(|(of, amount)| {
            let exact = amount / score * 100.0;
            (exact - exact.floor(), Share { of, percent: whole_number(exact.floor()) })
        })
        .collect();
    cut.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.of.cmp(&b.1.of)));
    let missing = 100 - cut.iter().map(|(_, share)| share.percent).sum::<i16>();
    for (_, share) in cut.iter_mut().take(usize::try_from(missing).unwrap_or_default()) {
        share.percent += 1;
    }
    let mut shares: Vec<Share> = cut.into_iter().map(|(_, share)| share).filter(|share| share.percent != 0).collect();
    shares.sort_by(|a, b| b.percent.cmp(&a.percent).then_with(|| a.of.cmp(&b.of)));
    shares
}

#[expect(clippy::cast_possible_truncation, reason = "between -100 and 200")]
const fn whole_number(number: f32) -> i16 {
    number as i16
}
