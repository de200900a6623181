//! What LEDs do when no frame follows: say the last one again, and in the end go dark.
//!
//! A wall that froze in the middle of a strobe, or at full white, is neither art nor safe.
//! Decides only; it is told the time.

use std::time::{Duration, Instant};

/// How often the last frame is said again. E1.31 (ANSI E1.31-2018 §6.6.2) and Art-Net 4 want 800 to
/// 1000 ms; WLED leaves its realtime mode after 2.5 s without a packet.
pub(crate) const AGAIN_EVERY: Duration = Duration::from_millis(900);
/// How long it takes to go dark.
pub(crate) const FADE: Duration = Duration::from_secs(2);
/// How often the light is lowered meanwhile: 30 times a second.
const FADE_STEP: Duration = Duration::from_millis(33);

/// Keeps, then fades.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold {
    hold: Duration,
    shown_at: Option<Instant>,
    sent_at: Option<Instant>,
}

impl Hold {
    /// Keeps the last frame for `hold_s` seconds.
    pub(crate) fn new(hold_s: u32) -> Self {
        Hold { hold: Duration::from_secs(hold_s.into()), shown_at: None, sent_at: None }
    }

    /// A new frame was shown.
    pub(crate) fn shown(&mut self, now: Instant) {
        (self.shown_at, self.sent_at) = (Some(now), Some(now));
    }

    /// The last frame was said again, at its level.
    pub(crate) fn said_again(&mut self, now: Instant) {
        self.sent_at = Some(now);
    }

    /// How bright the last frame is now: 255 as it was, 0 dark.
    pub(crate) fn level(&self, now: Instant) -> u8 {
        let Some(shown) = self.shown_at else { return u8::MAX };
        let fading = now.saturating_duration_since(shown).saturating_sub(self.hold);
        let left = FADE.saturating_sub(fading).as_millis() * 255 / FADE.as_millis();
        u8::try_from(left).unwrap_or(u8::MAX)
    }

    /// When the last frame must be said again, if there was one.
    pub(crate) fn due(&self) -> Option<Instant> {
        let (shown, sent) = (self.shown_at?, self.sent_at?);
        let again = sent + AGAIN_EVERY;
        let fades = shown + self.hold;
        Some(match self.level(sent) {
            0 => again,
            _ if sent >= fades => sent + FADE_STEP,
            _ => again.min(fades),
        })
    }
}

/// Scales to `level` of 255, rounding down.
pub(crate) fn dim(byte: u8, level: u8) -> u8 {
    // A product of two bytes by 255 is a byte.
    (u16::from(byte) * u16::from(level) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn the_last_frame_is_said_again_then_fades_in_two_seconds_and_stays_dark() {
        let start = Instant::now();
        let mut hold = Hold::new(3);
        assert_eq!((hold.due(), hold.level(start)), (None, 255), "nothing to say before a frame");
        hold.shown(start);
        let (mut levels, mut now) = (Vec::new(), start);
        while now < start + ms(8000) {
            now = hold.due().unwrap();
            levels.push((now.duration_since(start).as_millis(), hold.level(now)));
            hold.said_again(now);
        }
        assert_eq!(levels[..4], [(900, 255), (1800, 255), (2700, 255), (3000, 255)]);
        assert_eq!(levels[4..6], [(3033, 250), (3066, 246)]);
        let dark = levels.iter().position(|(_, level)| *level == 0).unwrap();
        assert!((4960..=5040).contains(&levels[dark].0), "{:?}", levels[dark]);
        assert!(levels.windows(2).all(|pair| pair[1].1 <= pair[0].1), "it never brightens");
        let gaps = levels[dark..].windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(gaps.into_iter().all(|gap| gap == 900), "dark is said again, too");
    }

    #[test]
    fn a_frame_in_the_middle_of_the_fade_brings_the_light_back() {
        let start = Instant::now();
        let mut hold = Hold::new(1);
        hold.shown(start);
        assert_eq!(hold.level(start + ms(2000)), 127);
        hold.shown(start + ms(2000));
        assert_eq!(hold.level(start + ms(2000)), 255);
        assert_eq!(hold.due(), Some(start + ms(2900)));
    }

    #[test]
    fn a_dimmed_byte_is_never_brighter_and_ends_dark() {
        for byte in 0..=u8::MAX {
            assert_eq!((dim(byte, 255), dim(byte, 0)), (byte, 0));
            assert!((0..255).all(|level| dim(byte, level) <= dim(byte, level + 1)));
        }
    }
}
