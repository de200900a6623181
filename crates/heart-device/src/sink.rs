//! The seam between devices and the link: what a device says, and to whom.
//!
//! Implemented by `heart-input` over the link's slots (design §4 rule 16), and by anything that
//! wants to hear devices in its own process. Devices are named by their index in the list given
//! to [`Devices::start`](crate::Devices::start).

use heart_event::{DeviceState, Report, Samples, Time};

/// Hears what devices say.
///
/// Each method is called while the device's record is locked, so that two calls about one device
/// never arrive in the wrong order. Therefore an implementation **never blocks** (it copies into
/// a slot or a bounded ring and returns) and never calls back into [`Devices`](crate::Devices).
pub trait Sink: Send + Sync + 'static {
    /// The device's whole state changed. `discrete` tells a press, a turn or a text from mere
    /// movement of an axis or a reading; `t_captured` is the time of the newest change in it.
    fn report(&self, device: usize, report: &Report, discrete: bool, t_captured: Time);

    /// A batch of a continuous stream; `t_captured` is the time of its last sample.
    fn samples(&self, device: usize, samples: &Samples, t_captured: Time);

    /// The device's supervisor moved. `detail` says why in at most 256 bytes; it is empty while
    /// all is well. Called before the first report of a `running` device and after the last.
    fn state(&self, device: usize, state: DeviceState, detail: &str);
}
