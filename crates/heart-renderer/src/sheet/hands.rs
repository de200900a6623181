//! Hands for the sheet: what people would be doing while a scene is looked at.

use std::time::Duration;

use heart_event::{
    Axes, Axis, BANDS, BandSample, Button, Code, DeviceInputs, Encoder, Encoders, Inputs, Keys,
    NodeInputs, Presence, Reading, Readings, Report, Text, Time, Unit,
};

use super::name;

/// What is played, by the word of a scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    /// Nobody is there.
    None,
    /// Somebody tilts and shakes the wall.
    Motion,
    /// Straps on nine people; or on five who run.
    Straps { racing: bool },
    /// One pad of two players.
    Player,
    /// Two pads, one of them away, a knob and a sensor.
    Everything,
    /// Music.
    Sound,
    /// A phone says something.
    Phone,
}

impl Hands {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "water" | "bounce" | "shake_jump" => Hands::Motion,
            "heart_rate" => Hands::Straps { racing: false },
            "racing" => Hands::Straps { racing: true },
            "cube_pong" => Hands::Player,
            "diagnostics" => Hands::Everything,
            "spectrum" => Hands::Sound,
            "message" => Hands::Phone,
            _ => Hands::None,
        }
    }

    /// What they lead to at this time.
    pub(super) fn inputs(self, at: Duration) -> Inputs {
        let t = at.as_secs_f32();
        let devices = match self {
            Hands::None | Hands::Sound => Vec::new(),
            Hands::Motion => vec![device("imu", motion(t))],
            Hands::Straps { racing } => straps(racing),
            Hands::Player => vec![device("pad", stick((t * 2.3).sin() * 0.7))],
            Hands::Everything => everything(t),
            Hands::Phone => vec![device("phone", texts())],
        };
        let node =
            NodeInputs { node: name("hands"), presence: Presence::Online, session: None, devices };
        let sound = (self == Hands::Sound).then(|| sound(t));
        Inputs { nodes: vec![node], sound, ..Inputs::default() }
    }

    /// The text that is said in the frame that ends at this time.
    pub(super) fn said(self, at: Duration, span: Duration) -> Option<u32> {
        let (from, to) = (at.saturating_sub(span).as_millis(), at.as_millis());
        let now = |count: &usize| (from..to).contains(&SAID_MS[*count]);
        (self == Hands::Phone).then(|| (0..SAID.len()).find(now).map(|count| count as u32 + 1))?
    }
}

/// What the phone says, and when: shortly before each look.
const SAID: [&str; 3] = ["\u{2764}\u{fe0f}\u{1f525}", "party on the roof \u{1f389}", LONG];
const SAID_MS: [u128; 3] = [500, 5_500, 9_000];
const LONG: &str = "meet us at the north side of the cube when the water is high and the birds are \
                    gone, bring a friend \u{2b50}";

fn device(device: &'static str, report: Report) -> DeviceInputs {
    DeviceInputs { device: name(device), stale: false, seq: 1_234, report }
}

fn reading(code: Code, unit: Unit, value: f32) -> Reading {
    Reading { code, unit, valid: true, value }
}

/// The wall leans one way, then the other; now and then it is shaken upwards.
fn motion(t: f32) -> Report {
    let shaken = [1.45..1.7, 4.9..5.1, 13.1..13.35].iter().any(|shake| shake.contains(&t));
    let readings = vec![
        reading(Readings::ACCELERATION_X, Unit::MetresPerSecondSquared, (t * 2.2).sin() * 3.0),
        reading(Readings::ACCELERATION_Y, Unit::MetresPerSecondSquared, (t * 1.9).cos() * 2.2),
        reading(
            Readings::ACCELERATION_Z,
            Unit::MetresPerSecondSquared,
            if shaken { 14.0 } else { 9.81 },
        ),
    ];
    Report { readings, ..Report::default() }
}

