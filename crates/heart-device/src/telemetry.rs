//! What the device side counts, as facts. Names are in docs/peripherals.md.
//!
//! Handles are taken once per device, so install the metrics recorder before
//! [`Devices::start`](crate::Devices::start). Garbage is rare: it is looked up each time, logged
//! nowhere (a babbling device must not fill the log) and bounded by an enum of reasons.

use heart_event::{DeviceState, Name};
use metrics::{Counter, Gauge, counter, gauge};

use crate::record::Refused;

/// Why something a device said was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Garbage {
    /// Bytes before the `{` of a line, or a line without one: a boot banner, a prompt.
    Banner,
    /// A line that is no UTF-8.
    BadUtf8,
    /// A line over 1 KiB; everything up to its end is skipped.
    TooLong,
    /// A line that is no JSON object: torn, or noise.
    BadJson,
    /// An event type that this part does not know.
    UnknownEvent,
    /// A producer that this part does not have.
    UnknownProducer,
    /// A value of another type than the event's, or bytes that the chip never says.
    BadData,
    /// Fewer bytes than they themselves say there are.
    Truncated,
    /// What was not read in time was dropped: input events by the kernel, whose state is then
    /// read anew, sound, notifications of a Bluetooth device, or the queue of a chip.
    Dropped,
    /// A number that is NaN or infinite.
    NotFinite,
    /// A number beyond its range.
    OutOfRange,
    /// More controls or samples than a report or batch may have.
    TooMany,
    /// A press that came so late, or on so unsteady a way, that nobody may mean it any more.
    Late,
    /// More than a person can say; the connection was closed.
    Flood,
    /// A request without the right token, cookie or origin.
    Stranger,
}

impl Garbage {
    /// Every reason, in the order of the documentation.
    pub const ALL: [Garbage; 15] = [
        Garbage::Banner,
        Garbage::BadUtf8,
        Garbage::TooLong,
        Garbage::BadJson,
        Garbage::UnknownEvent,
        Garbage::UnknownProducer,
        Garbage::BadData,
        Garbage::Truncated,
        Garbage::Dropped,
        Garbage::NotFinite,
        Garbage::OutOfRange,
        Garbage::TooMany,
        Garbage::Late,
        Garbage::Flood,
        Garbage::Stranger,
    ];

    /// The label in metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Garbage::Banner => "banner",
            Garbage::BadUtf8 => "bad_utf8",
            Garbage::TooLong => "too_long",
            Garbage::BadJson => "bad_json",
            Garbage::UnknownEvent => "unknown_event",
            Garbage::UnknownProducer => "unknown_producer",
            Garbage::BadData => "bad_data",
            Garbage::Truncated => "truncated",
            Garbage::Dropped => "dropped",
            Garbage::NotFinite => "not_finite",
            Garbage::OutOfRange => "out_of_range",
            Garbage::TooMany => "too_many",
            Garbage::Late => "late",
            Garbage::Flood => "flood",
            Garbage::Stranger => "stranger",
        }
    }
}

const STATES: [DeviceState; 4] =
    [DeviceState::Probing, DeviceState::Running, DeviceState::Faulted, DeviceState::Gone];

/// The meters of one device.
#[derive(Debug)]
pub(crate) struct Meters {
    device: Name,
    events_read: Counter,
    samples_read: Counter,
    lives: Counter,
    states: [Gauge; 4],
}

impl Meters {
    pub(crate) fn new(device: Name) -> Self {
        let label = device.to_string();
        Meters {
            device,
            events_read: counter!("heart_events_read_total", "device" => label.clone()),
            samples_read: counter!("heart_samples_read_total", "device" => label.clone()),
            lives: counter!("heart_device_starts_total", "device" => label.clone()),
            states: STATES.map(|state| {
                gauge!("heart_device_state", "device" => label.clone(), "state" => state.word())
            }),
        }
    }

    pub(crate) fn events_read(&self, count: u32) {
        self.events_read.increment(u64::from(count));
    }

    pub(crate) fn samples_read(&self, count: usize) {
        self.samples_read.increment(count as u64);
    }

    /// The device moved to `state`.
    pub(crate) fn moved(&self, state: DeviceState, detail: &str) {
        for (gauge, each) in self.states.iter().zip(STATES) {
            gauge.set(if each == state { 1.0 } else { 0.0 });
        }
        if state == DeviceState::Running {
            self.lives.increment(1);
        }
        tracing::info!(device = %self.device, state = state.word(), detail, "device state");
    }

    pub(crate) fn garbage(&self, reason: Garbage, count: u32) {
        if count > 0 {
            let device = self.device.to_string();
            counter!("heart_device_garbage_total", "device" => device, "reason" => reason.word())
                .increment(u64::from(count));
        }
    }

    pub(crate) fn refused(&self, refused: Refused) {
        self.garbage(Garbage::NotFinite, refused.not_finite);
        self.garbage(Garbage::OutOfRange, refused.out_of_range);
        self.garbage(Garbage::TooMany, refused.too_many);
    }
}
