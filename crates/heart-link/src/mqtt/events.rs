//! What an event loop yields, one event after another.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::connection::Wire;
use super::failure::Failure;

/// The events of one connection, out of one future that lasts as long as it does.
///
/// A poll of rumqttc's event loop must not be given up halfway, and a future for each event would
/// have to take the event loop in and give it back: that moving was 3 % of all that a report cost
/// (docs/latency.md).
pub(super) struct Events<W: Wire> {
    /// Ends with the connection; nothing is left of it then.
    turning: Option<Pin<Box<dyn Future<Output = Failure> + Send>>>,
    next: Slot<W::Event>,
}

/// Between that future and us: at most one event, taken before the future goes on.
type Slot<E> = Arc<Mutex<Option<E>>>;

impl<W: Wire> Events<W> {
    pub(super) fn new(event_loop: W::Loop) -> Self {
        let next = Slot::default();
        Events { turning: Some(Box::pin(turn::<W>(event_loop, next.clone()))), next }
    }

    /// The next event. What has begun goes on at the next call; it is only ever dropped with its
    /// connection.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<W::Event, Failure>> {
        let Some(turning) = &mut self.turning else {
            return Poll::Ready(Err(Failure::Local("this connection has ended".to_owned())));
        };
        if let Poll::Ready(failure) = turning.as_mut().poll(context) {
            self.turning = None;
            return Poll::Ready(Err(failure));
        }
        match self.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(event) => Poll::Ready(Ok(event)),
            None => Poll::Pending,
        }
    }
}

async fn turn<W: Wire>(mut event_loop: W::Loop, next: Slot<W::Event>) -> Failure {
    loop {
        match W::next(&mut event_loop).await {
            Ok(event) => *next.lock().unwrap_or_else(PoisonError::into_inner) = Some(event),
            Err(failure) => return failure,
        }
        rest().await;
    }
}

/// Ends a poll, and asks for no other: whoever takes the event polls again.
async fn rest() {
    let mut rested = false;
    poll_fn(|_| if std::mem::replace(&mut rested, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}
