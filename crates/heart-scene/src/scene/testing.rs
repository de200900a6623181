//! Inputs for the tests of scenes.

use heart_event::{
    Axis, Button, Code, DeviceInputs, Inputs, Name, NodeInputs, Presence, Reading, Report,
};

/// Somebody's device.
pub(super) fn device(name: &str, report: Report) -> DeviceInputs {
    DeviceInputs { device: Name::new(name).expect("a name"), stale: false, seq: 1, report }
}

/// These devices, of one node.
pub(super) fn inputs(devices: Vec<DeviceInputs>) -> Inputs {
    let node = Name::new("gw").expect("a name");
    let node = NodeInputs { node, presence: Presence::Online, session: None, devices };
    Inputs { nodes: vec![node], ..Inputs::default() }
}

/// One sensor with one valid reading.
pub(super) fn reading(code: Code, value: f32) -> Inputs {
    let reading = Reading { code, valid: true, value, ..Reading::default() };
    inputs(vec![device("sensor", Report { readings: vec![reading], ..Report::default() })])
}

/// A report of a pad with these axes and held buttons.
pub(super) fn pad(axes: &[(Code, f32)], held: &[Code]) -> Report {
    let axis =
        |(code, value): &(Code, f32)| Axis { code: *code, self_centring: true, value: *value };
    let button = |code: &Code| Button { code: *code, pressed: true, ..Button::default() };
    Report {
        axes: axes.iter().map(axis).collect(),
        buttons: held.iter().map(button).collect(),
        ..Report::default()
    }
}
