//! The messages that `schema/fixtures/v1.0/` holds as bytes: what those bytes mean.

use std::time::Duration;

use heart_contract::{Beat, EchoAnswer, Encoder, Seen};
use heart_event::{
    Axes, Axis, BANDS, BandSample, Button, Catalogue, Change, DeviceInfo, DeviceState,
    Encoder as Knob, Encoders, Keys, MotionSample, Name, Reading, Readings, Report, Samples,
    SessionId, Stamp, Text, Time, Unit,
};

pub fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub fn node() -> Name {
    name("gw-1")
}

pub fn device() -> Name {
    name("knob")
}

pub fn stamp() -> Stamp {
    Stamp {
        session: SessionId(0x0123_4567_89ab_cdef),
        seq: 17,
        t_captured: Time::from_millis(100_000),
        t_sent: Time::from_millis(100_001),
        t_wall: 1_800_000_000_000_000_000,
    }
}

/// One of each, and of each class two where order matters.
pub fn report() -> Report {
    Report {
        buttons: vec![
            Button {
                code: Keys::BUTTON,
                pressed: false,
                last: Change::LongTap,
                presses: 7,
                shorts: 5,
                longs: 2,
                changed_at: Time::from_millis(99_500),
            },
            Button {
                code: Keys::SOUTH,
                pressed: true,
                last: Change::Pressed,
                presses: 1,
                shorts: 0,
                longs: 0,
                changed_at: Time::from_millis(100_000),
            },
        ],
        encoders: vec![Knob {
            code: Encoders::KNOB,
            step: -1,
            position: -42,
            changed_at: Time::from_millis(98_000),
        }],
        axes: vec![
            Axis { code: Axes::LEFT_X, self_centring: true, value: -0.5 },
            Axis { code: Axes::POT_0, self_centring: false, value: 1.0 },
        ],
        readings: vec![
            Reading { code: Readings::TEMPERATURE, unit: Unit::Celsius, valid: true, value: 21.5 },
            Reading { code: Readings::BPM, unit: Unit::BeatsPerMinute, valid: false, value: 0.0 },
        ],
        texts: vec![
            Text { count: 1, changed_at: Time::from_millis(95_000), text: "hello".into() },
            Text { count: 2, changed_at: Time::from_millis(97_000), text: "Käse ♥".into() },
        ],
    }
}

pub fn samples() -> Samples {
    let mut bands = [0.0; BANDS];
    for (index, energy) in bands.iter_mut().enumerate() {
        *energy = index as f32 / 16.0;
    }
    Samples {
        period: Duration::from_nanos(2_403_846),
        motion: vec![
            MotionSample { acceleration: [0.5, -0.25, 9.75], rotation: [0.125, 0.0, -0.125] },
            MotionSample { acceleration: [0.0, 0.0, 10.0], rotation: [1.0, 2.0, 3.0] },
        ],
        bands: vec![BandSample { rms: 0.25, peak: 0.75, bands }],
    }
}

pub const SEEN: [Seen; 2] = [
    // The key of "hands", then that of "knob": ascending.
    Seen { device: 0x0418_7fa9, seq: 3 },
    Seen { device: 0x534b_da21, seq: 0x0000_0001_0000_0011 },
];

pub const ANSWERS: [EchoAnswer; 1] = [EchoAnswer {
    nonce: *b"0123456789abcdef",
    t_received: Time::from_millis(99_990),
    t_sent: Time::from_millis(100_001),
}];

pub fn beat() -> Beat<'static> {
    Beat {
        connection: 3,
        uptime: Duration::from_secs(60),
        catalogue_revision: 2,
        seen: &SEEN,
        answers: &ANSWERS,
    }
}

pub fn catalogue() -> Catalogue {
    Catalogue {
        session: stamp().session,
        revision: 2,
        devices: vec![
            DeviceInfo {
                name: device(),
                kind: name("rotary_switch"),
                state: DeviceState::Running,
                since: Time::from_millis(41_000),
                detail: String::new(),
            },
            DeviceInfo {
                name: name("hands"),
                kind: name("simulated"),
                state: DeviceState::Faulted,
                since: Time::from_millis(90_000),
                detail: "hold.toml: no such file".into(),
            },
        ],
    }
}

/// The four binary messages, as this version writes them.
pub fn messages() -> [(&'static str, Vec<u8>); 4] {
    let mut encoder = Encoder::new();
    let (stamp, node, device) = (stamp(), node(), device());
    [
        ("report", encoder.report(&stamp, &node, &device, &report()).unwrap().to_vec()),
        ("samples", encoder.samples(&stamp, &node, &device, &samples()).unwrap().to_vec()),
        ("beat", encoder.beat(&stamp, &node, &beat()).unwrap().to_vec()),
        ("catalogue", encoder.catalogue(&stamp, &node, &catalogue()).unwrap().to_vec()),
    ]
}