fn straps(racing: bool) -> Vec<DeviceInputs> {
    const NAMES: [&str; 9] = [
        "strap-1", "strap-2", "strap-3", "strap-4", "strap-5", "strap-6", "strap-7", "strap-8",
        "strap-9",
    ];
    let strap = |(place, device): (usize, &'static str)| {
        let n = place as f32;
        let bpm = if racing { 158.0 + 5.0 * n } else { 62.0 + 11.0 * n };
        let readings = vec![
            reading(Readings::BPM, Unit::BeatsPerMinute, bpm),
            reading(Readings::BATTERY, Unit::Ratio, 1.0 - 0.115 * n),
        ];
        let report = Report { readings, ..Report::default() };
        DeviceInputs { stale: place == 4 && !racing, ..self::device(device, report) }
    };
    NAMES.into_iter().enumerate().map(strap).collect()
}

fn stick(y: f32) -> Report {
    let axes = vec![axis(Axes::LEFT_X, 0.0), axis(Axes::LEFT_Y, y)];
    Report { axes, ..Report::default() }
}

fn axis(code: Code, value: f32) -> Axis {
    Axis { code, self_centring: true, value }
}

fn everything(t: f32) -> Vec<DeviceInputs> {
    let button = |code, pressed| Button { code, pressed, ..Button::default() };
    let codes =
        [Keys::SOUTH, Keys::EAST, Keys::WEST, Keys::NORTH, Keys::MINUS, Keys::PLUS, Keys::HOME];
    let held = (t * 0.9) as usize % codes.len();
    let mut buttons: Vec<Button> =
        codes.iter().enumerate().map(|(place, code)| button(*code, place == held)).collect();
    buttons.push(button(Keys::R, t.sin() > 0.0));
    buttons.push(button(Keys::DPAD_LEFT, true));
    let axes = vec![
        axis(Axes::LEFT_X, (t * 1.7).sin()),
        axis(Axes::LEFT_Y, (t * 1.7).cos()),
        axis(Axes::RIGHT_X, (t * 0.9).cos() * 0.5),
        axis(Axes::RIGHT_Y, 0.0),
        axis(Axes::TRIGGER_LEFT, 0.0),
        axis(Axes::TRIGGER_RIGHT, 0.5 + 0.5 * (t * 1.3).sin()),
    ];
    let pad = Report { buttons: buttons.clone(), axes, ..Report::default() };
    let rest = Report {
        buttons: codes.iter().map(|code| button(*code, false)).collect(),
        axes: vec![axis(Axes::LEFT_X, 0.0), axis(Axes::RIGHT_X, 0.0)],
        ..Report::default()
    };
    let position = (t * 3.0) as i32 - 8;
    let knob = Report {
        buttons: vec![button(Keys::BUTTON, true)],
        encoders: vec![Encoder { code: Encoders::KNOB, position, ..Encoder::default() }],
        ..Report::default()
    };
    vec![
        DeviceInputs { seq: 9_000 + (t * 60.0) as u64, ..device("pad-red", pad) },
        DeviceInputs { stale: true, ..device("pad-blue", rest) },
        device("knob", knob),
        device("imu", motion(t)),
    ]
}

/// Music: a beat in the low bands, a tune that climbs, a little of everything above.
fn sound(t: f32) -> BandSample {
    let beat = (-((t * 2.13).fract()) * 6.0).exp();
    let tune = 7.0 + 4.0 * (t * 1.1).sin();
    let bands = std::array::from_fn(|band: usize| {
        let place = band as f32;
        let low = beat * (1.0 - place / 4.0).max(0.0);
        let high = 0.25 * (-(place - tune).powi(2) / 3.0).exp();
        let air = 0.02 + 0.05 * (place * 1.7 + t * 5.0).sin().abs();
        (low * 0.8 + high + air * (place / BANDS as f32)).min(1.0)
    });
    BandSample { rms: 0.3 * beat, peak: beat, bands }
}

fn texts() -> Report {
    let text = |(text, count): (&&str, u32)| Text {
        count,
        changed_at: Time::ZERO,
        text: (*text).to_owned(),
    };
    Report { texts: SAID.iter().zip(1..).map(text).collect(), ..Report::default() }
}
