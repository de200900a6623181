//! Reports on the wire: written by a gateway, read by a mirror.

use flatbuffers::{FlatBufferBuilder, ForwardsUOffset, Vector, WIPOffset};
use heart_event::{
    Axis, Button, Change, Code, Encoder as Knob, Name, Reading, Report, Stamp, Text, Time, Unit,
    limits,
};

use crate::encoder::EncodeError;
use crate::envelope::{
    Bounds, all_different, at_most, newer_fields, open, stamp_of, structs, within,
};
use crate::generated::wire;
use crate::limits::REPORT_BYTES;
use crate::reject::RejectReason;

/// A checked report inside a payload. Nothing was copied: each control is read out of the
/// payload when asked for.
#[derive(Clone, Copy, Debug)]
pub struct ReportView<'a> {
    stamp: Stamp,
    buttons: &'a [[u8; 24]],
    encoders: &'a [[u8; 16]],
    axes: &'a [[u8; 8]],
    readings: &'a [[u8; 8]],
    texts: Vector<'a, ForwardsUOffset<wire::Text<'a>>>,
    unknown: u32,
}

/// One text inside a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextView<'a> {
    /// Number of this text.
    pub count: u32,
    /// When it was said, on the sender's clock.
    pub changed_at: Time,
    /// What was said, in the payload.
    pub text: &'a str,
}

const BOUNDS: Bounds = Bounds { bytes: REPORT_BYTES, tables: 64 };

/// Checks the payload of a report topic by the whole of design §4 rule 17.
///
/// # Errors
/// Why it must not be believed; a total function of the bytes, it never panics.
pub fn decode_report<'a>(
    topic_node: &Name,
    topic_device: &Name,
    payload: &'a [u8],
) -> Result<ReportView<'a>, RejectReason> {
    let message = open(payload, &BOUNDS, topic_node.key(), topic_device.key())?;
    let report = message.body_as_report().ok_or(RejectReason::TopicMismatch)?;
    let mut view = ReportView {
        stamp: stamp_of(&message),
        buttons: structs(report.buttons()),
        encoders: structs(report.encoders()),
        axes: structs(report.axes()),
        readings: structs(report.readings()),
        texts: report.texts().unwrap_or_default(),
        unknown: newer_fields(&message._tab, wire::Message::VT_BODY)
            .saturating_add(newer_fields(&report._tab, wire::Report::VT_TEXTS)),
    };
    view.check()?;
    view.unknown = view.unknown.saturating_add(view.unknown_values());
    Ok(view)
}

impl<'a> ReportView<'a> {
    /// Who sent it when.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Buttons in the sender's order; codes are unique.
    pub fn buttons(&self) -> impl ExactSizeIterator<Item = Button> + Clone + 'a {
        self.buttons.iter().map(|bytes| button(&wire::Button(*bytes)))
    }

    /// Encoders in the sender's order; codes are unique.
    pub fn encoders(&self) -> impl ExactSizeIterator<Item = Knob> + Clone + 'a {
        self.encoders.iter().map(|bytes| encoder(&wire::Encoder(*bytes)))
    }

    /// Axes in the sender's order; codes are unique, values finite and within ±1.
    pub fn axes(&self) -> impl ExactSizeIterator<Item = Axis> + Clone + 'a {
        self.axes.iter().map(|bytes| axis(&wire::Axis(*bytes)))
    }

    /// Readings in the sender's order; codes are unique, values finite and within ±1e9.
    pub fn readings(&self) -> impl ExactSizeIterator<Item = Reading> + Clone + 'a {
        self.readings.iter().map(|bytes| reading(&wire::Reading(*bytes)))
    }

    /// The last texts, oldest first, each at most 512 bytes.
    pub fn texts(&self) -> impl ExactSizeIterator<Item = TextView<'a>> + Clone + 'a {
        self.texts.iter().map(text)
    }

    /// How much of it this version does not know: values of enums and fields that a newer
    /// sender filled. They are left out of what the other methods say.
    #[must_use]
    pub fn unknown(&self) -> u32 {
        self.unknown
    }

    /// Makes `report` equal to this one, in the memory that it has: with room enough, texts
    /// included, nothing is allocated.
    pub fn copy_into(&self, report: &mut Report) {
        report.buttons.clear();
        report.buttons.extend(self.buttons());
        report.encoders.clear();
        report.encoders.extend(self.encoders());
        report.axes.clear();
        report.axes.extend(self.axes());
        report.readings.clear();
        report.readings.extend(self.readings());
        let texts = self.texts();
        report.texts.resize_with(texts.len(), Text::default);
        for (to, from) in report.texts.iter_mut().zip(texts) {
            to.count = from.count;
            to.changed_at = from.changed_at;
            to.text.clear();
            to.text.push_str(from.text);
        }
    }

    fn check(&self) -> Result<(), RejectReason> {
        at_most(self.buttons().len(), limits::BUTTONS)?;
        at_most(self.encoders().len(), limits::ENCODERS)?;
        at_most(self.axes().len(), limits::AXES)?;
        at_most(self.readings().len(), limits::READINGS)?;
        at_most(self.texts().len(), limits::TEXTS)?;
        self.axes().try_for_each(|a| within(a.value, -1.0, 1.0))?;
        self.readings().try_for_each(|r| within(r.value, -Reading::MAX, Reading::MAX))?;
        let good = all_different(self.buttons().map(|b| b.code))
            && all_different(self.encoders().map(|e| e.code))
            && all_different(self.axes().map(|a| a.code))
            && all_different(self.readings().map(|r| r.code))
            && self.texts().all(|t| t.text.len() <= limits::TEXT_BYTES);
        if good { Ok(()) } else { Err(RejectReason::OutOfRange) }
    }

    fn unknown_values(&self) -> u32 {
        let change = |bytes: &[u8; 24]| wire::Button(*bytes).last();
        let unit = |bytes: &[u8; 8]| wire::Reading(*bytes).unit();
        let values = self.buttons.iter().filter(|b| change(b).variant_name().is_none()).count()
            + self.readings.iter().filter(|r| unit(r).variant_name().is_none()).count();
        // Both counts are bounded by the payload's 8 KiB.
        self.texts
            .iter()
            .map(|t| newer_fields(&t._tab, wire::Text::VT_TEXT))
            .fold(u32::try_from(values).unwrap_or(u32::MAX), u32::saturating_add)
    }
}

