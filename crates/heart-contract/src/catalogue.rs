//! The catalogue on the wire: which devices a node has. Rare, so it is owned once read.

use flatbuffers::{FlatBufferBuilder, WIPOffset};
use heart_event::{Catalogue, DeviceInfo, DeviceState, Name, Stamp, Time, limits};

use crate::encoder::EncodeError;
use crate::envelope::{Bounds, all_different, at_most, newer_fields, open, stamp_of};
use crate::generated::wire;
use crate::limits::CATALOGUE_BYTES;
use crate::reject::RejectReason;
use crate::topic::Topic;

/// A catalogue as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueView {
    /// Who sent it when.
    pub stamp: Stamp,
    /// The devices, in the sender's order; names and their keys are unique.
    pub catalogue: Catalogue,
    /// Unknown device states, and fields that a newer sender filled.
    pub unknown: u32,
}

const BOUNDS: Bounds = Bounds { bytes: CATALOGUE_BYTES, tables: 4096 };

/// Checks the payload of a catalogue topic by the whole of design §4 rule 17.
///
/// # Errors
/// Why it must not be believed; a total function of the bytes, it never panics.
pub fn decode_catalogue(topic_node: &Name, payload: &[u8]) -> Result<CatalogueView, RejectReason> {
    let message = open(payload, &BOUNDS, topic_node.key(), 0)?;
    let body = message.body_as_catalogue().ok_or(RejectReason::TopicMismatch)?;
    let listed = body.devices().unwrap_or_default();
    at_most(listed.len(), limits::DEVICES_PER_NODE)?;
    let unknown = listed
        .iter()
        .map(|device| {
            u32::from(device.state().variant_name().is_none())
                .saturating_add(newer_fields(&device._tab, wire::Device::VT_DETAIL))
        })
        .fold(newer_fields(&message._tab, wire::Message::VT_BODY), u32::saturating_add)
        .saturating_add(newer_fields(&body._tab, wire::Catalogue::VT_DEVICES));
    let devices = listed.iter().map(device).collect::<Result<Vec<_>, _>>()?;
    if !all_different(devices.iter().map(|device| device.name.key())) {
        return Err(RejectReason::OutOfRange);
    }
    let stamp = stamp_of(&message);
    let catalogue = Catalogue { session: stamp.session, revision: body.revision(), devices };
    Ok(CatalogueView { stamp, catalogue, unknown })
}

fn device(wire: wire::Device<'_>) -> Result<DeviceInfo, RejectReason> {
    let name = |text: &str| Name::new(text).map_err(|_| RejectReason::OutOfRange);
    let detail = wire.detail().unwrap_or_default();
    let info = DeviceInfo {
        name: name(wire.name())?,
        kind: name(wire.kind())?,
        state: DeviceState::from_wire(wire.state().0),
        since: Time::from_nanos(wire.since()),
        detail: detail.to_owned(),
    };
    if detail.len() > limits::DETAIL_BYTES || !Topic::allows_device(&info.name) {
        return Err(RejectReason::OutOfRange);
    }
    Ok(info)
}

/// Writes the body, with details cut to `detail_bytes`. Refuses what a reader would refuse.
pub(crate) fn write(
    builder: &mut FlatBufferBuilder<'static>,
    catalogue: &Catalogue,
    detail_bytes: usize,
) -> Result<WIPOffset<wire::Catalogue<'static>>, EncodeError> {
    let listed = &catalogue.devices;
    EncodeError::at_most("devices", listed.len(), limits::DEVICES_PER_NODE)?;
    if !all_different(listed.iter().map(|device| device.name.key())) {
        return Err(EncodeError::Duplicate { what: "device name or key" });
    }
    if let Some(device) = listed.iter().find(|device| !Topic::allows_device(&device.name)) {
        return Err(EncodeError::ReservedName(device.name));
    }
    let mut offsets = [WIPOffset::new(0); limits::DEVICES_PER_NODE];
    for (offset, device) in offsets.iter_mut().zip(listed) {
        *offset = write_device(builder, device, detail_bytes);
    }
    let devices = (!listed.is_empty()).then(|| builder.create_vector(&offsets[..listed.len()]));
    let fields = wire::CatalogueArgs { revision: catalogue.revision, devices };
    Ok(wire::Catalogue::create(builder, &fields))
}

fn write_device(
    builder: &mut FlatBufferBuilder<'static>,
    device: &DeviceInfo,
    detail_bytes: usize,
) -> WIPOffset<wire::Device<'static>> {
    let detail = cut(&device.detail, detail_bytes);
    let detail = (!detail.is_empty()).then(|| builder.create_string(detail));
    let kind = Some(builder.create_string(device.kind.as_str()));
    let name = Some(builder.create_string(device.name.as_str()));
    let state = wire::DeviceState(device.state as u8);
    let fields = wire::DeviceArgs { name, kind, state, since: device.since.nanos(), detail };
    wire::Device::create(builder, &fields)
}

/// The longest beginning of `text` that has at most `max` bytes and no half characters.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("knob", 9), "knob");
        assert_eq!(cut("knob", 4), "knob");
        assert_eq!(cut("knöb", 3), "kn");
        assert_eq!(cut("ö", 1), "");
    }
}
