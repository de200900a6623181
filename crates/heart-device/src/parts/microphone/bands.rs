//! Sixteen bands of a sound's spectrum. Pure; takes no memory once made.
//!
//! Band edges lie evenly on a logarithmic scale from 50 Hz to 16 kHz ([`edge_hz`]), 0.52 octaves
//! each, whatever the sample rate. A Hann window of about 85 ms ([`window_frames`]: 4096 frames at
//! 48 kHz) gives bins of at most 12 Hz; a bin on an edge is shared by both bands. A sound is seen
//! at its full height when it has filled half of the window, about 43 ms after it began.
//!
//! A tone in the middle of a band leaks into the bands beside it: 9 dB lower from the lowest band,
//! which is two bins wide, 14 dB from the second, 20 dB from the third, over 35 dB from all others;
//! beyond the neighbours it is over 45 dB lower. What a sample rate cannot carry (above half of
//! it) is 0.

use std::f32::consts::TAU;
use std::sync::Arc;

use heart_event::BANDS;
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Lower edge of the lowest band.
const LOWEST_HZ: f32 = 50.0;
/// Upper edge of the highest band.
const HIGHEST_HZ: f32 = 16_000.0;
/// The level that is shown as 0; a tone of full scale, 0 dB, is shown as 1.
const FLOOR_DB: f32 = -60.0;
/// Widest bin: two of them fit into the lowest band.
const BIN_HZ: u32 = 12;

/// Where band `index` begins and band `index - 1` ends, Hz: 50, 72, 103, 147, 211, 303, 435, 623,
/// 894, 1283, 1839, 2638, 3783, 5425, 7780, 11157, 16000.
pub(super) fn edge_hz(index: usize) -> f32 {
    LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(index as f32 / BANDS as f32)
}

/// Frames of the window at `rate_hz`: the next power of two that gives bins of at most 12 Hz.
pub(super) fn window_frames(rate_hz: u32) -> usize {
    (rate_hz / BIN_HZ).next_power_of_two() as usize
}

/// An energy of [`Spectrum::energies`] as the contract's 0 to 1: decibels, -60 dB is 0, a tone of
/// full scale is 1.
pub(super) fn shown(energy: f32) -> f32 {
    // The logarithm of 0 is -infinity, which is shown as 0 like all that is below the floor.
    (1.0 - 10.0 * energy.log10() / FLOOR_DB).clamp(0.0, 1.0)
}

/// What of a bin's energy belongs to a band.
struct Share {
    bin: usize,
    band: usize,
    part: f32,
}

