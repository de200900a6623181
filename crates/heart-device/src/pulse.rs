//! When this process last ran (design §4 rule 5).
//!
//! Where the kernel gives no capture time, the time of the read stands for it. That is a lie
//! after a stall: bytes that lay in the port while the process was stopped would look fresh, and
//! a press made half a minute ago would fire. So the supervisor feeds this pulse ten times a
//! second, and a read right after a stall is dated to when the process last ran. Pure: both
//! times are arguments.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use heart_event::Time;

/// How often [`Pulse::beat`] is to be called.
pub(crate) const PULSE_PERIOD: Duration = Duration::from_millis(100);
/// A gap between two beats from which on the process counts as not scheduled.
const STALL: Duration = Duration::from_millis(250);
/// For how long after a stall what is read may have waited through it.
const AFTERMATH: Duration = Duration::from_millis(100);

/// The process's pulse, shared by all devices that have no kernel time.
#[derive(Debug)]
pub(crate) struct Pulse {
    inner: Mutex<Beats>,
}

#[derive(Clone, Copy, Debug)]
struct Beats {
    last: Time,
    /// The newest stall: when the process last ran before it, and when it ran again.
    stall: Option<(Time, Time)>,
}

impl Pulse {
    pub(crate) fn new(now: Time) -> Self {
        Pulse { inner: Mutex::new(Beats { last: now, stall: None }) }
    }

    /// The process runs.
    pub(crate) fn beat(&self, now: Time) {
        let mut beats = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(beats.last) > STALL {
            beats.stall = Some((beats.last, now));
        }
        beats.last = now;
    }

    /// The capture time of something read at `now`: `now`, or when the process last ran before
    /// a stall that this read may have waited through. It errs on the old side.
    pub(crate) fn captured(&self, now: Time) -> Time {
        let beats = *self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match beats.stall {
            _ if now.since(beats.last) > STALL => beats.last,
            Some((before, after)) if now.since(after) <= AFTERMATH => before,
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    #[test]
    fn what_waited_through_a_stall_is_as_old_as_the_stall() {
        let pulse = Pulse::new(ms(1000));
        pulse.beat(ms(1100));
        assert_eq!(pulse.captured(ms(1150)), ms(1150));
        assert_eq!(pulse.captured(ms(9000)), ms(1100), "read before the pulse beat again");
        pulse.beat(ms(9000));
        assert_eq!(pulse.captured(ms(9001)), ms(1100), "read after the pulse beat again");
        pulse.beat(ms(9100));
        assert_eq!(pulse.captured(ms(9150)), ms(9150), "the aftermath is over");
    }
}
