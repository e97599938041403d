//! One message to the owner over the real route: `comity send-test`, told step by step, and what the owner is to hear of.
//!
//! Invariant: it carries an [`OwnLetter`] and nothing else. Such a letter holds a template's sample or a note to the owner,
//! asks no gate because there is no customer, and goes to the address that the owner named. It leaves on a connection of
//! its own, also while sending to customers is paused: that is when the owner must hear.

use super::{
    bare::Ungated,
    connect::SmtpTransport,
    transport::{ConnectFailure, Lane, Letter},
};
use crate::{base::BootTime, ledger::Receipt};

/// How far the way is known to be good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Nothing yet.
    Begun,
    /// A connection.
    Connected,
    /// TLS, with a certificate that bears the server's name.
    Encrypted,
    /// The server greeted us and named what it can do.
    Greeted,
    /// The login, where there is one.
    LoggedIn,
}

/// A letter to the owner. The letterhead alone makes one.
pub struct OwnLetter(pub(super) Letter);

/// Carries it. `tell` hears of each stage as it is reached.
///
/// # Errors
/// As of any lane that can't be had.
pub async fn carry(
    transport: &SmtpTransport,
    letter: &OwnLetter,
    tell: &(dyn Fn(Stage) + Send + Sync),
) -> Result<Receipt, ConnectFailure> {
    let mut lane = transport.open(tell).await?;
    let receipt = lane.transact(BootTime(i64::MAX), &letter.0, &Ungated).await;
    Box::new(lane).close().await;
    Ok(receipt)
}
