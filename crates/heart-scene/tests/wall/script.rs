//! A small language for hands, and what the wall makes of it.
//!
//! A script is words parted by spaces; each is one frame, 16 ms after the one before.
//! `knob:turn+2` is a device and what happens to it; `a&b` are two things in one frame;
//! `t:333` lets 333 ms pass in frames of at most 16 ms.
//!
//! | word | events |
//! |---|---|
//! | `turn+2`, `turn-1` | turned |
//! | `knob2+3` | knob 2 of the device turned |
//! | `press` | pressed and let go within 500 ms |
//! | `hold`, `long`, `free` | pressed; held for 500 ms; let go, short or long as it was |
//! | `cut` | the release that a lost link makes |
//! | `south` | that button goes down and comes up |
//! | `+south`, `-south` | it goes down; it comes up |
//! | `x=1`, `y=-0.6` | the d-pad's axis moves there; other axes by their words |
//! | `bpm=72` | none: a reading, by its word, is this |
//! | `say=hi` | a text is said |
//! | `lost` | none: its state is masked, as when its link is lost |
//!
//! `press`, `hold`, `long`, `free` and `cut` are the knob's button. The answer is a line of where
//! the wall was, changes only: `[life]` is the select screen at life, `life:1` its second scene.

use std::time::Duration;

use heart_event::{
    Axes, Axis, Button, Code, DeviceInputs, Event, Inputs, Keys, Name, NodeInputs, Presence,
    Reading, Readings, Release, Report, Text, Time, Unit, What,
};
use heart_frame::{Picture, Wall};
use heart_scene::{AppController, Geometry, Program};

/// A wall, its controller, and the devices in people's hands.
pub struct Hands {
    pub controller: AppController,
    pub picture: Picture,
    pub now: Time,
    inputs: Inputs,
    trace: Vec<String>,
}

const FRAME: Duration = Duration::from_millis(16);

impl Hands {
    pub fn new(program: Program, wall: &Wall) -> Self {
        let controller = AppController::new(program, Geometry::from(wall), 7);
        let node = NodeInputs {
            node: name("gw"),
            presence: Presence::Online,
            session: None,
            devices: Vec::new(),
        };
        let inputs = Inputs { nodes: vec![node], ..Inputs::default() };
        let now = Time::from_millis(1_000);
        let picture = Picture::default();
        let mut hands = Hands { controller, picture, now, inputs, trace: Vec::new() };
        hands.frame(Duration::ZERO, &[]);
        hands
    }

    /// Plays a script.
    pub fn play(&mut self, script: &str) {
        for word in script.split_whitespace() {
            if let Some(millis) = word.strip_prefix("t:") {
                self.wait(Duration::from_millis(millis.parse().expect("milliseconds")));
                continue;
            }
            let mut events = Vec::new();
            for part in word.split('&') {
                let (device, what) = part.split_once(':').expect("device:what");
                self.happen(name(device), what, &mut events);
            }
            self.frame(FRAME, &events);
        }
    }

    /// Where the wall was so far, changes only.
    pub fn trace(&self) -> String {
        self.trace.join(" ")
    }

    /// From now on the node of all devices is like this.
    pub fn presence(&mut self, presence: Presence) {
        self.inputs.nodes[0].presence = presence;
    }

    fn wait(&mut self, mut left: Duration) {
        while !left.is_zero() {
            let span = left.min(FRAME);
            self.frame(span, &[]);
            left -= span;
        }
    }

    fn frame(&mut self, span: Duration, events: &[Event]) {
        self.now = self.now + span;
        self.controller.tick(self.now, events, &self.inputs, &mut self.picture);
        let status = self.controller.status();
        let place = match status.selecting {
            true => format!("[{}]", status.mode),
            false => format!("{}:{}", status.mode, status.scene),
        };
        if self.trace.last() != Some(&place) {
            self.trace.push(place);
        }
    }

