//! From sound to what is said of it: samples, two readings ten times a second, and the beat. Pure;
//! takes no memory once made.
//!
//! Sound comes in hops, a quarter of the bands' window each: 21 to 32 ms at every usual rate.
//! Every hop is one sample. `rms` and `peak` are those of the hop after a high-pass of 10 Hz, for
//! cheap cards have a constant offset; 1 is full scale (a square wave's `rms` is 1, a sine's
//! 0.71). The readings `rms` and `peak` are those of about 100 ms.

use std::f32::consts::TAU;
use std::time::Duration;

use heart_event::{BandSample, Samples};

use super::bands::{Spectrum, shown};
use super::beat::{self, Beats};

/// Corner of the high-pass that takes out a card's offset.
const OFFSET_HZ: f32 = 10.0;
/// What is softer than this is nothing: -240 dB, and a decaying filter would go on for ever.
const NOTHING: f32 = 1e-12;
/// How often the readings are said.
const READINGS_HZ: f32 = 10.0;

/// What one microphone heard lately.
pub(super) struct Hearing {
    spectrum: Spectrum,
    /// The window's frames, oldest first, without offset.
    sound: Vec<f32>,
    hop: usize,
    offset: HighPass,
    level: Level,
    beats: Beats,
    batch: Samples,
}

/// What one hop brought.
pub(super) struct Heard<'a> {
    /// Its sample.
    pub(super) samples: &'a Samples,
    /// The readings, when they are due.
    pub(super) loudness: Option<Loudness>,
    pub(super) beat: beat::Heard,
}

/// Loudness of about 100 ms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loudness {
    pub(super) rms: f32,
    pub(super) peak: f32,
}

impl Hearing {
    pub(super) fn new(rate_hz: u32) -> Self {
        let spectrum = Spectrum::new(rate_hz);
        let (frames, hop) = (spectrum.frames(), hop_frames(rate_hz));
        let period = Duration::from_secs_f64(hop as f64 / f64::from(rate_hz));
        let hops = (1.0 / (READINGS_HZ * period.as_secs_f32())).round().max(1.0);
        Hearing {
            spectrum,
            sound: vec![0.0; frames],
            hop,
            offset: HighPass::new(rate_hz),
            level: Level { hops: hops as u32, heard: 0, squares: 0.0, peak: 0.0 },
            beats: Beats::new(period.as_secs_f32()),
            batch: Samples { period, motion: Vec::new(), bands: Vec::with_capacity(1) },
        }
    }

    /// Time from hop to hop.
    pub(super) fn period(&self) -> Duration {
        self.batch.period
    }

    /// Hears one hop, [`hop_frames`] frames within ±1.
    pub(super) fn hear(&mut self, mono: &[f32]) -> Heard<'_> {
        let mono = &mono[..mono.len().min(self.hop)];
        self.sound.copy_within(mono.len().., 0);
        let start = self.sound.len() - mono.len();
        let (mut squares, mut peak) = (0.0, 0.0f32);
        for (kept, frame) in self.sound[start..].iter_mut().zip(mono) {
            *kept = self.offset.next(*frame);
            squares += *kept * *kept;
            peak = peak.max(kept.abs());
        }
        let mean = squares / mono.len().max(1) as f32;
        let bands = self.spectrum.energies(&self.sound).map(shown);
        self.batch.bands.clear();
        self.batch.bands.push(BandSample { rms: mean.sqrt().min(1.0), peak: peak.min(1.0), bands });
        let (beat, loudness) = (self.beats.hear(&bands), self.level.hop(mean, peak));
        Heard { samples: &self.batch, loudness, beat }
    }
}

/// Frames of one hop at `rate_hz`: a quarter of the bands' window.
pub(super) fn hop_frames(rate_hz: u32) -> usize {
    super::bands::window_frames(rate_hz) / 4
}

/// A high-pass of first order.
struct HighPass {
    keep: f32,
    last: Option<f32>,
    out: f32,
}

impl HighPass {
    fn new(rate_hz: u32) -> Self {
        HighPass { keep: (-TAU * OFFSET_HZ / rate_hz as f32).exp(), last: None, out: 0.0 }
    }

    fn next(&mut self, frame: f32) -> f32 {
        // The first frame is where the offset stands: opening a card is no bang.
        let last = self.last.replace(frame).unwrap_or(frame);
        self.out = self.keep * self.out + (frame - last);
        if self.out.abs() < NOTHING {
            self.out = 0.0;
        }
        self.out
    }
}

/// Gathers hops for the readings.
struct Level {
    /// How many hops a reading is made of.
    hops: u32,
    heard: u32,
    squares: f32,
    peak: f32,
}

