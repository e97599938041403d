//! A message that stands still between its body and its dot, until the dot is noted.

use super::{
    stream::Gauge,
    transport::{DotNotNoted, Flight},
};
use crate::fault::{self, Point};
use std::{future::poll_fn, pin::pin, task::Poll};

/// Lets the message go. When its body has left, the flight notes the dot, and only then does it go on.
///
/// # Errors
/// The dot could not be noted: it has not left, and never will.
pub async fn noted<F: Future>(gauge: &Gauge, flight: &dyn Flight, message: F) -> Result<F::Output, DotNotNoted> {
    let mut message = pin!(message);
    poll_fn(|cx| {
        loop {
            match message.as_mut().poll(cx) {
                Poll::Ready(heard) => return Poll::Ready(Ok(heard)),
                Poll::Pending if gauge.waits_for_note() => {
                    if let Err(error) = flight.note_dot() {
                        return Poll::Ready(Err(error));
                    }
                    gauge.let_dot_go();
                    fault::point(Point::AfterDotNoted);
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}
