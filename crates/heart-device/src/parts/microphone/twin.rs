//! The twin of a sound card: the frames that a card would record, below all decoding.
//!
//! A tone of 440 Hz whose `rms` hands play (0.05 until they do; a full-scale sine has 0.71, more
//! is cut), and ten times a second one frame of `peak`, where that is louder than the tone.
//! Sixteen bits, one channel, with an offset, as a cheap card has it. Called by the microphone's
//! thread in place of the card; waits as a card does.

use std::f64::consts::{SQRT_2, TAU};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use heart_event::{Readings, Time};
use rustix::io::Errno;

use crate::backoff::Chance;
use crate::bus::sound::{Format, Shape, Turn};
use crate::clock::Clock;
use crate::parts::PartError;
use crate::twin::{Control, Fault, Twin};

/// What seeded hands play.
pub(super) const HANDS: &[&str] = &["rms", "peak"];
/// What it is called in errors.
pub(super) const PLACE: &str = "the simulated sound card";
/// Longest wait for frames.
const TURN: Duration = Duration::from_millis(100);
/// What a card's buffer holds: who comes later has lost frames.
const BUFFER: Duration = Duration::from_millis(500);
const TONE_HZ: f64 = 440.0;
/// `rms` until hands play it.
const REST: f32 = 0.05;
/// The card's offset.
const OFFSET: f64 = 0.01;
/// Times a second that `peak` is heard.
const CLICKS_HZ: u32 = 10;

/// A card that is not there.
pub(super) struct TwinCard {
    twin: Arc<Twin>,
    clock: Clock,
    rate_hz: u32,
    hop: usize,
    /// Number of the next frame.
    frame: u64,
    /// When the next hop is recorded.
    due: Time,
    bytes: Vec<u8>,
    noise: Chance,
}

impl TwinCard {
    pub(super) const SHAPE: Shape = Shape { format: Format::S16, channels: 1 };

    /// Opens it, if its script has it plugged in.
    pub(super) fn open(
        twin: &Arc<Twin>,
        clock: Clock,
        rate_hz: u32,
        hop: usize,
    ) -> Result<TwinCard, PartError> {
        let now = clock.now();
        if !twin.is_there(now) {
            return Err(PartError::Absent { place: PLACE.to_owned() });
        }
        let (twin, bytes) = (Arc::clone(twin), Vec::with_capacity(hop * Self::SHAPE.frame()));
        let (due, noise) = (now + period(hop, rate_hz), Chance::new(0x50_0d));
        Ok(TwinCard { twin, clock, rate_hz, hop, frame: 0, due, bytes, noise })
    }

    /// Waits at most 100 ms for the next hop.
    pub(super) fn turn(&mut self) -> Result<Turn<'_>, PartError> {
        let left = self.due.since(self.clock.now());
        std::thread::sleep(left.min(TURN));
        let now = self.clock.now();
        let (fault, rms, peak) = self.twin.stage(now, |stage| {
            stage.advance(now);
            let value = |code, rest| stage.value(Control::Reading(code)).unwrap_or(rest);
            (stage.fault(), value(Readings::RMS, REST), value(Readings::PEAK, 0.0))
        });
        match fault {
            Some(Fault::Unplug) => {
                let source = io::Error::from(Errno::NODEV);
                return Err(PartError::Left { place: PLACE.to_owned(), source });
            }
            Some(Fault::Stuck) => {
                self.due = now + TURN;
                return Ok(Turn::None);
            }
            _ if now < self.due => return Ok(Turn::None),
            _ if now.since(self.due) > BUFFER => {
                self.due = now;
                return Ok(Turn::Lost);
            }
            _ => {}
        }
        let ago = now.since(self.due);
        self.due = self.due + period(self.hop, self.rate_hz);
        self.record(fault, rms, peak);
        Ok(Turn::Hop { bytes: &self.bytes, ago })
    }

    /// Writes one hop.
    fn record(&mut self, fault: Option<Fault>, rms: f32, peak: f32) {
        let amplitude = (f64::from(rms) * SQRT_2).clamp(0.0, 1.0);
        let click = u64::from(self.rate_hz / CLICKS_HZ);
        self.bytes.clear();
        for frame in self.frame..self.frame + self.hop as u64 {
            let tone = || {
                let turns = TONE_HZ * frame as f64 / f64::from(self.rate_hz);
                amplitude * (TAU * turns.fract()).sin()
            };
            let value = match fault {
                Some(Fault::Garbage) => self.noise.ratio() * 2.0 - 1.0,
                Some(Fault::Silence) => OFFSET,
                _ if frame % click == 0 && f64::from(peak) > amplitude => f64::from(peak) + OFFSET,
                _ => tone() + OFFSET,
            };
            let raw = (value * 32_767.0).clamp(-32_768.0, 32_767.0) as i16;
            self.bytes.extend_from_slice(&raw.to_le_bytes());
        }
        self.frame += self.hop as u64;
    }
}

fn period(frames: usize, rate_hz: u32) -> Duration {
    Duration::from_secs_f64(frames as f64 / f64::from(rate_hz))
}

#[cfg(test)]
mod tests {
    use super::super::hearing::{Hearing, hop_frames};
    use super::*;
    use crate::twin::Play;

    const RATE: u32 = 48_000;

    /// The last readings after half a second of a twin.
    fn hear(fault: Option<Fault>, rms: f32, peak: f32) -> (f32, f32) {
        let twin = Arc::new(Twin::playing(Play::hands(7, HANDS.iter().copied()).unwrap()));
        let hop = hop_frames(RATE);
        let mut card = TwinCard::open(&twin, Clock::boottime(), RATE, hop).unwrap();
        let (mut hearing, mut mono, mut last) = (Hearing::new(RATE), Vec::new(), None);
        for _ in 0..24 {
            card.record(fault, rms, peak);
            mono.clear();
            assert_eq!(TwinCard::SHAPE.mix(&card.bytes, &mut mono), 0);
            last = hearing.hear(&mono).loudness.or(last);
        }
        let last = last.unwrap();
        (last.rms, last.peak)
    }

    #[test]
    fn a_twins_frames_are_as_loud_as_hands_play_them() {
        for rms in [0.0, 0.1, 0.5, 0.7] {
            let (heard, peak) = hear(None, rms, 0.0);
            assert!((heard - rms).abs() < 0.005, "{rms}: {heard}");
            assert!((peak - rms * 1.414).abs() < 0.005, "{rms}: {peak}");
        }
        let (rms, peak) = hear(None, 0.1, 0.8);
        assert!((rms - 0.1).abs() < 0.02 && (peak - 0.8).abs() < 0.1, "{rms} {peak}");
    }

    #[test]
    fn a_silent_twin_is_silent_whatever_hands_do_and_garbage_is_loud() {
        assert_eq!(hear(Some(Fault::Silence), 0.5, 0.9), (0.0, 0.0));
        assert!(hear(Some(Fault::Garbage), 0.0, 0.0).0 > 0.5);
    }
}
