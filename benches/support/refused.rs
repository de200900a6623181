//! Messages that ours refuses: what a wrong one costs before it is found.
//!
//! A number is looked at only after the identifier, the verifier and the topic, and the last one
//! after all others. No peer has such messages: their schemas know neither an identifier nor a
//! range, and JSON cannot even say that a number is not finite.

use heart_contract::RejectReason;

use crate::codec::{Codec, Heart};
use crate::payload::{Body, Payload};

/// A message with one thing wrong.
#[derive(Clone, Debug)]
pub struct Refused {
    /// As in the benchmark ids.
    pub operation: &'static str,
    /// Why it is refused.
    pub reason: RejectReason,
    /// Its bytes, as many as of the right one.
    pub bytes: Vec<u8>,
}

/// Stands for the number that will be wrong, to find its place. It is in none of the payloads.
const MARK: f32 = 0.718_281_8;
/// Beyond what an axis, and what a sample may say.
const BEYOND: f32 = 2e9;
/// Where a FlatBuffer's identifier stands.
const IDENTIFIER_AT: usize = 4;
/// Bytes of an axis on the wire, and where in it the code stands, after the value
/// (`schema/report.fbs`).
const AXIS: usize = 8;
const CODE: std::ops::Range<usize> = 4..6;

/// What is refused of a payload, from the cheapest on; nothing of one without numbers that could be
/// wrong. The identifier comes before everything that makes payloads different, so that one stands
/// for all: the gamepad's, which alone has codes that could stand twice.
#[must_use]
pub fn refused(payload: &Payload) -> Vec<Refused> {
    let Some((marked, at)) = marked(payload) else { return Vec::new() };
    let with = |place: usize, wrong: &[u8]| {
        let mut bytes = marked.clone();
        bytes[place..place + wrong.len()].copy_from_slice(wrong);
        bytes
    };
    let number = |value: f32| with(at, &value.to_le_bytes());
    let refused = |operation, reason, bytes| Refused { operation, reason, bytes };
    let mut all = vec![
        refused("reject_not_finite", RejectReason::NotFinite, number(f32::NAN)),
        refused("reject_out_of_range", RejectReason::OutOfRange, number(BEYOND)),
    ];
    if let Body::Report(_) = payload.body {
        let unknown = with(IDENTIFIER_AT, b"PNG1");
        let identifier = RejectReason::WrongIdentifier;
        all.insert(0, refused("reject_wrong_identifier", identifier, unknown));
        let before = at - AXIS;
        let code = &marked[before + CODE.start..before + CODE.end];
        let twice = with(at + CODE.start, code);
        all.push(refused("reject_code_twice", RejectReason::OutOfRange, twice));
    }
    all
}

/// The message with the mark as its last number, and where that stands; none without a number.
fn marked(payload: &Payload) -> Option<(Vec<u8>, usize)> {
    let mut payload = payload.clone();
    let last = match &mut payload.body {
        Body::Report(report) => report.axes.last_mut().map(|axis| &mut axis.value),
        Body::Samples(samples) => samples.motion.last_mut().map(|motion| &mut motion.rotation[2]),
    };
    *last? = MARK;
    let bytes = Heart::new(&payload).bytes().to_vec();
    let at = bytes.windows(4).position(|four| four == MARK.to_le_bytes());
    Some((bytes, at.expect("what was written is in the message")))
}

#[cfg(test)]
mod tests {
    use heart_contract::{decode_report, decode_samples};
    use rkyv::util::AlignedVec;

    use super::*;
    use crate::{names, payloads};

    #[test]
    fn each_is_refused_for_its_own_reason_and_the_right_message_is_not() {
        let (node, device) = names();
        let mut seen = Vec::new();
        for payload in payloads() {
            let why = |bytes: &[u8]| {
                // In memory of the same alignment, as a buffer from the network has.
                let mut message = AlignedVec::<16>::new();
                message.extend_from_slice(bytes);
                match payload.body {
                    Body::Report(_) => decode_report(&node, &device, &message).err(),
                    Body::Samples(_) => decode_samples(&node, &device, &message).err(),
                }
            };
            if let Some((right, at)) = marked(&payload) {
                assert_eq!(why(&right), None, "{}", payload.name);
                let later = right[at + 1..].windows(4).any(|four| four == MARK.to_le_bytes());
                assert!(!later, "{}: the mark stands once", payload.name);
            }
            for Refused { operation, reason, bytes } in refused(&payload) {
                assert_eq!(why(&bytes), Some(reason), "{operation}/{}", payload.name);
                assert_eq!(bytes.len(), Heart::new(&payload).bytes().len());
                seen.push(format!("{operation}/{}", payload.name));
            }
        }
        let gamepad = ["wrong_identifier", "not_finite", "out_of_range", "code_twice"];
        let gamepad = gamepad.map(|why| format!("reject_{why}/gamepad"));
        let imu64 = ["not_finite", "out_of_range"].map(|why| format!("reject_{why}/imu64"));
        assert_eq!(seen, [&gamepad[..], &imu64[..]].concat());
    }
}
