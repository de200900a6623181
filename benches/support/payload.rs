//! The payload classes: the messages that an installation carries most.

use std::time::Duration;

use heart_event::{
    Axes, Axis, Button, Change, Code, Encoder, Encoders, Keys, MotionSample, Name, Report, Samples,
    SessionId, Stamp, Text, Time,
};

/// A class of payload, named as in the benchmark ids.
#[derive(Clone, Debug)]
pub struct Payload {
    /// `knob`, `gamepad`, `imu64` or `text`.
    pub name: &'static str,
    /// What it carries.
    pub body: Body,
}

/// A report or a batch of samples.
#[derive(Clone, Debug)]
pub enum Body {
    /// Discrete and slow state.
    Report(Report),
    /// A batch of a stream.
    Samples(Samples),
}

/// Samples of one inertial batch.
const BATCH: u16 = 64;

/// The original's knob (one button, one encoder), a gamepad (fifteen buttons, eight axes), 64
/// samples of an inertial sensor at 416 Hz, and a sentence of a phone.
#[must_use]
pub fn payloads() -> Vec<Payload> {
    let payload = |name, report| Payload { name, body: Body::Report(report) };
    vec![
        payload("knob", knob()),
        payload("gamepad", gamepad()),
        Payload { name: "imu64", body: Body::Samples(imu()) },
        payload("text", text()),
    ]
}

/// The stamp that every benched message carries.
#[must_use]
pub fn stamp() -> Stamp {
    Stamp {
        session: SessionId(0x0123_4567_89ab_cdef),
        seq: 123_456,
        t_captured: Time::from_nanos(86_400_124_317_803),
        t_sent: Time::from_nanos(86_400_124_402_911),
        t_wall: 1_795_000_000_123_456_789,
    }
}

/// Node and device of every benched message.
#[must_use]
pub fn names() -> (Name, Name) {
    let name = |text| Name::new(text).expect("a lower-case word is a name");
    (name("gw-1"), name("pad"))
}

fn button(code: Code) -> Button {
    Button {
        code,
        pressed: false,
        last: Change::Short,
        presses: 1_204,
        shorts: 1_190,
        longs: 14,
        changed_at: Time::from_nanos(86_400_123_204_117),
    }
}

/// One button and one encoder, as the original's knob has them.
pub(crate) fn knob() -> Report {
    let changed_at = Time::from_nanos(86_400_100_377_219);
    Report {
        buttons: vec![button(Keys::BUTTON)],
        encoders: vec![Encoder { code: Encoders::KNOB, step: 1, position: 421, changed_at }],
        ..Report::default()
    }
}

/// Fifteen buttons and eight axes.
pub(crate) fn gamepad() -> Report {
    let buttons =
        Keys::all().map(|(code, _)| code).filter(|code| (0x130..=0x13e).contains(&code.0));
    let axis = |(code, _)| Axis { code, self_centring: true, value: 0.337_5 };
    Report {
        buttons: buttons.map(button).collect(),
        axes: Axes::all().take(8).map(axis).collect(),
        ..Report::default()
    }
}

fn imu() -> Samples {
    let sample = |n: u16| {
        let x = f32::from(n) / 40.0;
        MotionSample {
            acceleration: [x.sin(), x.cos() * 0.3, 9.806_65 - x.sin() * 0.1],
            rotation: [x.cos(), -x.sin(), x * 0.01],
        }
    };
    let period = Duration::from_nanos(2_403_846);
    Samples { period, motion: (0..BATCH).map(sample).collect(), bands: Vec::new() }
}

pub(crate) fn text() -> Report {
    let text = "Was ist drei mal vier? \u{201e}zw\u{f6}lf\u{201c}, sagte die Wand.".to_owned();
    let changed_at = Time::from_nanos(86_400_100_377_219);
    Report { texts: vec![Text { count: 17, changed_at, text }], ..Report::default() }
}
