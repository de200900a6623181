//! Samples on the wire: a batch of a continuous stream.

use std::time::Duration;

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use heart_event::{BANDS, BandSample, MotionSample, Name, Reading, Samples, Stamp, limits};

use crate::encoder::EncodeError;
use crate::envelope::{Bounds, at_most, newer_fields, open, stamp_of, structs, within};
use crate::generated::wire;
use crate::limits::SAMPLES_BYTES;
use crate::reject::RejectReason;
use crate::report::{Structs, vector};

/// A checked batch inside a payload. Nothing was copied.
#[derive(Clone, Copy, Debug)]
pub struct SamplesView<'a> {
    stamp: Stamp,
    period: Duration,
    motion: &'a [[u8; 24]],
    bands: &'a [[u8; BAND_BYTES]],
    unknown: u32,
}

/// Two values, and one for each band, of four bytes.
const BAND_BYTES: usize = 4 * (2 + BANDS);
const BOUNDS: Bounds = Bounds { bytes: SAMPLES_BYTES, tables: 64 };

/// Checks the payload of a samples topic by the whole of design §4 rule 17.
///
/// # Errors
/// Why it must not be believed; a total function of the bytes, it never panics.
pub fn decode_samples<'a>(
    topic_node: &Name,
    topic_device: &Name,
    payload: &'a [u8],
) -> Result<SamplesView<'a>, RejectReason> {
    let message = open(payload, &BOUNDS, topic_node.key(), topic_device.key())?;
    let samples = message.body_as_samples().ok_or(RejectReason::TopicMismatch)?;
    let unknown = newer_fields(&message._tab, wire::Message::VT_BODY)
        .saturating_add(newer_fields(&samples._tab, wire::Samples::VT_BANDS));
    let view = SamplesView {
        stamp: stamp_of(&message),
        period: Duration::from_nanos(samples.period()),
        motion: structs(samples.motion()),
        bands: structs(samples.bands()),
        unknown,
    };
    at_most(view.motion().len(), limits::SAMPLES)?;
    at_most(view.bands().len(), limits::SAMPLES)?;
    check_motion(view.motion())?;
    check_bands(view.bands())?;
    Ok(view)
}

impl<'a> SamplesView<'a> {
    /// Who sent it when; `t_captured` is the time of the last sample.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Time between two samples.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.period
    }

    /// Inertial samples, oldest first, each value finite and within ±1e9.
    pub fn motion(&self) -> impl ExactSizeIterator<Item = MotionSample> + Clone + 'a {
        self.motion.iter().map(|bytes| motion(&wire::MotionSample(*bytes)))
    }

    /// Microphone samples, oldest first, each value 0 to 1.
    pub fn bands(&self) -> impl ExactSizeIterator<Item = BandSample> + Clone + 'a {
        self.bands.iter().map(|bytes| bands(&wire::BandSample(*bytes)))
    }

    /// How many fields a newer sender filled that this version does not know.
    #[must_use]
    pub fn unknown(&self) -> u32 {
        self.unknown
    }
}

fn motion(wire: &wire::MotionSample) -> MotionSample {
    let vector = |v: &wire::Vector3| [v.x(), v.y(), v.z()];
    MotionSample { acceleration: vector(wire.acceleration()), rotation: vector(wire.rotation()) }
}

fn bands(wire: &wire::BandSample) -> BandSample {
    let energies: [f32; BANDS] = wire.bands().into();
    BandSample { rms: wire.rms(), peak: wire.peak(), bands: energies }
}

fn check_motion(
    mut samples: impl Iterator<Item = MotionSample> + Clone,
) -> Result<(), RejectReason> {
    let (lowest, highest) = (-Reading::MAX, Reading::MAX);
    let values = |s: MotionSample| s.acceleration.into_iter().chain(s.rotation);
    // Without a branch for each value: what is wrong is only asked where something is.
    let inside = |value: f32| value >= lowest && value <= highest;
    if samples.clone().fold(true, |good, s| values(s).fold(good, |good, v| good & inside(v))) {
        return Ok(());
    }
    samples.try_for_each(|s| values(s).try_for_each(|value| within(value, lowest, highest)))
}

fn check_bands(mut samples: impl Iterator<Item = BandSample> + Clone) -> Result<(), RejectReason> {
    samples.try_for_each(|sample| {
        let mut values = [sample.rms, sample.peak].into_iter().chain(sample.bands);
        values.try_for_each(|value| within(value, 0.0, 1.0))
    })
}

/// Writes the body. Refuses what a reader would refuse.
pub(crate) fn write(
    builder: &mut FlatBufferBuilder<'static>,
    structs: &mut Structs,
    samples: &Samples,
) -> Result<WIPOffset<wire::Samples<'static>>, EncodeError> {
    let value = |what| move |_: RejectReason| EncodeError::Value { what };
    EncodeError::at_most("motion samples", samples.motion.len(), limits::SAMPLES)?;
    EncodeError::at_most("band samples", samples.bands.len(), limits::SAMPLES)?;
    check_motion(samples.motion.iter().copied()).map_err(value("motion sample"))?;
    check_bands(samples.bands.iter().copied()).map_err(value("band sample"))?;
    let bands = vector(builder, &mut structs.bands, &samples.bands, |s| {
        wire::BandSample::new(s.rms, s.peak, &s.bands)
    });
    let motion = vector(builder, &mut structs.motion, &samples.motion, |s| {
        let vector = |v: [f32; 3]| wire::Vector3::new(v[0], v[1], v[2]);
        wire::MotionSample::new(&vector(s.acceleration), &vector(s.rotation))
    });
    // A period of over 500 years says "never" on the wire.
    let period = u64::try_from(samples.period.as_nanos()).unwrap_or(u64::MAX);
    let fields = wire::SamplesArgs { period, motion, bands };
    Ok(wire::Samples::create(builder, &fields))
}
