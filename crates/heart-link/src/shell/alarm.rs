//! When the link's loop goes round though nothing happened.
//!
//! One timer for the whole connection, which is set anew only where it has to ring earlier. A timer
//! of its own for each turn wakes the thread that waits for the sockets, between a report and its
//! way out: 40 us of 120 for a message over loopback on two cores (docs/latency.md).

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::task::TICK;

/// Rings once.
pub(super) struct Alarm(Pin<Box<Sleep>>);

impl Alarm {
    /// That has rung.
    pub(super) fn new() -> Self {
        Alarm(Box::pin(sleep_until(Instant::now())))
    }

    /// Rings in this time at the latest, to the runtime's millisecond. It may ring earlier, when
    /// it was set to before: then the loop looks what there is to do, and sets it again.
    pub(super) fn within(&mut self, wait: Duration) {
        let by = Instant::now() + wait;
        if self.0.is_elapsed() || by + TICK < self.0.deadline() {
            self.0.as_mut().reset(by);
        }
    }

    /// Waits for it.
    pub(super) async fn rings(&mut self) {
        self.0.as_mut().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_rings_by_the_earliest_time_it_was_set_to_and_then_by_the_next() {
        let began = Instant::now();
        let mut alarm = Alarm::new();
        alarm.rings().await;
        alarm.within(Duration::from_millis(200));
        alarm.within(Duration::from_millis(80));
        alarm.within(Duration::from_millis(250));
        alarm.rings().await;
        assert_eq!(began.elapsed().as_millis(), 80);
        alarm.within(Duration::from_millis(250));
        alarm.rings().await;
        assert_eq!(began.elapsed().as_millis(), 330);
    }
}
