//! Delivery: bytes, signatures, and the lanes that carry them over SMTP.

pub mod transport;
pub mod readers;
pub mod parcel;
pub mod header;
pub mod dkim;
pub mod compose;

pub mod bare;
pub mod classify;
pub mod connect;
pub mod lane;
mod noting;
pub mod pace;
mod reply;
pub mod route;
mod stream;
mod tls;
pub mod trial;
mod within;

pub use classify::is_no_such_mailbox;
pub use compose::{ComposeError, Letterhead, Signing, digest};
pub use connect::SmtpTransport;
pub use dkim::Signer;
pub use header::Links;
pub use pace::Pace;
pub use parcel::Parcel;
pub use readers::{Owner, Readers, Recipient};
pub use route::{Login, Route, RouteError, Timeouts, Tls};
pub use tls::trust;
pub use transport::{ConnectFailure, Flight, Lane, Letter, Transport};
