//! Continuous streams without a sensor: a slow tilt for motion, a wandering chord for bands. Pure.

use std::f32::consts::TAU;
use std::time::Duration;

use heart_event::{BANDS, BandSample, MotionSample, Samples, limits};

/// Batches per second, as far as rates allow.
const BATCHES_HZ: u16 = 20;
/// How far a stream is caught up with after a stall; what is older is a gap.
const BEHIND_MAX: Duration = Duration::from_secs(1);
/// Standard gravity, m/s².
const GRAVITY: f32 = 9.806_65;

/// The streams of one device.
#[derive(Debug)]
pub(crate) struct Streams {
    streams: Vec<Stream>,
    batch: Samples,
}

#[derive(Debug)]
struct Stream {
    kind: StreamKind,
    hz: u16,
    /// Number of the next sample.
    next: u64,
}

#[derive(Clone, Copy, Debug)]
enum StreamKind {
    Motion,
    Bands,
}

impl Streams {
    pub(crate) fn new(motion_hz: Option<u16>, bands_hz: Option<u16>) -> Self {
        let stream = |kind, hz: Option<u16>| Some(Stream { kind, hz: hz?.max(1), next: 0 });
        let both = [stream(StreamKind::Motion, motion_hz), stream(StreamKind::Bands, bands_hz)];
        Streams { streams: both.into_iter().flatten().collect(), batch: Samples::default() }
    }

    /// When the next batch is whole; `None` without streams.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        self.streams.iter().map(Stream::due).min()
    }

    /// Leaves out what would have been sampled by `until`.
    pub(crate) fn skip_until(&mut self, until: Duration) {
        for stream in &mut self.streams {
            stream.next = stream.next.max((until.as_secs_f64() * f64::from(stream.hz)) as u64 + 1);
        }
    }

    /// Hands out every batch that is whole by `until`, with the time of its last sample.
    pub(crate) fn batches_until(
        &mut self,
        until: Duration,
        mut each: impl FnMut(&Samples, Duration),
    ) {
        for stream in &mut self.streams {
            let oldest = until.saturating_sub(BEHIND_MAX);
            stream.next = stream.next.max((oldest.as_secs_f64() * f64::from(stream.hz)) as u64);
            while stream.due() <= until {
                let at = stream.due();
                stream.fill(&mut self.batch);
                each(&self.batch, at);
            }
        }
    }
}

impl Stream {
    fn length(&self) -> u64 {
        u64::from(self.hz / BATCHES_HZ).clamp(1, limits::SAMPLES as u64)
    }

    /// The time of the last sample of the next batch.
    fn due(&self) -> Duration {
        self.at(self.next + self.length() - 1)
    }

    fn at(&self, sample: u64) -> Duration {
        Duration::from_secs_f64(sample as f64 / f64::from(self.hz))
    }

    fn fill(&mut self, batch: &mut Samples) {
        batch.period = Duration::from_secs_f64(1.0 / f64::from(self.hz));
        batch.motion.clear();
        batch.bands.clear();
        for sample in self.next..self.next + self.length() {
            // A day's worth of seconds keeps f32 exact enough for a smooth curve.
            let t = (self.at(sample).as_secs_f64() % 86_400.0) as f32;
            match self.kind {
                StreamKind::Motion => batch.motion.push(motion(t)),
                StreamKind::Bands => batch.bands.push(bands(t)),
            }
        }
        self.next += self.length();
    }
}

/// Held in a hand that tilts to and fro in 5 s: gravity turns, the gyroscope sees the turning.
fn motion(t: f32) -> MotionSample {
    let phase = TAU * t / 5.0;
    let tilt = 0.4 * phase.sin();
    MotionSample {
        acceleration: [GRAVITY * tilt.sin(), 0.2 * (7.0 * phase).sin(), GRAVITY * tilt.cos()],
        rotation: [0.0, 0.4 * phase.cos() * TAU / 5.0, 0.0],
    }
}

/// A chord that wanders over the bands in 4 s, louder and softer twice a second.
fn bands(t: f32) -> BandSample {
    let loud = 0.5 + 0.4 * (TAU * 2.0 * t).sin();
    let centre = (BANDS - 1) as f32 * (0.5 + 0.5 * (TAU * t / 4.0).sin());
    let energy = |band: usize| loud * (-0.2 * (band as f32 - centre).powi(2)).exp();
    BandSample { rms: loud * 0.5, peak: loud, bands: std::array::from_fn(energy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(streams: &mut Streams, until_ms: u64) -> (usize, usize) {
        let (mut motion, mut bands) = (0, 0);
        let mut last = Duration::ZERO;
        streams.batches_until(Duration::from_millis(until_ms), |samples, at| {
            assert!(
                samples.motion.len() <= limits::SAMPLES && samples.bands.len() <= limits::SAMPLES
            );
            assert!(samples.motion.is_empty() || at >= last);
            last = at;
            motion += samples.motion.len();
            bands += samples.bands.len();
        });
        (motion, bands)
    }

    #[test]
    fn a_second_holds_as_many_samples_as_the_rate_says() {
        let mut streams = Streams::new(Some(416), Some(10));
        let (motion, bands) = count(&mut streams, 999);
        assert!((396..=416).contains(&motion), "{motion}");
        assert_eq!(bands, 10);
    }

    #[test]
    fn after_a_stall_a_stream_has_a_gap_not_a_flood() {
        let mut streams = Streams::new(Some(1000), None);
        let (motion, _) = count(&mut streams, 3_600_000);
        assert!(motion <= 1001, "{motion}");
        assert_eq!(count(&mut Streams::new(None, None), 1000), (0, 0));
    }

    #[test]
    fn what_is_played_is_physical() {
        for n in 0..1000 {
            let t = n as f32 * 0.01;
            let sample = motion(t);
            let [x, y, z] = sample.acceleration;
            assert!(((x * x + y * y + z * z).sqrt() - GRAVITY).abs() < 0.1);
            let sample = bands(t);
            let all = sample.bands.iter().chain([&sample.rms, &sample.peak]);
            assert!(all.copied().all(|value| (0.0..=1.0).contains(&value)));
        }
    }
}
