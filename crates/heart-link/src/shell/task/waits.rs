//! What a link task waits for beside its socket, made once for a connection. Made anew for each
//! rest, a timer, a bell and a token are three lists to enter and to leave with every message
//! (docs/latency.md).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use heart_event::Time;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// Why a rest ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// A device has something to say.
    Rung,
    /// The task is to stop.
    Stopped,
    /// It is time.
    Due,
}

/// The three, kept.
pub(super) struct Waits {
    bell: Arc<Notify>,
    rung: Pin<Box<OwnedNotified>>,
    stopped: Pin<Box<WaitForCancellationFutureOwned>>,
    timer: Pin<Box<Sleep>>,
    /// What the timer is set to.
    due: Time,
}

impl Waits {
    pub(super) fn new(bell: Arc<Notify>, stop: CancellationToken, now: Time) -> Self {
        Waits {
            rung: Box::pin(bell.clone().notified_owned()),
            bell,
            stopped: Box::pin(stop.cancelled_owned()),
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
            due: now,
        }
    }

    /// The timer rings at `due`.
    pub(super) fn until(&mut self, now: Time, due: Time) {
        if due != self.due {
            self.timer.as_mut().reset(Instant::now() + due.since(now));
            self.due = due;
        }
    }

    /// A ring of the bell, if there was one since the last.
    pub(super) fn poll_rung(&mut self, context: &mut Context<'_>) -> Poll<Woken> {
        self.rung.as_mut().poll(context).map(|()| {
            self.rung.set(self.bell.clone().notified_owned());
            Woken::Rung
        })
    }

    /// The token or the timer.
    pub(super) fn poll_others(&mut self, context: &mut Context<'_>) -> Poll<Woken> {
        if self.stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(Woken::Stopped);
        }
        self.timer.as_mut().poll(context).map(|()| Woken::Due)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    fn ms(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    async fn woken(waits: &mut Waits) -> Woken {
        poll_fn(|context| match waits.poll_rung(context) {
            Poll::Pending => waits.poll_others(context),
            rung => rung,
        })
        .await
    }

    #[tokio::test(start_paused = true)]
    async fn each_ring_wakes_once_also_one_that_came_before_the_rest() {
        let bell = Arc::new(Notify::new());
        let mut waits = Waits::new(bell.clone(), CancellationToken::new(), ms(0));
        waits.until(ms(0), ms(10_000));
        for _ in 0..3 {
            bell.notify_one();
            assert_eq!(woken(&mut waits).await, Woken::Rung);
        }
        assert_eq!(woken(&mut waits).await, Woken::Due);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_that_is_set_again_rings_at_its_new_time() {
        let began = Instant::now();
        let mut waits = Waits::new(Arc::new(Notify::new()), CancellationToken::new(), ms(0));
        waits.until(ms(0), ms(500));
        waits.until(ms(0), ms(200));
        assert_eq!(woken(&mut waits).await, Woken::Due);
        assert_eq!(began.elapsed().as_millis(), 200);
        waits.until(ms(200), ms(500));
        assert_eq!(woken(&mut waits).await, Woken::Due);
        assert_eq!(began.elapsed().as_millis(), 500);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_a_rest_that_began_before_it() {
        let stop = CancellationToken::new();
        let mut waits = Waits::new(Arc::new(Notify::new()), stop.clone(), ms(0));
        waits.until(ms(0), ms(10_000));
        let (woken, ()) = tokio::join!(woken(&mut waits), async { stop.cancel() });
        assert_eq!(woken, Woken::Stopped);
    }
}
