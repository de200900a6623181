//! What the wall's power supply gives.

use super::{WallError, within};

/// The most that all LEDs of a wall may draw together.
///
/// Counted are the LEDs' bytes: a channel at 255 draws its full current, at 0 none, and in
/// between in proportion, which is how PWM works. What the LEDs' chips and the controllers draw
/// when all is dark (about 1 mA an LED) is not in it: take that off the supply's watts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PowerLimit {
    bytes_max: u64,
}

impl PowerLimit {
    /// From the supply's watts and volts, and the current of one channel (red, green or blue) of
    /// one LED at full light: 20 mA for a WS2812B or APA102, 1 to 3 mA for the pixel of a
    /// panel (measure one that is all white: divide its current by three times its pixels).
    ///
    /// # Errors
    /// [`WallError::OutOfRange`]: 0.1 to 100,000 W, 1 to 60 V, 0.01 to 1,000 mA.
    pub fn new(watts: f32, volts: f32, milliamps_per_channel: f32) -> Result<Self, WallError> {
        within(&"power_limit_w", watts, (0.1, 1e5))?;
        within(&"volts", volts, (1.0, 60.0))?;
        within(&"milliamps_per_channel", milliamps_per_channel, (0.01, 1e3))?;
        let milliamps = f64::from(watts) / f64::from(volts) * 1e3;
        let channels = milliamps / f64::from(milliamps_per_channel);
        // Rounded down, so that the limit is kept.
        Ok(PowerLimit { bytes_max: (channels * 255.0) as u64 })
    }

    /// The greatest sum of all LEDs' bytes.
    #[must_use]
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }
}