fn button(wire: &wire::Button) -> Button {
    Button {
        code: Code(wire.code()),
        pressed: wire.pressed(),
        last: Change::from_wire(wire.last().0),
        presses: wire.presses(),
        shorts: wire.shorts(),
        longs: wire.longs(),
        changed_at: Time::from_nanos(wire.changed_at()),
    }
}

fn encoder(wire: &wire::Encoder) -> Knob {
    Knob {
        code: Code(wire.code()),
        step: wire.step(),
        position: wire.position(),
        changed_at: Time::from_nanos(wire.changed_at()),
    }
}

fn axis(wire: &wire::Axis) -> Axis {
    Axis { code: Code(wire.code()), self_centring: wire.self_centring(), value: wire.value() }
}

fn reading(wire: &wire::Reading) -> Reading {
    Reading {
        code: Code(wire.code()),
        unit: Unit::from_wire(wire.unit().0),
        valid: wire.valid(),
        value: wire.value(),
    }
}

fn text(wire: wire::Text<'_>) -> TextView<'_> {
    TextView {
        count: wire.count(),
        changed_at: Time::from_nanos(wire.changed_at()),
        text: wire.text(),
    }
}

/// Writes the body. Refuses what a reader would refuse.
pub(crate) fn write(
    builder: &mut FlatBufferBuilder<'static>,
    structs: &mut Structs,
    report: &Report,
) -> Result<WIPOffset<wire::Report<'static>>, EncodeError> {
    report.validate()?;
    unique("button", report.buttons.iter().map(|b| b.code))?;
    unique("encoder", report.encoders.iter().map(|e| e.code))?;
    unique("axis", report.axes.iter().map(|a| a.code))?;
    unique("reading", report.readings.iter().map(|r| r.code))?;
    let texts = write_texts(builder, &report.texts);
    let readings = vector(builder, &mut structs.readings, &report.readings, |r| {
        wire::Reading::new(r.value, r.code.0, wire::Unit(r.unit as u8), r.valid)
    });
    let axes = vector(builder, &mut structs.axes, &report.axes, |a| {
        wire::Axis::new(a.value, a.code.0, a.self_centring)
    });
    let encoders = vector(builder, &mut structs.encoders, &report.encoders, |e| {
        wire::Encoder::new(e.changed_at.nanos(), e.position, e.code.0, e.step)
    });
    let buttons = vector(builder, &mut structs.buttons, &report.buttons, |b| {
        let last = wire::Change(b.last as u8);
        let at = b.changed_at.nanos();
        wire::Button::new(at, b.presses, b.shorts, b.longs, b.code.0, b.pressed, last)
    });
    let fields = wire::ReportArgs { buttons, encoders, axes, readings, texts };
    Ok(wire::Report::create(builder, &fields))
}

fn unique(
    what: &'static str,
    codes: impl Iterator<Item = Code> + Clone,
) -> Result<(), EncodeError> {
    if all_different(codes) { Ok(()) } else { Err(EncodeError::Duplicate { what }) }
}

/// The structs of the message that is being written, before they go into it: one after another
/// they are copied as a whole, where the builder would make room for each (docs/latency.md).
#[derive(Default)]
pub(crate) struct Structs {
    pub(crate) buttons: Vec<wire::Button>,
    pub(crate) encoders: Vec<wire::Encoder>,
    pub(crate) axes: Vec<wire::Axis>,
    pub(crate) readings: Vec<wire::Reading>,
    pub(crate) motion: Vec<wire::MotionSample>,
    pub(crate) bands: Vec<wire::BandSample>,
    pub(crate) seen: Vec<wire::Seen>,
    pub(crate) answers: Vec<wire::EchoAnswer>,
}

/// A vector of structs; none at all if it would be empty.
pub(crate) fn vector<T, W: flatbuffers::Push>(
    builder: &mut FlatBufferBuilder<'static>,
    structs: &mut Vec<W>,
    items: &[T],
    to_wire: impl Fn(&T) -> W,
) -> Option<WIPOffset<Vector<'static, W::Output>>> {
    structs.clear();
    structs.extend(items.iter().map(to_wire));
    (!structs.is_empty()).then(|| builder.create_vector(structs))
}

fn write_texts(
    builder: &mut FlatBufferBuilder<'static>,
    texts: &[Text],
) -> Option<WIPOffset<Vector<'static, ForwardsUOffset<wire::Text<'static>>>>> {
    let mut offsets = [WIPOffset::new(0); limits::TEXTS];
    for (offset, said) in offsets.iter_mut().zip(texts) {
        let text = Some(builder.create_string(&said.text));
        let changed_at = said.changed_at.nanos();
        let fields = wire::TextArgs { count: said.count, changed_at, text };
        *offset = wire::Text::create(builder, &fields);
    }
    let count = texts.len().min(limits::TEXTS);
    (count > 0).then(|| builder.create_vector(&offsets[..count]))
}
