use heart_event::{
    Axis, BandSample, Button, DeviceInputs, Encoder, NodeInputs, Presence, Reading, Report, Unit,
};

use super::*;

const FRAME: Duration = Duration::from_millis(10);

fn inputs(device: &str, report: Report) -> Inputs {
    let name = |text| Name::new(text).unwrap();
    let device = DeviceInputs { device: name(device), stale: false, seq: 1, report };
    let node = NodeInputs {
        node: name("gw"),
        presence: Presence::Online,
        session: None,
        devices: vec![device],
    };
    Inputs { nodes: vec![node], ..Inputs::default() }
}

fn knob(device: &str, code: Code, position: i32) -> Inputs {
    let encoders = vec![Encoder { code, position, ..Encoder::default() }];
    inputs(device, Report { encoders, ..Report::default() })
}

fn reading(code: Code, value: f32) -> Inputs {
    let readings = vec![Reading { code, unit: Unit::Unknown, valid: true, value }];
    inputs("sensor", Report { readings, ..Report::default() })
}

#[test]
fn at_rest_everything_is_zero() {
    let mut senses = Senses::default();
    senses.advance(FRAME, &Inputs::default());
    assert_eq!(*senses.inputs(), ShaderInputs::default());
}

#[test]
fn every_bit_is_the_button_of_its_word() {
    for (code, word) in BITS.into_iter().zip(ShaderInputs::BUTTONS) {
        assert_eq!(Keys::word(code), Some(word));
    }
    let button = |code| Button { code, pressed: true, ..Button::default() };
    let buttons = vec![button(Keys::SOUTH), button(Keys::R3), button(Keys::DPAD_LEFT)];
    let mut senses = Senses::default();
    senses.advance(FRAME, &inputs("pad", Report { buttons, ..Report::default() }));
    assert_eq!(senses.inputs().held, 0b1000_0000_0001_0000);
    assert_eq!(senses.inputs().dpad, [-1.0, 0.0], "a d-pad of buttons is one, too");
}

#[test]
fn sticks_triggers_and_motion_are_where_their_names_say() {
    let axis = |code, value| Axis { code, self_centring: true, value };
    let axes = vec![
        axis(Axes::LEFT_X, 0.1),
        axis(Axes::LEFT_Y, 0.2),
        axis(Axes::RIGHT_X, 0.3),
        axis(Axes::RIGHT_Y, 0.4),
        axis(Axes::TRIGGER_LEFT, 0.5),
        axis(Axes::TRIGGER_RIGHT, f32::NAN),
        axis(Axes::DPAD_Y, -1.0),
    ];
    let mut senses = Senses::default();
    senses.advance(FRAME, &inputs("pad", Report { axes, ..Report::default() }));
    let is = senses.inputs();
    assert_eq!((is.stick_left, is.stick_right), ([0.1, 0.2], [0.3, 0.4]));
    assert_eq!((is.triggers, is.dpad), ([0.5, 0.0], [0.0, -1.0]));
    senses.advance(FRAME, &reading(Readings::ACCELERATION_Z, 9.81));
    assert_eq!(senses.inputs().acceleration, [0.0, 0.0, 9.81]);
    senses.advance(FRAME, &reading(Readings::HEADING, 270.0));
    assert_eq!(senses.inputs().heading, 270.0);
}

#[test]
fn what_is_heard_arrives_band_by_band() {
    let bands = std::array::from_fn(|band| band as f32 / 16.0);
    let sound = Some(BandSample { rms: 0.25, peak: f32::NAN, bands });
    let mut senses = Senses::default();
    senses.advance(FRAME, &Inputs { sound, ..Inputs::default() });
    let is = senses.inputs();
    assert_eq!((is.rms, is.peak, is.bands), (0.25, 0.0, bands));
}

#[test]
fn knobs_count_from_the_scenes_beginning_and_never_jump_with_a_device() {
    let mut senses = Senses::default();
    let mut turned = |device, code, position| {
        senses.advance(FRAME, &knob(device, code, position));
        senses.inputs().encoders
    };
    assert_eq!(turned("knob", Encoders::KNOB, 700), [0.0; 4]);
    assert_eq!(turned("knob", Encoders::KNOB, 703), [3.0, 0.0, 0.0, 0.0]);
    assert_eq!(turned("other", Encoders::KNOB, -40), [3.0, 0.0, 0.0, 0.0]);
    assert_eq!(turned("other", Encoders::KNOB, -41), [2.0, 0.0, 0.0, 0.0]);
    assert_eq!(turned("other", Encoders::KNOB, 9_000), [2.0, 0.0, 0.0, 0.0]);
    assert_eq!(turned("other", Encoders::KNOB_2, 5), [2.0, 0.0, 0.0, 0.0]);
    assert_eq!(turned("other", Encoders::KNOB_2, 4), [2.0, 0.0, -1.0, 0.0]);
}

#[test]
fn a_heart_beats_as_often_as_it_is_said_to_at_every_frame_rate() {
    for millis in [5, 20, 50] {
        let mut senses = Senses::default();
        let (mut beats, mut before) = (0, 0.0);
        for _ in 0..30_000 / millis {
            senses.advance(Duration::from_millis(millis), &reading(Readings::BPM, 120.0));
            beats += u32::from(senses.inputs().beat > before);
            before = senses.inputs().beat;
        }
        assert!((59..=60).contains(&beats), "{beats} beats in 30 s at {millis} ms");
    }
}

#[test]
fn a_heart_that_is_not_heard_or_not_believed_does_not_beat() {
    for bpm in [0.0, 5.0, 900.0, f32::NAN] {
        let mut senses = Senses::default();
        for _ in 0..500 {
            senses.advance(FRAME, &reading(Readings::BPM, bpm));
            assert_eq!(senses.inputs().beat, 0.0);
        }
    }
}

#[test]
fn music_beats_when_a_microphone_counts_and_not_when_it_appears() {
    let counted = |presses| {
        let button = Button { code: Keys::BEAT, presses, ..Button::default() };
        inputs("microphone", Report { buttons: vec![button], ..Report::default() })
    };
    let mut senses = Senses::default();
    let mut beat = |inputs: &Inputs| {
        senses.advance(FRAME, inputs);
        senses.inputs().beat
    };
    assert_eq!(beat(&counted(700)), 0.0);
    assert_eq!(beat(&counted(701)), 1.0);
    assert!((0.9..1.0).contains(&beat(&counted(701))), "it fades");
    assert_eq!(beat(&counted(703)), 1.0);
    assert!(beat(&counted(0)) < 1.0, "another session is no beat");
}
