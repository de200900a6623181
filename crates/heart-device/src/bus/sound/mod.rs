//! Sound cards: what their bytes mean, and how fast they may come.
//!
//! Pure, but for [`card`], the door of the `alsa` crate (feature `microphone`). A microphone's
//! thread reads bytes there, mixes them down here with [`Shape::mix`] and is held to its rate by
//! [`Pace`].

#[cfg(feature = "microphone")]
pub(crate) mod card;
mod pace;

use std::time::Duration;

pub(crate) use pace::Pace;

/// What one turn of a card, or of its twin, brought.
pub(crate) enum Turn<'a> {
    /// One whole hop, whose last frame was recorded so long ago.
    Hop { bytes: &'a [u8], ago: Duration },
    /// Some frames of a hop.
    #[cfg_attr(not(feature = "microphone"), expect(dead_code, reason = "a twin has whole hops"))]
    Some,
    /// No frames.
    None,
    /// Frames were lost, since nobody read them in time or the host slept. It records again.
    Lost,
}

/// How one channel of one frame is written. All are little-endian, as ALSA names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "microphone", test)),
    expect(dead_code, reason = "the twin of a card knows one format")
)]
pub(crate) enum Format {
    /// `S16_LE`: 16 bits.
    S16,
    /// `S24_3LE`: 24 bits in three bytes, as most USB cards have it.
    S24In3,
    /// `S24_LE`: 24 bits in the low end of four bytes; the top byte is anything.
    S24In4,
    /// `S32_LE`: 32 bits, as microphones on I2S have it.
    S32,
    /// `FLOAT_LE`: full scale is ±1.
    Float,
}

impl Format {
    /// Bytes of one channel of one frame.
    const fn width(self) -> usize {
        match self {
            Format::S16 => 2,
            Format::S24In3 => 3,
            Format::S24In4 | Format::S32 | Format::Float => 4,
        }
    }

    /// One channel of one frame; full scale is ±1. `bytes` are [`Format::width`] many.
    fn value(self, bytes: &[u8]) -> f32 {
        // Integers are moved to the top of 32 bits, so that one scale fits all.
        let top = match *bytes {
            [a, b] => i32::from_le_bytes([0, 0, a, b]),
            [a, b, c] => i32::from_le_bytes([0, a, b, c]),
            [a, b, c, d] => match self {
                Format::Float => return f32::from_le_bytes([a, b, c, d]),
                Format::S24In4 => i32::from_le_bytes([0, a, b, c]),
                _ => i32::from_le_bytes([a, b, c, d]),
            },
            _ => 0,
        };
        top as f32 / 2_147_483_648.0
    }
}

/// What the bytes of a card are: interleaved frames of so many channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) format: Format,
    /// At least 1.
    pub(crate) channels: usize,
}

impl Shape {
    /// Bytes of one frame.
    pub(crate) const fn frame(self) -> usize {
        self.format.width() * self.channels
    }

    /// Mixes whole frames down to one channel, the mean of all, within ±1, at the end of `mono`.
    /// Says how many values were not finite: they count as 0 (only [`Format::Float`] has any).
    pub(crate) fn mix(self, bytes: &[u8], mono: &mut Vec<f32>) -> usize {
        let (mut broken, scale) = (0, 1.0 / self.channels as f32);
        for frame in bytes.chunks_exact(self.frame()) {
            let mut sum = 0.0;
            for channel in frame.chunks_exact(self.format.width()) {
                let value = self.format.value(channel);
                if value.is_finite() {
                    sum += value.clamp(-1.0, 1.0);
                } else {
                    broken += 1;
                }
            }
            mono.push(sum * scale);
        }
        broken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mix(format: Format, channels: usize, bytes: &[u8]) -> (Vec<f32>, usize) {
        let mut mono = Vec::new();
        let broken = Shape { format, channels }.mix(bytes, &mut mono);
        (mono, broken)
    }

    #[test]
    fn every_format_has_the_same_full_scale() {
        let table: [(Format, [&[u8]; 3]); 4] = [
            (Format::S16, [&[0x00, 0x80], &[0x00, 0x40], &[0xff, 0x7f]]),
            (Format::S24In3, [&[0, 0, 0x80], &[0, 0, 0x40], &[0xff, 0xff, 0x7f]]),
            // The top byte is noise on some cards.
            (Format::S24In4, [&[0, 0, 0x80, 0x5a], &[0, 0, 0x40, 0xa5], &[0xff, 0xff, 0x7f, 0xff]]),
            (Format::S32, [&[0, 0, 0, 0x80], &[0, 0, 0, 0x40], &[0xff, 0xff, 0xff, 0x7f]]),
        ];
        for (format, [lowest, half, highest]) in table {
            assert_eq!(mix(format, 1, lowest), (vec![-1.0], 0), "{format:?}");
            assert_eq!(mix(format, 1, half), (vec![0.5], 0), "{format:?}");
            assert!((mix(format, 1, highest).0[0] - 1.0).abs() < 1e-4, "{format:?}");
        }
        assert_eq!(mix(Format::Float, 1, &0.25f32.to_le_bytes()), (vec![0.25], 0));
    }

    #[test]
    fn channels_are_averaged_and_a_torn_frame_is_left_out() {
        let bytes = [0x00, 0x40, 0x00, 0xc0, 0x00, 0x40, 0x00, 0x40, 0x00];
        assert_eq!(mix(Format::S16, 2, &bytes), (vec![0.0, 0.5], 0));
        assert_eq!(mix(Format::S16, 4, &bytes), (vec![0.25], 0));
    }

    #[test]
    fn floats_that_are_none_are_silent_and_counted_and_loud_ones_are_cut() {
        let bytes: Vec<u8> =
            [f32::NAN, f32::INFINITY, 7.0, -7.0].into_iter().flat_map(f32::to_le_bytes).collect();
        assert_eq!(mix(Format::Float, 1, &bytes), (vec![0.0, 0.0, 1.0, -1.0], 2));
    }
}