impl Level {
    fn hop(&mut self, mean: f32, peak: f32) -> Option<Loudness> {
        self.heard += 1;
        self.squares += mean;
        self.peak = self.peak.max(peak);
        if self.heard < self.hops {
            return None;
        }
        let rms = (self.squares / self.heard as f32).sqrt();
        let loudness = Loudness { rms: rms.min(1.0), peak: self.peak.min(1.0) };
        *self = Level { hops: self.hops, heard: 0, squares: 0.0, peak: 0.0 };
        Some(loudness)
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Plays `seconds` of a sound (a function of time in seconds); the last sample and readings.
    fn hear(rate: u32, seconds: f64, sound: impl Fn(f64) -> f64) -> (BandSample, Loudness) {
        let (mut hearing, hop) = (Hearing::new(rate), hop_frames(rate));
        let (mut sample, mut loudness) = (None, None);
        let frames: Vec<f32> = (0..(seconds * f64::from(rate)) as usize)
            .map(|i| sound(i as f64 / f64::from(rate)) as f32)
            .collect();
        for mono in frames.chunks_exact(hop) {
            let Heard { samples, loudness: level, .. } = hearing.hear(mono);
            assert_eq!(samples.bands.len(), 1);
            let values = samples.bands[0].bands.iter();
            let all: Vec<f32> =
                values.chain([&samples.bands[0].rms, &samples.bands[0].peak]).copied().collect();
            assert!(all.iter().all(|value| (0.0..=1.0).contains(value)), "{all:?}");
            sample = Some(samples.bands[0]);
            loudness = level.or(loudness);
        }
        (sample.unwrap(), loudness.unwrap())
    }

    #[test]
    fn a_square_wave_of_full_scale_peaks_at_one() {
        let square = |t: f64| if (t * 500.0).fract() < 0.5 { 1.0 } else { -1.0 };
        let (sample, level) = hear(48_000, 0.3, square);
        assert_eq!((sample.peak, level.peak), (1.0, 1.0));
        assert!(sample.rms > 0.99 && level.rms > 0.99, "{} {}", sample.rms, level.rms);
    }

    #[test]
    fn a_sine_of_minus_20_db_has_the_same_rms_at_every_rate_and_with_any_offset() {
        for rate in [8_000, 22_050, 44_100, 48_000, 96_000] {
            for offset in [0.0, -0.5] {
                let sine = |t: f64| 0.1 * (TAU * 1000.0 * t).sin() + offset;
                let (sample, level) = hear(rate, 0.3, sine);
                assert!((sample.rms - 0.0707).abs() < 0.0005, "{rate} {offset}: {}", sample.rms);
                assert!((level.rms - 0.0707).abs() < 0.0005, "{rate} {offset}: {}", level.rms);
                assert!((level.peak - 0.1).abs() < 0.001, "{rate} {offset}: {}", level.peak);
            }
        }
    }

    #[test]
    fn silence_is_nothing_whatever_the_offset_of_the_card() {
        for offset in [0.0, 0.25, -1.0] {
            let (sample, level) = hear(48_000, 0.3, |_| offset);
            assert_eq!(sample, BandSample::default(), "offset {offset}");
            assert_eq!(level, Loudness { rms: 0.0, peak: 0.0 }, "offset {offset}");
        }
    }

    #[test]
    fn a_sound_that_ends_is_forgotten_within_a_second() {
        let burst = |t: f64| if t < 0.5 { (TAU * 60.0 * t).sin() } else { 0.2 };
        let (sample, _) = hear(48_000, 1.5, burst);
        assert_eq!((sample.rms, sample.peak), (0.0, 0.0));
        assert_eq!(sample.bands, [0.0; heart_event::BANDS]);
    }

    #[test]
    fn a_full_scale_tone_is_shown_as_one_in_its_band() {
        // The middle of band 6, 435 to 624 Hz.
        let (sample, _) = hear(48_000, 0.5, |t| (TAU * 520.0 * t).sin());
        assert!(sample.bands[6] > 0.99, "{:?}", sample.bands);
        assert!(sample.bands[4] == 0.0 && sample.bands[8] == 0.0, "{:?}", sample.bands);
    }

    #[test]
    fn hops_are_20_to_50_ms_and_readings_come_about_ten_times_a_second() {
        for rate in [8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            let mut hearing = Hearing::new(rate);
            let period = hearing.period().as_secs_f32();
            assert!((0.020..0.050).contains(&period), "{rate}: {period}");
            let (hop, mut said) = (vec![0.0; hop_frames(rate)], 0);
            let hops = (3.0 / period) as usize;
            (0..hops).for_each(|_| said += usize::from(hearing.hear(&hop).loudness.is_some()));
            assert!((27..=33).contains(&said), "{rate}: {said} in 3 s");
        }
    }
}
