//! Whether this host knows what time it is.
//!
//! Nothing of the protocol depends on it (ages are measured on one clock, design §4 rule 9), so
//! a wrong clock only warns: times that people read, and certificates, are off.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Finding;

/// Before this (2025-01-01) no host can be that runs this program.
const EARLIEST: Duration = Duration::from_secs(1_735_689_600);
/// An error of a clock that is told though it is synchronised: two hosts' logs differ by it.
const OFF_BY: Duration = Duration::from_millis(100);

/// What the kernel says of its clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Discipline {
    synchronised: bool,
    /// Largest error that the kernel believes possible.
    off_by: Duration,
}

/// Looks at the clock.
#[must_use]
pub fn clock() -> Finding {
    // A clock before 1970 is as wrong as one at 1970.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    judge(now, discipline())
}

fn judge(now: Duration, discipline: Option<Discipline>) -> Finding {
    let fix = "sudo timedatectl set-ntp true  # or install chrony; a Raspberry Pi has no clock \
               that runs without power";
    if now < EARLIEST {
        return Finding::warn("clock", "it is before 2025: never set since power-on", fix);
    }
    match discipline {
        Some(Discipline { synchronised: false, .. }) => {
            let seen = "not synchronised: times in logs and status cannot be compared with those \
                        of other hosts";
            Finding::warn("clock", seen, fix)
        }
        Some(Discipline { off_by, .. }) if off_by > OFF_BY => {
            let seen = format!("synchronised, but may be off by {} ms", off_by.as_millis());
            Finding::warn("clock", seen, "wait, or name a nearer time server")
        }
        Some(Discipline { off_by, .. }) => {
            Finding::ok("clock", format!("synchronised, off by at most {} µs", off_by.as_micros()))
        }
        None => Finding::warn("clock", "the kernel does not say whether it is synchronised", fix),
    }
}

/// adjtimex(2) with nothing to adjust.
fn discipline() -> Option<Discipline> {
    #[expect(unsafe_code, reason = "rustix has no call for adjtimex")]
    // SAFETY: all of `timex` are integers, for which zero is a value. With `modes` 0 adjtimex
    // changes nothing and only writes to the structure, which lives on this stack for the length
    // of the call.
    let (state, told) = unsafe {
        let mut timex: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut timex), timex)
    };
    if state < 0 {
        return None;
    }
    let synchronised = state != libc::TIME_ERROR && told.status & libc::STA_UNSYNC == 0;
    // Microseconds, whatever STA_NANO says of the other fields (adjtimex(2)).
    let off_by = Duration::from_micros(u64::try_from(told.maxerror).unwrap_or_default());
    Some(Discipline { synchronised, off_by })
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    const NOW: Duration = Duration::from_secs(1_795_000_000);

    #[test]
    fn a_clock_is_judged_by_what_the_kernel_believes_of_it() {
        let good = Discipline { synchronised: true, off_by: Duration::from_micros(1500) };
        let off = Discipline { off_by: Duration::from_millis(230), ..good };
        let free = Discipline { synchronised: false, ..good };
        let level = |now, discipline| judge(now, discipline).level;
        assert_eq!(level(NOW, Some(good)), Level::Ok);
        assert_eq!(level(NOW, Some(off)), Level::Warn);
        assert_eq!(level(NOW, Some(free)), Level::Warn);
        assert_eq!(level(NOW, None), Level::Warn);
        assert_eq!(level(Duration::from_secs(90), Some(good)), Level::Warn);
        assert!(judge(NOW, Some(off)).seen.contains("230 ms"));
    }

    #[test]
    fn this_hosts_clock_is_told_one_way_or_the_other() {
        assert!(discipline().is_some(), "adjtimex without an adjustment is allowed to everybody");
        assert_eq!(clock().what, "clock");
    }
}
