//! Time as data. Nothing in this crate reads a clock.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

/// Nanoseconds of one host's `CLOCK_BOOTTIME` (Linux: keeps counting through suspend).
///
/// Arithmetic saturates: times come from the network too, and a hostile one must not panic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

impl Time {
    /// The start of the clock.
    pub const ZERO: Time = Time(0);
    /// Later than every other time: "never".
    pub const NEVER: Time = Time(u64::MAX);

    /// From nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Time(nanos)
    }

    /// From milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Time(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the start of the clock.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// How long after `earlier` this is; zero if it is not later.
    #[must_use]
    pub const fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// This time less `span`; the clock's start if that would be before it.
    #[must_use]
    pub fn before(self, span: Duration) -> Time {
        Time(self.0.saturating_sub(nanos_of(span)))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(nanos_of(span)))
    }
}

fn nanos_of(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// One run of one node: random, chosen once per run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The form used in JSON, client ids and logs: 16 lower-case hexadecimal digits.
    /// `None` if `text` has another form.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let lower = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if text.len() != 16 || !lower {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(SessionId)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What every message says about itself (design §4 rule 5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The sender's run.
    pub session: SessionId,
    /// Grows by at least one with each publish of this device and stream.
    pub seq: u64,
    /// When the hardware said it, on the sender's clock.
    pub t_captured: Time,
    /// When the link took it from its slot, on the sender's clock.
    pub t_sent: Time,
    /// The same instant on the sender's wall clock, nanoseconds since 1970 UTC. For logs and
    /// recordings only; nothing is decided by it.
    pub t_wall: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_written_as_sixteen_hex_digits_and_read_back() {
        let session = SessionId(0x00ab_cdef);
        assert_eq!(session.to_string(), "0000000000abcdef");
        assert_eq!(SessionId::from_hex("0000000000abcdef"), Some(session));
        for wrong in ["", "abc", "0000000000ABCDEF", "+000000000abcdef", "0000000000abcdefg"] {
            assert_eq!(SessionId::from_hex(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn arithmetic_on_times_saturates() {
        assert_eq!(Time::from_nanos(5).since(Time::from_nanos(9)), Duration::ZERO);
        assert_eq!(Time::NEVER + Duration::MAX, Time::NEVER);
        assert_eq!(Time::from_nanos(5).before(Duration::from_secs(1)), Time::ZERO);
    }
}
