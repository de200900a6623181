//! A button held for a time of one's own choosing: `kind = "long_press"`.
//!
//! Every button has a long press at 0.5 s already, counted in its own report; this is for other
//! times.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::Time;
use serde::Deserialize;

use super::{device, part, source, span};
use crate::config::{Kind, Settings, Wrong};
use crate::hearing::{Gesture, What};
use crate::parts::Part;
use crate::record::LONG_PRESS;

/// `kind = "long_press"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LongPress {
    /// Which button: `device.control`.
    pub of: String,
    /// How long it must be held, ms, 1 to 60,000. Default: 500.
    #[serde(default = "after")]
    pub after_ms: u32,
}

fn after() -> u32 {
    500
}

pub(crate) const KIND: Kind =
    Kind::new::<LongPress>("long_press", "gesture: a button held", &["of", "after_ms"]);

impl Settings for LongPress {
    fn sources(&self) -> Vec<&str> {
        vec![device(&self.of)]
    }

    fn part(&self, _: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let after = span("after_ms", self.after_ms)?;
        Ok(part(vec![source(&self.of)?], Held { after, since: None }))
    }
}

/// Complete while the button is still down. Decided by capture times alone: a release that was
/// captured in time undoes it if it is heard before the button is found to be down too long.
#[derive(Clone, Debug)]
struct Held {
    after: Duration,
    since: Option<Time>,
}

impl Gesture for Held {
    fn hear(&mut self, control: Option<usize>, what: What, t: Time) -> Option<Time> {
        control?;
        match what {
            What::Pressed => self.since = Some(t),
            What::Released => {
                let made = self.poll(t);
                self.forget();
                return made;
            }
            What::Cut | What::Tapped => self.forget(),
            // A momentary control tells of it at 0.5 s and says nothing more.
            What::LongTapped if self.after <= LONG_PRESS => return Some(t),
            What::LongTapped => self.forget(),
        }
        None
    }

    fn next_wake(&self) -> Time {
        self.since.map_or(Time::NEVER, |since| since + self.after)
    }

    fn poll(&mut self, now: Time) -> Option<Time> {
        let due = self.since? + self.after;
        (due <= now).then(|| {
            self.since = None;
            due
        })
    }

    fn forget(&mut self) {
        self.since = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(after_ms: u64) -> Held {
        Held { after: Duration::from_millis(after_ms), since: None }
    }

    fn at(ms: u64) -> Time {
        Time::from_millis(ms)
    }

    #[test]
    fn it_is_complete_at_the_very_time_and_once() {
        let mut held = held(2000);
        assert_eq!(held.next_wake(), Time::NEVER);
        assert_eq!(held.hear(Some(0), What::Pressed, at(10)), None);
        assert_eq!((held.next_wake(), held.poll(at(2009))), (at(2010), None));
        assert_eq!(held.poll(at(5000)), Some(at(2010)));
        assert_eq!((held.next_wake(), held.poll(at(9000))), (Time::NEVER, None));
        assert_eq!(held.hear(Some(0), What::Released, at(9001)), None);
    }

    #[test]
    fn a_release_in_time_undoes_it_and_a_late_one_finishes_what_was_not_looked_at() {
        let mut held = held(2000);
        held.hear(Some(0), What::Pressed, at(0));
        assert_eq!(held.hear(Some(0), What::Released, at(1999)), None);
        assert_eq!(held.next_wake(), Time::NEVER);
        held.hear(Some(0), What::Pressed, at(5000));
        assert_eq!(held.hear(Some(0), What::Released, at(7000)), Some(at(7000)));
        held.hear(Some(0), What::Pressed, at(8000));
        assert_eq!(held.hear(Some(0), What::Cut, at(8001)), None);
        assert_eq!(held.poll(at(99_000)), None, "a cut hold is no gesture");
    }

    #[test]
    fn a_momentary_control_can_only_tell_of_half_a_second() {
        assert_eq!(held(500).hear(Some(0), What::LongTapped, at(7)), Some(at(7)));
        assert_eq!(held(501).hear(Some(0), What::LongTapped, at(7)), None);
        assert_eq!(held(1).hear(Some(0), What::Tapped, at(7)), None);
        assert_eq!(held(1).hear(None, What::LongTapped, at(7)), None);
    }
}
