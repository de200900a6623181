//! Samples: a batch of a continuous stream (design §4 rule 3). Never retained, never an event.

use std::time::Duration;

/// Frequency bands of a [`BandSample`].
pub const BANDS: usize = 16;

/// One instant of an inertial sensor.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MotionSample {
    /// m/s², x y z.
    pub acceleration: [f32; 3],
    /// rad/s, x y z.
    pub rotation: [f32; 3],
}

/// One instant of a microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BandSample {
    /// Root mean square, 0 to 1.
    pub rms: f32,
    /// Largest magnitude, 0 to 1.
    pub peak: f32,
    /// Energy per band, 0 to 1, low to high.
    pub bands: [f32; BANDS],
}

/// A batch, at most [`crate::limits::SAMPLES`] of either kind. The stamp's `t_captured` is the
/// time of the *last* sample; earlier ones lie `period` apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Time between two samples.
    pub period: Duration,
    /// Inertial samples, oldest first.
    pub motion: Vec<MotionSample>,
    /// Microphone samples, oldest first.
    pub bands: Vec<BandSample>,
}
