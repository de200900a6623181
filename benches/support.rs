//! What the benches share: the payload classes, and the same report as a peer would carry it.

use heart_event::{
    Axes, Axis, Button, Change, Code, Encoder, Encoders, Keys, Name, Report, SessionId, Stamp, Time,
};
use serde::{Deserialize, Serialize};

/// A class of payload, named as in the benchmark ids.
#[derive(Clone, Debug)]
pub struct Payload {
    /// `knob` or `gamepad`.
    pub name: &'static str,
    /// Its report.
    pub report: Report,
}

/// The original's knob (one button, one encoder) and a gamepad (fifteen buttons, eight axes).
#[must_use]
pub fn payloads() -> Vec<Payload> {
    let button = |code: Code| Button {
        code,
        pressed: false,
        last: Change::Short,
        presses: 1_204,
        shorts: 1_190,
        longs: 14,
        changed_at: Time::from_millis(86_400_123),
    };
    let knob = Report {
        buttons: vec![button(Keys::BUTTON)],
        encoders: vec![Encoder {
            code: Encoders::KNOB,
            step: 1,
            position: 421,
            changed_at: Time::from_millis(86_400_100),
        }],
        ..Report::default()
    };
    let gamepad = Report {
        buttons: Keys::all()
            .filter(|(c, _)| (0x130..=0x13e).contains(&c.0))
            .map(|(c, _)| button(c))
            .collect(),
        axes: Axes::all()
            .take(8)
            .map(|(code, _)| Axis { code, self_centring: true, value: 0.337_5 })
            .collect(),
        ..Report::default()
    };
    vec![Payload { name: "knob", report: knob }, Payload { name: "gamepad", report: gamepad }]
}

/// The stamp that every benched report carries.
#[must_use]
pub fn stamp() -> Stamp {
    Stamp {
        session: SessionId(0x0123_4567_89ab_cdef),
        seq: 123_456,
        t_captured: Time::from_millis(86_400_124),
        t_sent: Time::from_millis(86_400_125),
        t_wall: 1_795_000_000_000_000_000,
    }
}

/// Node and device of every benched report.
#[must_use]
pub fn names() -> (Name, Name) {
    let name = |text| Name::new(text).expect("a lower-case word is a name");
    (name("gw-1"), name("pad"))
}

/// The same report in typed structs for serde: what a JSON contract would carry.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plain {
    session: u64,
    seq: u64,
    t_captured: u64,
    t_sent: u64,
    t_wall: u64,
    buttons: Vec<PlainButton>,
    encoders: Vec<PlainEncoder>,
    axes: Vec<PlainAxis>,
}

#[derive(Debug, Serialize, Deserialize)]
struct PlainButton {
    code: u16,
    pressed: bool,
    last: u8,
    presses: u32,
    shorts: u32,
    longs: u32,
    changed_at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct PlainEncoder {
    code: u16,
    step: i16,
    position: i32,
    changed_at: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct PlainAxis {
    code: u16,
    self_centring: bool,
    value: f32,
}

impl Plain {
    /// Whether it carries no control at all; keeps a decoder's work from being left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buttons.is_empty() && self.encoders.is_empty() && self.axes.is_empty()
    }

    /// Takes a report over.
    #[must_use]
    pub fn of(report: &Report, stamp: &Stamp) -> Self {
        Plain {
            session: stamp.session.0,
            seq: stamp.seq,
            t_captured: stamp.t_captured.nanos(),
            t_sent: stamp.t_sent.nanos(),
            t_wall: stamp.t_wall,
            buttons: report
                .buttons
                .iter()
                .map(|b| PlainButton {
                    code: b.code.0,
                    pressed: b.pressed,
                    last: b.last as u8,
                    presses: b.presses,
                    shorts: b.shorts,
                    longs: b.longs,
                    changed_at: b.changed_at.nanos(),
                })
                .collect(),
            encoders: report
                .encoders
                .iter()
                .map(|e| PlainEncoder {
                    code: e.code.0,
                    step: e.step,
                    position: e.position,
                    changed_at: e.changed_at.nanos(),
                })
                .collect(),
            axes: report
                .axes
                .iter()
                .map(|a| PlainAxis {
                    code: a.code.0,
                    self_centring: a.self_centring,
                    value: a.value,
                })
                .collect(),
        }
    }
}
