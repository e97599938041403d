//! What the business brings: files, calendars that are polled, and what its programs send.

pub mod calendar;
mod news;
mod run;
mod catalogue;
mod what;
pub mod entry;
mod orders;
pub mod shops;
pub mod import;
pub mod feed;
pub mod feeds;
