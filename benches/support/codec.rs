//! One message, six ways to bytes and back: ours and five peers.
//!
//! All reuse what they can: encoders write into a buffer that they keep, and decoders of ours and
//! of prost fill the memory of the last message (serde has no such way). `decode` gives every
//! field in plain memory; `access` stops where the bytes may be read in place. What ours checks
//! beyond a peer (finite, in range, no code twice, node and device as in the topic) is inside.

use heart_contract::{Encoder, decode_report, decode_samples};
use heart_event::{MotionSample, Name, Report, Samples};
use prost::Message;
use rkyv::rancor::Error;
use rkyv::util::AlignedVec;

use crate::payload::{Body, Payload, names, stamp};
use crate::plain::{ArchivedPlain, Plain};

/// A way to bytes and back.
pub trait Codec {
    /// As in the benchmark ids.
    fn name(&self) -> &'static str;
    /// Writes the message and says how many bytes it takes.
    fn encode(&mut self) -> usize;
    /// What `encode` last wrote.
    fn bytes(&self) -> &[u8];
    /// Reads the message out of the bytes; false if they are refused.
    fn decode(&mut self, bytes: &[u8]) -> bool;
    /// Verifies the bytes for reading in place, where there is such a way; false if refused.
    fn access(&self, _bytes: &[u8]) -> Option<bool> {
        None
    }
}

/// `heart-contract`.
pub struct Heart {
    names: (Name, Name),
    body: Body,
    encoder: Encoder,
    bytes: Vec<u8>,
    report: Report,
    motion: Vec<MotionSample>,
}

impl Heart {
    /// For this payload.
    #[must_use]
    pub fn new(payload: &Payload) -> Self {
        let body = payload.body.clone();
        let mut heart = Heart {
            names: names(),
            body,
            encoder: Encoder::new(),
            bytes: Vec::new(),
            report: Report::default(),
            motion: Vec::new(),
        };
        heart.bytes = heart.written().to_vec();
        heart
    }

    fn written(&mut self) -> &[u8] {
        let (node, device) = &self.names;
        let bytes = match &self.body {
            Body::Report(report) => self.encoder.report(&stamp(), node, device, report),
            Body::Samples(samples) => self.encoder.samples(&stamp(), node, device, samples),
        };
        bytes.expect("the payloads are within all bounds")
    }

    /// The samples that were last decoded.
    #[must_use]
    pub fn samples(&self) -> Samples {
        Samples { motion: self.motion.clone(), ..Samples::default() }
    }
}

impl Codec for Heart {
    fn name(&self) -> &'static str {
        "heart"
    }

    fn encode(&mut self) -> usize {
        self.written().len()
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> bool {
        let (node, device) = &self.names;
        match self.body {
            Body::Report(_) => decode_report(node, device, bytes)
                .map(|view| view.copy_into(&mut self.report))
                .is_ok(),
            Body::Samples(_) => decode_samples(node, device, bytes)
                .map(|view| {
                    self.motion.clear();
                    self.motion.extend(view.motion());
                })
                .is_ok(),
        }
    }

    fn access(&self, bytes: &[u8]) -> Option<bool> {
        let (node, device) = &self.names;
        Some(match self.body {
            Body::Report(_) => decode_report(node, device, bytes).is_ok(),
            Body::Samples(_) => decode_samples(node, device, bytes).is_ok(),
        })
    }
}

/// A peer's message and its buffer.
struct Kept {
    message: Plain,
    read: Plain,
    bytes: Vec<u8>,
}

impl Kept {
    fn new(payload: &Payload) -> Self {
        let (node, device) = names();
        let message = Plain::of(&stamp(), (node.key(), device.key()), &payload.body);
        Kept { message, read: Plain::default(), bytes: Vec::new() }
    }
}

/// `serde_json`: `to_writer` into a reused buffer, `from_slice` into typed structs.
pub struct Json(Kept);

/// `rmp-serde`: MessagePack, structs as arrays.
pub struct MessagePack(Kept);

/// `prost`: Protocol Buffers.
pub struct Prost(Kept);

/// `rkyv`: validated access.
pub struct Rkyv {
    kept: Kept,
    bytes: AlignedVec,
}

impl Json {
    /// For this payload.
    #[must_use]
    pub fn new(payload: &Payload) -> Self {
        let mut json = Json(Kept::new(payload));
        json.encode();
        json
    }
}

impl Codec for Json {
    fn name(&self) -> &'static str {
        "serde_json"
    }

    fn encode(&mut self) -> usize {
        let Kept { message, bytes, .. } = &mut self.0;
        bytes.clear();
        serde_json::to_writer(&mut *bytes, message).expect("plain data can be written");
        bytes.len()
    }

    fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> bool {
        serde_json::from_slice(bytes).map(|read| self.0.read = read).is_ok()
    }
}

