//! Input events into whole frames. Pure.
//!
//! `SYN_REPORT` ends a frame: what it holds happened together and is one report. `SYN_DROPPED`
//! means that the kernel's queue ran over: everything up to the next `SYN_REPORT` is void, and
//! the state must be read anew (Documentation/input/event-codes.rst).

use heart_event::Time;

pub(crate) const EV_SYN: u16 = 0;
pub(crate) const EV_KEY: u16 = 1;
pub(crate) const EV_REL: u16 = 2;
pub(crate) const EV_ABS: u16 = 3;
pub(crate) const SYN_REPORT: u16 = 0;
pub(crate) const SYN_DROPPED: u16 = 3;
/// The value of a `SYN_REPORT` that the kernel's input layer made by itself.
const BY_KERNEL: i32 = 1;
/// Most events of one frame; a device that exceeds it is read anew.
const FRAME_MAX: usize = 512;

/// One event as the kernel gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Raw {
    pub(crate) kind: u16,
    pub(crate) code: u16,
    pub(crate) value: i32,
    pub(crate) time: Time,
}

/// What an event completed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fed<'a> {
    /// Nothing yet.
    More,
    /// A frame, without its `SYN_REPORT`.
    Whole(&'a [Raw]),
    /// A frame that the kernel made, not the device. When a device is unregistered or reset,
    /// the input layer lifts every key that is down and ends that frame with the value 1
    /// (`input_dev_release_keys` in drivers/input/input.c); devices end theirs with 0. Nobody
    /// let go of anything: these holds are cut. (Autorepeat frames end with 1 too.)
    Cut(&'a [Raw]),
    /// The end of a lost stretch: read the device's state now.
    Lost,
}

/// Gathers frames.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    pending: Vec<Raw>,
    whole: Vec<Raw>,
    lost: bool,
}

impl Frames {
    pub(crate) fn feed(&mut self, raw: Raw) -> Fed<'_> {
        match (raw.kind, raw.code) {
            (EV_SYN, SYN_DROPPED) => self.lose(),
            (EV_SYN, SYN_REPORT) if self.lost => {
                self.lost = false;
                return Fed::Lost;
            }
            (EV_SYN, SYN_REPORT) => {
                self.whole.clear();
                std::mem::swap(&mut self.whole, &mut self.pending);
                return match raw.value {
                    _ if self.whole.is_empty() => Fed::More,
                    BY_KERNEL => Fed::Cut(&self.whole),
                    _ => Fed::Whole(&self.whole),
                };
            }
            _ if self.lost => {}
            _ if self.pending.len() >= FRAME_MAX => self.lose(),
            _ => self.pending.push(raw),
        }
        Fed::More
    }

    fn lose(&mut self) {
        self.lost = true;
        self.pending.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(kind: u16, code: u16) -> Raw {
        let value = i32::from(kind != EV_SYN);
        Raw { kind, code, value, time: Time::ZERO }
    }

    #[test]
    fn a_frame_is_what_lies_between_two_syn_reports() {
        let (a, b, end) = (raw(EV_KEY, 1), raw(EV_ABS, 2), raw(EV_SYN, SYN_REPORT));
        let mut frames = Frames::default();
        assert_eq!(frames.feed(a), Fed::More);
        assert_eq!(frames.feed(b), Fed::More);
        assert_eq!(frames.feed(end), Fed::Whole(&[a, b]));
        assert_eq!(frames.feed(end), Fed::More, "an empty frame is nothing");
        assert_eq!(frames.feed(b), Fed::More);
        assert_eq!(frames.feed(end), Fed::Whole(&[b]));
    }

    #[test]
    fn dropped_events_void_everything_up_to_the_next_syn_report() {
        let (a, end) = (raw(EV_KEY, 1), raw(EV_SYN, SYN_REPORT));
        let mut frames = Frames::default();
        for event in [a, raw(EV_SYN, SYN_DROPPED), a, a] {
            assert_eq!(frames.feed(event), Fed::More);
        }
        assert_eq!(frames.feed(end), Fed::Lost);
        assert_eq!(frames.feed(a), Fed::More);
        assert_eq!(frames.feed(end), Fed::Whole(&[a]));
    }

    #[test]
    fn a_frame_that_the_kernel_made_is_told_apart() {
        let (up, end) = (Raw { value: 0, ..raw(EV_KEY, 1) }, raw(EV_SYN, SYN_REPORT));
        let mut frames = Frames::default();
        frames.feed(up);
        assert_eq!(frames.feed(Raw { value: BY_KERNEL, ..end }), Fed::Cut(&[up]));
        frames.feed(up);
        assert_eq!(frames.feed(end), Fed::Whole(&[up]));
    }

    #[test]
    fn a_device_that_never_ends_its_frame_is_read_anew_and_holds_bounded_memory() {
        let mut frames = Frames::default();
        for _ in 0..10_000 {
            assert_eq!(frames.feed(raw(EV_KEY, 1)), Fed::More);
        }
        assert!(frames.pending.len() <= FRAME_MAX);
        assert_eq!(frames.feed(raw(EV_SYN, SYN_REPORT)), Fed::Lost);
    }
}