/// The Fourier transform of one window, and its memory.
pub(super) struct Spectrum {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    shares: Vec<Share>,
    /// Makes a tone of full scale an energy of 1.
    scale: f32,
    windowed: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Spectrum {
    pub(super) fn new(rate_hz: u32) -> Self {
        let frames = window_frames(rate_hz);
        let fft = RealFftPlanner::new().plan_fft_forward(frames);
        let hann = |i: usize| 0.5 - 0.5 * (TAU * i as f32 / frames as f32).cos();
        let window: Vec<f32> = (0..frames).map(hann).collect();
        // Parseval: the bins of a tone of amplitude 1 sum up to frames · Σw² / 4.
        let squares: f32 = window.iter().map(|weight| weight * weight).sum();
        Spectrum {
            shares: shares(rate_hz as f32 / frames as f32, frames / 2),
            scale: 4.0 / (frames as f32 * squares),
            windowed: fft.make_input_vec(),
            bins: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            window,
        }
    }

    /// Frames that [`Spectrum::energies`] wants.
    pub(super) fn frames(&self) -> usize {
        self.window.len()
    }

    /// The energy in each band of the last [`Spectrum::frames`] frames, oldest first. A tone of
    /// full scale within a band has 1.
    pub(super) fn energies(&mut self, sound: &[f32]) -> [f32; BANDS] {
        for ((windowed, frame), weight) in self.windowed.iter_mut().zip(sound).zip(&self.window) {
            *windowed = frame * weight;
        }
        let (windowed, bins) = (&mut self.windowed, &mut self.bins);
        let transformed = self.fft.process_with_scratch(windowed, bins, &mut self.scratch);
        // It refuses only buffers of another length than those that it made itself.
        debug_assert!(transformed.is_ok());
        let mut energies = [0.0; BANDS];
        for share in &self.shares {
            energies[share.band] += self.bins[share.bin].norm_sqr() * share.part;
        }
        energies.map(|energy| energy * self.scale)
    }
}

/// Which bins, each `width` Hz wide around its own frequency, belong to which band.
fn shares(width: f32, bins: usize) -> Vec<Share> {
    let mut shares = Vec::new();
    for band in 0..BANDS {
        let (from, to) = (edge_hz(band), edge_hz(band + 1));
        // Bin 0 is no sound, and the last is half the sample rate.
        for bin in 1..bins {
            let (low, high) = ((bin as f32 - 0.5) * width, (bin as f32 + 0.5) * width);
            let part = (high.min(to) - low.max(from)) / width;
            if part > 0.0 {
                shares.push(Share { bin, band, part });
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 7] = [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000];

    fn energies(spectrum: &mut Spectrum, rate_hz: u32, hz: f32) -> [f32; BANDS] {
        let step = std::f64::consts::TAU * f64::from(hz) / f64::from(rate_hz);
        let tone = |i: usize| (step * i as f64).sin() as f32;
        let sound: Vec<f32> = (0..spectrum.frames()).map(tone).collect();
        spectrum.energies(&sound)
    }

    fn centre_hz(band: usize) -> f32 {
        (edge_hz(band) * edge_hz(band + 1)).sqrt()
    }

    fn db(energy: f32) -> f32 {
        10.0 * energy.log10()
    }

    #[test]
    fn a_tone_lights_its_band_and_leaks_no_more_than_is_stated() {
        for rate in [8_000, 44_100, 48_000] {
            let mut spectrum = Spectrum::new(rate);
            for band in (0..BANDS).filter(|&band| edge_hz(band + 1) < rate as f32 / 2.0) {
                let energies = energies(&mut spectrum, rate, centre_hz(band));
                let own = db(energies[band]);
                assert!((-1.0..0.1).contains(&own), "band {band} at {rate} Hz: {own} dB");
                for (other, energy) in energies.into_iter().enumerate().filter(|e| e.0 != band) {
                    let lower = own - db(energy);
                    let stated = match (band.abs_diff(other), band) {
                        (1, 0) => 9.0,
                        (1, 1) => 14.0,
                        (1, 2) => 20.0,
                        (1, _) => 35.0,
                        _ => 45.0,
                    };
                    assert!(lower > stated, "band {band} in {other} at {rate} Hz: {lower} dB");
                }
            }
        }
    }

    #[test]
    fn a_tone_is_the_same_at_every_sample_rate() {
        for rate in RATES {
            let mut spectrum = Spectrum::new(rate);
            for hz in [62.0, 440.0, 3000.0] {
                let band = (0..BANDS).find(|&band| edge_hz(band + 1) > hz).unwrap();
                let level = db(energies(&mut spectrum, rate, hz)[band]);
                assert!(level.abs() < 1.5, "{hz} Hz at {rate} Hz: {level} dB");
            }
        }
    }

    #[test]
    fn what_a_rate_cannot_carry_is_nothing() {
        let energies = energies(&mut Spectrum::new(8_000), 8_000, 3000.0);
        assert_eq!(energies[14..], [0.0, 0.0]);
    }

    #[test]
    fn levels_are_decibels_from_the_floor_to_full_scale() {
        let table = [(0.0, 0.0), (1e-9, 0.0), (1e-6, 0.0), (1e-3, 0.5), (1e-2, 2.0 / 3.0)];
        for (energy, level) in table.into_iter().chain([(1.0, 1.0), (40.0, 1.0)]) {
            assert!((shown(energy) - level).abs() < 1e-6, "{energy}: {}", shown(energy));
        }
    }

    #[test]
    fn windows_and_edges_are_the_documented_ones() {
        let frames = RATES.map(window_frames);
        assert_eq!(frames, [1024, 2048, 2048, 4096, 4096, 8192, 16384]);
        let edges: Vec<u32> = (0..=BANDS).map(|i| edge_hz(i).round() as u32).collect();
        let documented = [50, 72, 103, 147, 211, 303, 435, 624, 894, 1283, 1839, 2638, 3783, 5425];
        assert_eq!(edges[..14], documented);
        assert_eq!(edges[14..], [7780, 11157, 16000]);
    }
}