impl MessagePack {
    /// For this payload.
    #[must_use]
    pub fn new(payload: &Payload) -> Self {
        let mut pack = MessagePack(Kept::new(payload));
        pack.encode();
        pack
    }
}

impl Codec for MessagePack {
    fn name(&self) -> &'static str {
        "rmp_serde"
    }

    fn encode(&mut self) -> usize {
        let Kept { message, bytes, .. } = &mut self.0;
        bytes.clear();
        rmp_serde::encode::write(bytes, message).expect("plain data can be written");
        bytes.len()
    }

    fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> bool {
        rmp_serde::from_slice(bytes).map(|read| self.0.read = read).is_ok()
    }
}

impl Prost {
    /// For this payload.
    #[must_use]
    pub fn new(payload: &Payload) -> Self {
        let mut prost = Prost(Kept::new(payload));
        prost.encode();
        prost
    }
}

impl Codec for Prost {
    fn name(&self) -> &'static str {
        "prost"
    }

    fn encode(&mut self) -> usize {
        let Kept { message, bytes, .. } = &mut self.0;
        bytes.clear();
        message.encode(bytes).expect("a vector has room");
        bytes.len()
    }

    fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> bool {
        self.0.read.clear();
        self.0.read.merge(bytes).is_ok()
    }
}

impl Rkyv {
    /// For this payload.
    #[must_use]
    pub fn new(payload: &Payload) -> Self {
        let mut rkyv = Rkyv { kept: Kept::new(payload), bytes: AlignedVec::new() };
        rkyv.encode();
        rkyv
    }
}

impl Codec for Rkyv {
    fn name(&self) -> &'static str {
        "rkyv"
    }

    fn encode(&mut self) -> usize {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let written = rkyv::api::high::to_bytes_in::<_, Error>(&self.kept.message, bytes);
        self.bytes = written.expect("plain data can be written");
        self.bytes.len()
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn decode(&mut self, bytes: &[u8]) -> bool {
        rkyv::from_bytes::<Plain, Error>(bytes).map(|read| self.kept.read = read).is_ok()
    }

    fn access(&self, bytes: &[u8]) -> Option<bool> {
        Some(rkyv::access::<ArchivedPlain, Error>(bytes).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payloads;

    fn peers(payload: &Payload) -> [Box<dyn Codec>; 5] {
        [
            Box::new(Heart::new(payload)),
            Box::new(Json::new(payload)),
            Box::new(MessagePack::new(payload)),
            Box::new(Prost::new(payload)),
            Box::new(Rkyv::new(payload)),
        ]
    }

    #[test]
    fn every_codec_reads_what_it_wrote_and_refuses_what_was_cut() {
        for payload in payloads() {
            for mut codec in peers(&payload) {
                let bytes = codec.bytes().to_vec();
                let (peer, class) = (codec.name(), payload.name);
                assert_eq!(codec.encode(), bytes.len(), "{peer} {class}");
                assert!(codec.decode(&bytes), "{peer} {class}");
                assert_ne!(codec.access(&bytes), Some(false), "{peer} {class}");
                // In memory of the same alignment, as a buffer from the network has.
                let mut cut = AlignedVec::<16>::new();
                cut.extend_from_slice(&bytes[..bytes.len() - 8]);
                assert!(!codec.decode(&cut), "{peer} {class}");
            }
        }
    }

    #[test]
    fn peers_carry_the_same_content() {
        for payload in payloads() {
            let mut heart = Heart::new(&payload);
            let bytes = heart.bytes().to_vec();
            assert!(heart.decode(&bytes));
            match &payload.body {
                Body::Report(report) => assert_eq!(heart.report, *report),
                Body::Samples(samples) => assert_eq!(heart.samples().motion, samples.motion),
            }
            let (mut json, mut prost) = (Json::new(&payload), Prost::new(&payload));
            let (text, buffer) = (json.bytes().to_vec(), prost.bytes().to_vec());
            assert!(json.decode(&text) && prost.decode(&buffer));
            assert_eq!(json.0.read, json.0.message);
            assert_eq!(json.0.read, prost.0.read);
            let (mut pack, mut rkyv) = (MessagePack::new(&payload), Rkyv::new(&payload));
            let (packed, archived) = (pack.bytes().to_vec(), rkyv.bytes.clone());
            assert!(pack.decode(&packed) && rkyv.decode(&archived));
            assert_eq!(pack.0.read, json.0.read);
            assert_eq!(rkyv.kept.read, json.0.read);
        }
    }
}
