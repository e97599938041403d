//! Recommendations: what goes with what people bought, for those who agreed to it, with the true reason. Pure.
//!
//! ```text
//!  Till ─► Shop ─► Shelf ─► Histories ─► Partners ─► Model ─► lists of picks ─► Account ─► Reason
//!  rows    who     products  who has      what goes           who gets which    what the    why
//!          agreed  that k    what         with what                             score is
//!                  bought                  (k, LLR)                             made of
//! ```
//!
//! **What.** For each product, count the different customers who bought it together with each other one; keep the pairs that
//! at least k (10) people bought and that are no chance; weigh them by their log-likelihood ratio. A customer's score of a
//! product is the sum of the weights from what they bought, times how it sells of late. The shop's own past chooses the few
//! numbers that matter ([`tuning`]). What they bought before is another question ([`repeat`]).
//!
//! **Example.** Whoever bought lantern and candles is shown matches: "Because you bought “lantern”", where the lantern carries
//! a fifth of the score, and else "It goes with what you buy".
//!
//! **Promise.** Only those who agreed count, and what is sensitive never does: neither ever comes in ([`Till`]). Without
//! somebody's purchases everything is as if they had never been here, to the byte: no count outlives its computation. No pair
//! and no product that fewer than k people bought is in a list or in a reason. The result depends neither on the order of rows
//! nor on threads. The reason that is shown is the largest true part of the score ([`reason`]).
//!
//! **Not promised.** Differential privacy: with noise on the pairs, popularity would do better, up to ε = 16 on the shops that
//! were tried. It is k-anonymous, and published in batches ([`batch`]).
//!
//! **Looked at** after each batch: whom it serves, what it shows, what it costs, and whether somebody pushes ([`audit`]).
//!
//! **Why not** a matrix factorisation or a network: on two real shops they do no better ([`measure`] says how much that is
//! worth), take more memory, and can neither say why nor forget a person exactly.

mod day;
mod number;
pub mod side;
mod names;
pub mod goods;
pub mod values;
pub mod shop;
pub mod till;
pub mod settings;
pub mod shelf;
pub mod repeat;
pub mod profile;
mod llr;
pub mod cobuy;
pub mod model;
pub mod score;
pub mod wishes;
pub mod pick;
mod view;
pub mod account;
pub mod reason;
pub mod ready;
mod sentence;
pub mod measure;
mod window;
pub mod tuning;
pub mod batch;
pub mod told;
pub mod rhythm;
pub mod audit;

pub use batch::{Batch, Explained, Readers};
pub use day::Day;
pub use goods::Price;
pub use model::Model;
pub use pick::Pick;
pub use profile::Profile;
pub use ready::Missing;
pub use reason::Reason;
pub use settings::{Power, Section, Settings, Tuned, Use, View};
pub use shop::{Offer, Shop};
pub use till::{Listed, Till};
pub use tuning::{Choice, tune};
pub use values::{Values, Weight, Weights};
pub use wishes::{Subject, Wish, Wishes};
