//! The offset between a node's clock and ours, by echoes (design §8). Only for showing latency:
//! nothing of the protocol is decided by it.

use std::time::Duration;

use heart_event::{SessionId, Time};

/// Echoes remembered; the one with the least error now counts.
const KEPT: usize = 8;
/// Two clocks drift apart by 1 ns in so many: 100 ppm, the crystals of two computers at 50 ppm
/// each.
const DRIFT_ONE_IN: u64 = 10_000;

/// An offset estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Our clock less theirs, ns.
    pub nanos: i128,
    /// Half the round trip less the node's hold, and what clocks drift apart since: the offset is
    /// this wrong at most.
    pub error: Duration,
}

/// How long a message travelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Travelled {
    pub(super) span: Duration,
    /// It is this wrong at most.
    pub(super) error: Duration,
}

/// An offset as it was measured.
#[derive(Clone, Copy, Debug)]
struct Measured {
    nanos: i128,
    error: Duration,
    at: Time,
}

impl Measured {
    fn error(&self, now: Time) -> Duration {
        let age = now.nanos().saturating_sub(self.at.nanos());
        self.error + Duration::from_nanos(age / DRIFT_ONE_IN)
    }
}

#[derive(Debug, Default)]
pub(super) struct Echo {
    asked_at: Option<Time>,
    nonce: u64,
    kept: [Option<Measured>; KEPT],
    next: usize,
    /// Of those kept the one with the least error. It stays so until the next answer, since all
    /// errors grow alike.
    best: Option<Measured>,
}

impl Echo {
    /// Forgets the offsets: another session may run on another clock.
    pub(super) fn forget(&mut self) {
        self.kept = [None; KEPT];
        self.best = None;
    }

    /// The nonce of a new request: our session, so that answers to others are told apart, and a
    /// counter.
    pub(super) fn ask(&mut self, now: Time, own: SessionId) -> [u8; 16] {
        self.nonce = self.nonce.wrapping_add(1);
        self.asked_at = Some(now);
        nonce_bytes(own, self.nonce)
    }

    pub(super) fn due(&self, now: Time) -> bool {
        self.asked_at.is_none_or(|at| now.since(at) >= crate::timing::ECHO_EVERY)
    }

    /// An answer: `received` and `sent` on the node's clock.
    pub(super) fn answer(
        &mut self,
        now: Time,
        own: SessionId,
        nonce: &[u8; 16],
        received: Time,
        sent: Time,
    ) {
        let Some(asked) = self.asked_at else { return };
        if *nonce != nonce_bytes(own, self.nonce) || sent < received {
            return;
        }
        let [t0, t1, t2, t3] = [asked, received, sent, now].map(|t| i128::from(t.nanos()));
        let trip = ((t3 - t0) - (t2 - t1)).max(0);
        let measured = Measured {
            nanos: ((t0 - t1) + (t3 - t2)) / 2,
            error: Duration::from_nanos(u64::try_from(trip / 2).unwrap_or(u64::MAX)),
            at: now,
        };
        self.kept[self.next] = Some(measured);
        self.next = (self.next + 1) % KEPT;
        self.best = self.kept.iter().flatten().min_by_key(|kept| kept.error(now)).copied();
    }

    pub(super) fn offset(&self, now: Time) -> Option<Offset> {
        self.best.map(|best| Offset { nanos: best.nanos, error: best.error(now) })
    }

    /// How long a message travelled that was sent at `sent` on the node's clock.
    pub(super) fn travelled(&self, now: Time, sent: Time) -> Option<Travelled> {
        let offset = self.offset(now)?;
        let nanos = i128::from(now.nanos()) - i128::from(sent.nanos()) - offset.nanos;
        let span = Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX));
        Some(Travelled { span, error: offset.error })
    }
}

fn nonce_bytes(own: SessionId, counter: u64) -> [u8; 16] {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&own.0.to_le_bytes());
    nonce[8..].copy_from_slice(&counter.to_le_bytes());
    nonce
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_finds_the_offset_within_its_error() {
        let own = SessionId(7);
        let mut echo = Echo::default();
        let ms = Time::from_millis;
        let nonce = echo.ask(ms(100), own);
        // Their clock reads 5,000 ms more; there 2 ms, held 200 ms, back 4 ms.
        echo.answer(ms(306), own, &nonce, ms(5_102), ms(5_302));
        let offset = echo.offset(ms(306)).unwrap();
        assert_eq!(offset.error, Duration::from_millis(3));
        let true_offset = -5_000_000_000_i128;
        assert!((offset.nanos - true_offset).unsigned_abs() <= offset.error.as_nanos());
        let travelled = echo.travelled(ms(1_004), ms(6_000)).unwrap();
        assert_eq!(travelled.span.as_millis(), 3, "4 ms less the offset's error of 1 ms");
        // 698 ms at 100 ppm.
        assert_eq!(travelled.error, offset.error + Duration::from_nanos(69_800));
    }

    #[test]
    fn an_answer_to_somebody_else_is_not_ours() {
        let mut echo = Echo::default();
        let nonce = echo.ask(Time::ZERO, SessionId(1));
        echo.answer(Time::from_millis(9), SessionId(2), &nonce, Time::ZERO, Time::ZERO);
        assert_eq!(echo.offset(Time::ZERO), None);
    }

    #[test]
    fn a_narrow_echo_is_believed_until_drift_has_made_it_wider_than_a_later_one() {
        let (own, ms) = (SessionId(7), Time::from_millis);
        let mut echo = Echo::default();
        let mut error_after = |asked: u64, trip_micros: u64| {
            let nonce = echo.ask(ms(asked), own);
            let back = ms(asked) + Duration::from_micros(trip_micros);
            echo.answer(back, own, &nonce, ms(asked), ms(asked));
            echo.offset(ms(asked + 1)).unwrap().error.as_micros()
        };
        assert_eq!(error_after(0, 100), 50);
        assert_eq!(error_after(1_000, 400), 150, "50 us, and 100 us a second");
        assert_eq!(error_after(2_000, 400), 200, "the one just come");
    }
}
