//! The model of a shop as of one day: its shelf, what goes with what, and what is popular.

use super::{
    Day, Settings, Tuned,
    cobuy::{Judge, Partners},
    number::index,
    profile::Histories,
    shelf::Shelf,
    shop::{Offer, Shop},
};

/// All that lists are made from, beside the customer's own profile.
#[derive(Clone, Debug)]
pub struct Model {
    /// What it was made with.
    pub tuned: Tuned,
    /// The products that count.
    pub shelf: Shelf,
    /// What goes with what.
    pub partners: Partners,
    /// How each place sells now, beside how it sold since it is on sale: see [`super::shelf::Item::trend`]. These lie side
    /// by side, for they are read for each customer.
    pub trend: Vec<f32>,
    /// How popular each place is of late, from 0 to 1.
    pub popularity: Vec<f32>,
    /// What the owner's values multiply a score by, where there are any.
    pub favour: Option<Vec<f32>>,
    /// All places, the most popular first.
    pub favourites: Vec<u32>,
    /// Places that may not be recommended.
    pub withheld: Vec<u32>,
}

impl Model {
    /// The model of a shop in the morning of a day.
    #[must_use]
    pub fn of(shop: &Shop, today: Day, tuned: Tuned, settings: &Settings) -> Self {
        let shelf = Shelf::before(shop, today, settings);
        let histories = Histories::of(&shop.customers, &shelf, settings);
        let partners = Partners::find(&shelf, &histories, Judge::Surprise, tuned.partners, settings);
        Self::from_parts(shelf, partners.weighed(tuned.partners, |ratio| tuned.power.of(ratio)), tuned)
    }

    /// A model of partners that are weighed already.
    #[must_use]
    pub fn from_parts(shelf: Shelf, partners: Partners, tuned: Tuned) -> Self {
        let popularity = shelf.popularity(tuned.popular_days);
        let favourites = favourites(&shelf, &popularity);
        let not_offered = shelf.items.iter().zip(0..).filter(|(item, _)| item.offer != Offer::Offered);
        let withheld = not_offered.map(|(_, place)| place).collect();
        let trend = shelf.items.iter().map(|item| item.trend).collect();
        let favours = shelf.items.iter().any(|item| (item.favour - 1.0).abs() > 0.0);
        let favour = favours.then(|| shelf.items.iter().map(|item| item.favour).collect());
        Self { tuned, shelf, partners, trend, popularity, favour, favourites, withheld }
    }
}

/// By recent popularity, then by all buyers, then by name.
fn favourites(shelf: &Shelf, popularity: &[f32]) -> Vec<u32> {
    let mut places: Vec<u32> = (0..index(shelf.items.len())).collect();
    let popular = |place: u32| popularity.get(place as usize).copied().unwrap_or(0.0);
    let buyers = |place: u32| shelf.item(place).map_or(0, |item| item.buyers);
    places.sort_by(|a, b| popular(*b).total_cmp(&popular(*a)).then(buyers(*b).cmp(&buyers(*a))).then(a.cmp(b)));
    places
}
