//! The rules, one file each: what is looked at, and what is a fault.

pub(super) mod alike;
pub(super) mod links;
pub(super) mod prices;
pub(super) mod shown;
pub(super) mod wording;
