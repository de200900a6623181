//! The same message in plain structs, with the derives of all peers: what a contract in JSON,
//! Protocol Buffers, MessagePack or rkyv would carry.
//!
//! Fields and their content are those of `schema/`. Where Protocol Buffers have a choice it is the
//! faster one: eight-byte values are `fixed64`, since a random session and nanoseconds since boot
//! take as many bytes as a varint.

use heart_event::{MotionSample, Report, Samples, Stamp};

use crate::payload::Body;

/// Gives each struct the derives of all peers.
macro_rules! messages {
    ($($message:item)*) => {$(
        #[derive(
            Clone,
            PartialEq,
            prost::Message,
            serde::Serialize,
            serde::Deserialize,
            rkyv::Archive,
            rkyv::Serialize,
            rkyv::Deserialize,
        )]
        $message
    )*};
}

messages! {
    /// A whole message.
    pub struct Plain {
        #[prost(fixed64, tag = "1")]
        session: u64,
        #[prost(uint64, tag = "2")]
        seq: u64,
        #[prost(fixed64, tag = "3")]
        t_captured: u64,
        #[prost(fixed64, tag = "4")]
        t_sent: u64,
        #[prost(fixed64, tag = "5")]
        t_wall: u64,
        #[prost(fixed32, tag = "6")]
        node: u32,
        #[prost(fixed32, tag = "7")]
        device: u32,
        #[prost(message, repeated, tag = "8")]
        pub(crate) buttons: Vec<PlainButton>,
        #[prost(message, repeated, tag = "9")]
        pub(crate) encoders: Vec<PlainEncoder>,
        #[prost(message, repeated, tag = "10")]
        pub(crate) axes: Vec<PlainAxis>,
        #[prost(message, repeated, tag = "11")]
        texts: Vec<PlainText>,
        #[prost(uint64, tag = "12")]
        period: u64,
        #[prost(message, repeated, tag = "13")]
        motion: Vec<PlainMotion>,
    }

    pub(crate) struct PlainButton {
        #[prost(uint32, tag = "1")]
        pub(crate) code: u32,
        #[prost(bool, tag = "2")]
        pub(crate) pressed: bool,
        #[prost(uint32, tag = "3")]
        last: u32,
        #[prost(uint32, tag = "4")]
        presses: u32,
        #[prost(uint32, tag = "5")]
        shorts: u32,
        #[prost(uint32, tag = "6")]
        longs: u32,
        #[prost(fixed64, tag = "7")]
        changed_at: u64,
    }

    pub(crate) struct PlainEncoder {
        #[prost(uint32, tag = "1")]
        pub(crate) code: u32,
        #[prost(sint32, tag = "2")]
        step: i32,
        #[prost(sint32, tag = "3")]
        pub(crate) position: i32,
        #[prost(fixed64, tag = "4")]
        changed_at: u64,
    }

    pub(crate) struct PlainAxis {
        #[prost(uint32, tag = "1")]
        pub(crate) code: u32,
        #[prost(bool, tag = "2")]
        self_centring: bool,
        #[prost(float, tag = "3")]
        pub(crate) value: f32,
    }

    struct PlainText {
        #[prost(uint32, tag = "1")]
        count: u32,
        #[prost(fixed64, tag = "2")]
        changed_at: u64,
        #[prost(string, tag = "3")]
        text: String,
    }

    struct PlainMotion {
        #[prost(float, tag = "1")]
        ax: f32,
        #[prost(float, tag = "2")]
        ay: f32,
        #[prost(float, tag = "3")]
        az: f32,
        #[prost(float, tag = "4")]
        rx: f32,
        #[prost(float, tag = "5")]
        ry: f32,
        #[prost(float, tag = "6")]
        rz: f32,
    }
}

impl Plain {
    /// Takes a message over.
    #[must_use]
    pub fn of(stamp: &Stamp, (node, device): (u32, u32), body: &Body) -> Self {
        let mut plain = Plain {
            session: stamp.session.0,
            seq: stamp.seq,
            t_captured: stamp.t_captured.nanos(),
            t_sent: stamp.t_sent.nanos(),
            t_wall: stamp.t_wall,
            node,
            device,
            ..Plain::default()
        };
        match body {
            Body::Report(report) => plain.report(report),
            Body::Samples(samples) => plain.samples(samples),
        }
        plain
    }

    fn report(&mut self, report: &Report) {
        self.buttons.extend(report.buttons.iter().map(|b| PlainButton {
            code: b.code.0.into(),
            pressed: b.pressed,
            last: b.last as u32,
            presses: b.presses,
            shorts: b.shorts,
            longs: b.longs,
            changed_at: b.changed_at.nanos(),
        }));
        self.encoders.extend(report.encoders.iter().map(|e| PlainEncoder {
            code: e.code.0.into(),
            step: e.step.into(),
            position: e.position,
            changed_at: e.changed_at.nanos(),
        }));
        self.axes.extend(report.axes.iter().map(|a| PlainAxis {
            code: a.code.0.into(),
            self_centring: a.self_centring,
            value: a.value,
        }));
        self.texts.extend(report.texts.iter().map(|t| PlainText {
            count: t.count,
            changed_at: t.changed_at.nanos(),
            text: t.text.clone(),
        }));
    }

    fn samples(&mut self, samples: &Samples) {
        self.period = u64::try_from(samples.period.as_nanos()).unwrap_or(u64::MAX);
        self.motion.extend(samples.motion.iter().map(|MotionSample { acceleration, rotation }| {
            let ([ax, ay, az], [rx, ry, rz]) = (*acceleration, *rotation);
            PlainMotion { ax, ay, az, rx, ry, rz }
        }));
    }
}
