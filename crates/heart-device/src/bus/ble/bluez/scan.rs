//! When the radio searches. Pure.
//!
//! One search per gateway, for all its devices together: it runs only while a device is wanted
//! that is not connected, never while a connection is being made (many controllers fail at both
//! at once), and then 8 s of every 12 s, so that links that are up get their share of the radio.

use std::time::Duration;

use tokio::time::Instant;

/// How long one search lasts.
const SEARCH: Duration = Duration::from_secs(8);
/// How long the radio rests between two searches.
const REST: Duration = Duration::from_secs(4);
/// How long a search that BlueZ refused is not asked for again.
const REFUSED: Duration = Duration::from_secs(2);

/// Where the search stands.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// When this search ends; `None` while there is none.
    until: Option<Instant>,
    /// Not before this.
    rests_until: Option<Instant>,
}

impl Scan {
    /// Whether the radio must search now, and when to ask again at the latest.
    pub(super) fn plan(
        &mut self,
        now: Instant,
        wanted: bool,
        connecting: bool,
    ) -> (bool, Option<Instant>) {
        if !wanted || connecting {
            self.until = None;
            return (false, None);
        }
        match (self.until, self.rests_until) {
            (Some(until), _) if now < until => (true, self.until),
            (Some(_), _) => {
                self.until = None;
                self.rests_until = Some(now + REST);
                (false, self.rests_until)
            }
            (None, Some(rest)) if now < rest => (false, self.rests_until),
            (None, _) => {
                self.until = Some(now + SEARCH);
                (true, self.until)
            }
        }
    }

    /// BlueZ refused to search.
    pub(super) fn refused(&mut self, now: Instant) {
        self.until = None;
        self.rests_until = Some(now + REFUSED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(from: Instant, seconds: u64) -> Instant {
        from + Duration::from_secs(seconds)
    }

    #[test]
    fn the_radio_searches_two_thirds_of_the_time_while_a_device_is_missing() {
        let (start, mut scan) = (Instant::now(), Scan::default());
        let on = (0..120).filter(|&s| scan.plan(seconds(start, s), true, false).0).count();
        assert_eq!(on, 80);
    }

    #[test]
    fn nothing_is_searched_when_all_are_connected_or_one_is_being_connected() {
        let (start, mut scan) = (Instant::now(), Scan::default());
        assert_eq!(scan.plan(start, false, false), (false, None));
        assert_eq!(scan.plan(start, true, false), (true, Some(seconds(start, 8))));
        assert_eq!(scan.plan(seconds(start, 1), true, true), (false, None));
        assert!(scan.plan(seconds(start, 2), true, false).0, "at once when that is done");
        assert_eq!(scan.plan(seconds(start, 3), false, false), (false, None));
    }

    #[test]
    fn a_refused_search_is_not_asked_for_again_at_once() {
        let (start, mut scan) = (Instant::now(), Scan::default());
        assert!(scan.plan(start, true, false).0);
        scan.refused(start);
        assert_eq!(scan.plan(start, true, false), (false, Some(seconds(start, 2))));
        assert!(scan.plan(seconds(start, 2), true, false).0);
    }
}
