//! The smallest words: ids, instants, civil time, addresses, sealed values, link tokens.

pub mod address;
pub mod api_key;
pub mod civil;
pub mod draw;
pub mod finding;
pub mod hex;
pub mod id;
pub mod instant;
pub mod data_key;
pub mod keys;
pub mod money;
pub mod network;
pub mod sealed;
pub mod telephone;
pub mod term;
pub mod token;
pub mod recommended;
pub mod value;
pub mod wording;

pub use address::EmailAddress;
pub use civil::Zone;
pub use data_key::DataKey;
pub use finding::{Finding, Findings, Source};
pub use hex::{hex, unhex};
pub use id::{AttemptId, CustomerId, Handle, NodeId, PlanId, RecordId};
pub use instant::{BootTime, Clock, Instant};
pub use network::NetworkPrefix;
pub use recommended::{Because, Ground, Recommended};
pub use sealed::{BlindIndex, Sealed};
pub use telephone::Telephone;
pub use term::Term;
pub use value::Value;
pub use wording::WordingDigest;
