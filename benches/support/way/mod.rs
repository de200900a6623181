//! The way of a report or a batch of samples, from one who sends it to one who hears it, one
//! message after another.
//!
//! Both ends share a clock, so each way is measured in one direction and needs no echo.

mod bare;
mod broker;
mod heart;
mod original;
mod places;
mod tcp;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heart_event::Time;
use heart_link::shell::clock;

pub use bare::Bare;
pub use broker::{Brokers, BrokersError};
pub use heart::HeartLink;
pub use original::{Original, OriginalError};
pub use places::{Places, PlacesError};
pub use tcp::Tcp;

/// Longest wait for one message. A loss would be found here, and there is none on loopback.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);
/// From one look to the next whether it arrived, and before the first. Longer than nearly all
/// trips: who looks while a message is on its way takes a core of a small machine from it, and a
/// mirror costs more to look at than a flag.
const LOOK: Duration = Duration::from_micros(500);

/// A way for messages of one class.
pub trait Way {
    /// As in the benchmark ids.
    fn name(&self) -> &'static str;
    /// Sends the next message, and says when it was captured: just before.
    fn send(&mut self) -> Time;
    /// When the last message arrived, once it has.
    fn arrived(&mut self) -> Option<Time>;

    /// Sends one message and waits for it: from its capture to its arrival, whenever that was
    /// looked for.
    ///
    /// # Panics
    /// It does not arrive within 10 s.
    fn trip(&mut self) -> Duration {
        let sent = self.send();
        loop {
            std::thread::sleep(LOOK);
            if let Some(arrived) = self.arrived() {
                return arrived.since(sent);
            }
            let name = self.name();
            assert!(clock::now().since(sent) < ARRIVES_WITHIN, "{name}: no message within 10 s");
        }
    }
}

/// When something arrived: noted by one thread, taken by another.
#[derive(Clone, Debug, Default)]
struct Arrival(Arc<AtomicU64>);

impl Arrival {
    fn note(&self) {
        self.0.store(clock::now().nanos(), Ordering::Release);
    }

    fn take(&self) -> Option<Time> {
        let nanos = self.0.swap(0, Ordering::AcqRel);
        (nanos != 0).then(|| Time::from_nanos(nanos))
    }
}

/// The trips of one way.
#[derive(Clone, Debug, Default)]
pub struct Trips(Vec<Duration>);

impl Trips {
    /// Remembers one.
    pub fn push(&mut self, trip: Duration) {
        self.0.push(trip);
    }

    /// What so many of a thousand take at most; zero without any.
    #[must_use]
    pub fn of_thousand(&self, part: usize) -> Duration {
        let mut trips = self.0.clone();
        trips.sort_unstable();
        let rank = (trips.len() * part).div_ceil(1000).max(1);
        trips.get(rank - 1).copied().unwrap_or_default()
    }

    /// The same in nanoseconds, for a ratio.
    #[must_use]
    pub fn nanos(&self, part: usize) -> f64 {
        self.of_thousand(part).as_secs_f64() * 1e9
    }
}

impl std::fmt::Display for Trips {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, part) in [("p50", 500), ("p95", 950), ("p99", 990), ("max", 1000)] {
            write!(f, "{name} {:.0} us, ", self.of_thousand(part).as_secs_f64() * 1e6)?;
        }
        write!(f, "{} messages", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_trips() {
        let mut trips = Trips::default();
        assert_eq!(trips.of_thousand(500), Duration::ZERO);
        (1..=200).rev().for_each(|n| trips.push(Duration::from_micros(n)));
        let parts = [500, 990, 1000].map(|part| trips.of_thousand(part).as_micros());
        assert_eq!(parts, [100, 198, 200]);
        assert_eq!(
            trips.to_string(),
            "p50 100 us, p95 190 us, p99 198 us, max 200 us, 200 messages"
        );
    }

    #[test]
    fn a_message_is_carried_back_over_tcp() {
        let mut tcp = Tcp::new(&Places::Free, 160).unwrap();
        assert!(tcp.trip() > Duration::ZERO);
        assert_eq!(tcp.arrived(), None, "only what was sent arrives");
    }
}
