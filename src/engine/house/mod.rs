//! The house that everything happens in: its lock and its key, its front, its days from the first to the last.

pub mod lock;
pub mod key_file;
pub mod numbered_keys;
pub mod duties;
pub mod retention;
pub mod notice_news;
pub mod soundness;
pub mod home;
pub mod lifecycle;
pub mod front;
