//! The offset between a node's clock and ours, by echoes (design §8). Only for showing latency:
//! nothing of the protocol is decided by it.

use std::time::Duration;

use heart_event::{SessionId, Time};

/// Echoes remembered; the one with the least error counts.
const KEPT: usize = 8;

/// An offset estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset {
    /// Our clock less theirs, ns.
    pub nanos: i128,
    /// Half the round trip less the node's hold: the offset is this wrong at most.
    pub error: Duration,
}

#[derive(Debug, Default)]
pub(super) struct Echo {
    asked_at: Option<Time>,
    nonce: u64,
    kept: [Option<Offset>; KEPT],
    next: usize,
}

impl Echo {
    /// Forgets the offsets: another session may run on another clock.
    pub(super) fn forget(&mut self) {
        self.kept = [None; KEPT];
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
        let offset = Offset {
            nanos: ((t0 - t1) + (t3 - t2)) / 2,
            error: Duration::from_nanos(u64::try_from(trip / 2).unwrap_or(u64::MAX)),
        };
        self.kept[self.next] = Some(offset);
        self.next = (self.next + 1) % KEPT;
    }

    pub(super) fn offset(&self) -> Option<Offset> {
        self.kept.iter().flatten().min_by_key(|o| o.error).copied()
    }

    /// How long a message travelled that was sent at `sent` on the node's clock.
    pub(super) fn travelled(&self, now: Time, sent: Time) -> Option<Duration> {
        let nanos = i128::from(now.nanos()) - i128::from(sent.nanos()) - self.offset()?.nanos;
        Some(Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX)))
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
        let offset = echo.offset().unwrap();
        assert_eq!(offset.error, Duration::from_millis(3));
        let true_offset = -5_000_000_000_i128;
        assert!((offset.nanos - true_offset).unsigned_abs() <= offset.error.as_nanos());
        let travelled = echo.travelled(ms(1_004), ms(6_000)).unwrap();
        assert_eq!(travelled.as_millis(), 3, "4 ms less the offset's error of 1 ms");
    }

    #[test]
    fn an_answer_to_somebody_else_is_not_ours() {
        let mut echo = Echo::default();
        let nonce = echo.ask(Time::ZERO, SessionId(1));
        echo.answer(Time::from_millis(9), SessionId(2), &nonce, Time::ZERO, Time::ZERO);
        assert_eq!(echo.offset(), None);
    }
}