    fn happen(&mut self, device: Name, word: &str, events: &mut Vec<Event>) {
        let now = self.now;
        let report = self.report(device);
        let mut say = |code, what| events.push(event(device, code, what, now));
        if let Some((code, delta)) = effect_knob(word) {
            return say(code, What::Turned { delta, position: delta });
        }
        if let Some(delta) = word.strip_prefix("turn") {
            let delta = delta.parse().expect("detents");
            return say(Code(0), What::Turned { delta, position: delta });
        }
        match word.split_once('=') {
            Some(("say", text)) => {
                let count = report.texts.len() as u32 + 1;
                report.texts.push(Text { count, changed_at: now, text: text.to_owned() });
                return say(Code(0), What::Said { count });
            }
            Some((word, value)) if Readings::code(word).is_some() => {
                let code = Readings::code(word).expect("it has one");
                let value = value.parse().expect("a value");
                report.readings.retain(|reading| reading.code != code);
                return report.readings.push(Reading {
                    code,
                    value,
                    valid: true,
                    unit: Unit::Unknown,
                });
            }
            Some((axis, value)) => {
                let code = match axis {
                    "x" => Axes::DPAD_X,
                    "y" => Axes::DPAD_Y,
                    word => Axes::code(word).expect("an axis"),
                };
                let value = value.parse().expect("a value");
                report.axes.retain(|axis| axis.code != code);
                report.axes.push(Axis { code, self_centring: true, value });
                return say(code, What::Moved { value });
            }
            None => {}
        }
        if word == "lost" {
            return report.neutralise(now);
        }
        let (code, word) = match word {
            "press" | "hold" | "long" | "free" | "cut" => (Keys::BUTTON, word),
            _ if word.starts_with(['+', '-']) => (key(&word[1..]), &word[..1]),
            _ => (key(word), "press"),
        };
        let button = button(report, code);
        let release = |button: &mut Button, how| {
            button.pressed = false;
            What::Released { how }
        };
        match word {
            "press" => {
                say(code, What::Pressed { count: 1 });
                say(code, release(button, Release::Short));
            }
            "hold" | "+" => {
                (button.pressed, button.longs) = (true, 0);
                say(code, What::Pressed { count: 1 });
            }
            "long" => {
                button.longs = 1;
                say(code, What::Long { count: 1 });
            }
            "cut" => say(code, release(button, Release::Cancelled)),
            _ if button.longs > 0 => say(code, release(button, Release::Long)),
            _ => say(code, release(button, Release::Short)),
        }
    }

    fn report(&mut self, device: Name) -> &mut Report {
        let devices = &mut self.inputs.nodes[0].devices;
        if !devices.iter().any(|known| known.device == device) {
            let report = Report::default();
            devices.push(DeviceInputs { device, stale: false, seq: 1, report });
        }
        let known = devices.iter_mut().find(|known| known.device == device);
        &mut known.expect("it was just added").report
    }
}

/// An event of the node `gw`.
pub fn event(device: Name, code: Code, what: What, at: Time) -> Event {
    Event {
        node: name("gw"),
        device,
        code,
        what,
        at,
        received_at: at,
        captured_published: Duration::ZERO,
        published_received: Duration::ZERO,
    }
}

pub fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// `knob2+3`: the knob and its detents.
fn effect_knob(word: &str) -> Option<(Code, i32)> {
    let (knob, detents) = word.strip_prefix("knob")?.split_at_checked(1)?;
    Some((Code(knob.parse().ok()?), detents.parse().ok()?))
}

fn key(word: &str) -> Code {
    Keys::code(word).unwrap_or_else(|| panic!("no button is called {word}"))
}

fn button(report: &mut Report, code: Code) -> &mut Button {
    if report.button(code).is_none() {
        report.buttons.push(Button { code, ..Button::default() });
    }
    report.buttons.iter_mut().find(|button| button.code == code).expect("it was just added")
}
