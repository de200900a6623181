//! What holds for any events in any order, at any times.

use std::time::Duration;

use heart_event::{
    Axes, Axis, BANDS, BandSample, Button, Code, DeviceInputs, Event, Inputs, Keys, NodeInputs,
    Presence, Reading, Readings, Release, Report, Text, Time, What,
};
use heart_frame::{Extent, Item, Paint, Picture, Wall};
use heart_scene::{AppController, Geometry, LossState, Program};
use proptest::prelude::*;

use crate::script::{self, name};

/// Everything that the controller listens to, and one that it does not.
const CODES: [Code; 22] = [
    Keys::BUTTON,
    Keys::SOUTH,
    Keys::NORTH,
    Keys::PLUS,
    Keys::MINUS,
    Keys::DPAD_LEFT,
    Keys::DPAD_RIGHT,
    Keys::DPAD_UP,
    Keys::DPAD_DOWN,
    Keys::LEFT,
    Keys::RIGHT,
    Keys::UP,
    Keys::DOWN,
    Keys::ENTER,
    Keys::ESCAPE,
    Keys::KEY_A,
    Keys::KEY_D,
    Axes::DPAD_X,
    Axes::DPAD_Y,
    Axes::LEFT_X,
    Axes::TRIGGER_RIGHT,
    Code(0xffff),
];

/// One frame: milliseconds since the last (even backwards), events, and an axis that is held.
#[derive(Clone, Debug)]
struct Step {
    millis: i64,
    events: Vec<(usize, usize, What)>,
    axis: (usize, f32),
    held: usize,
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![
        any::<u32>().prop_map(|count| What::Pressed { count }),
        any::<u32>().prop_map(|count| What::Long { count }),
        Just(What::Released { how: Release::Short }),
        Just(What::Released { how: Release::Long }),
        Just(What::Released { how: Release::Cancelled }),
        (-1000..=1000_i32).prop_map(|delta| What::Turned { delta, position: 0 }),
        any::<i32>().prop_map(|delta| What::Turned { delta, position: 0 }),
        any::<f32>().prop_map(|value| What::Moved { value }),
        (-1.0..=1.0_f32).prop_map(|value| What::Moved { value }),
        (0..4_u32).prop_map(|count| What::Said { count }),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let millis = prop_oneof![8 => 0..40_i64, 1 => -5_000..100_000_i64];
    let events = proptest::collection::vec((0..3_usize, 0..CODES.len(), what()), 0..6);
    let step = (millis, events, (0..CODES.len(), -1.0..=1.0_f32), 0..CODES.len())
        .prop_map(|(millis, events, axis, held)| Step { millis, events, axis, held });
    proptest::collection::vec(step, 1..60)
}

fn inputs(step: &Step) -> Inputs {
    let text = |count| Text {
        count,
        changed_at: Time::ZERO,
        text: ["", "hi", "né\u{1f600}\n\u{0}", &"long ".repeat(100)][count as usize].to_owned(),
    };
    // Whatever a sensor may report, too.
    let reading = |(code, _): (Code, _)| Reading {
        code,
        valid: step.held.is_multiple_of(2),
        value: step.axis.1 * 200.0,
        ..Reading::default()
    };
    let report = Report {
        readings: Readings::all().map(reading).collect(),
        buttons: vec![Button { code: CODES[step.held], pressed: true, ..Button::default() }],
        axes: vec![Axis { code: CODES[step.axis.0], self_centring: true, value: step.axis.1 }],
        texts: (0..4).map(text).collect(),
        ..Report::default()
    };
    let device = |number| DeviceInputs {
        device: name(["a", "b", "c"][number]),
        stale: false,
        seq: 1,
        report: report.clone(),
    };
    let devices = (0..2).map(device).collect();
    let node = NodeInputs { node: name("gw"), presence: Presence::Online, session: None, devices };
    let bands = [step.axis.1; BANDS];
    let sound = step.held.is_multiple_of(3).then(|| BandSample { bands, ..BandSample::default() });
    Inputs { nodes: vec![node], sound, ..Inputs::default() }
}

/// An event of the device with this number.
fn event(device: usize, code: Code, what: What) -> Event {
    script::event(name(["a", "b", "c"][device]), code, what, Time::ZERO)
}

fn wall() -> Wall {
    Wall::rectangle(3, 1, Extent { width: 32, height: 32 }).expect("a wall")
}

fn shipped() -> Program {
    let program = Program::shipped("lib_2025").expect("it is shipped");
    program.expect("it is a program")
}

/// Has a mode for each kind of scene.
fn every_kind() -> Program {
    let program = Program::shipped("lib_2026").expect("it is shipped");
    program.expect("it is a program")
}

/// A program of two modes that becomes idle in its second one.
fn idle(first: &str, second: &str) -> Program {
    let mode = |name: &str| {
        let scenes = "[{ kind = 'life' }, { kind = 'plasma' }]";
        format!("[[mode]]\nname = '{name}'\nscene = {scenes}\n")
    };
    let loss = format!("[loss]\npolicy = 'idle'\nafter_s = 0.1\nidle = '{second}'\n");
    let text = format!("name = 'p'\n{loss}{}{}", mode(first), mode(second));
    Program::parse("p", &text).expect("a program")
}

fn controller(seed: u64) -> AppController {
    AppController::new(shipped(), Geometry::from(&wall()), seed)
}

/// Feeds a controller, looking at it after each frame.
fn feed(seed: u64, steps: &[Step], mut look: impl FnMut(&AppController, &Picture)) {
    let mut controller = AppController::new(every_kind(), Geometry::from(&wall()), seed);
    let (mut now, mut picture) = (10_000_i64, Picture::default());
    for step in steps {
        now = (now + step.millis).max(0);
        let at = Time::from_millis(now as u64);
        let events: Vec<_> = step
            .events
            .iter()
            .map(|(device, code, what)| event(*device, CODES[*code], *what))
            .collect();
        controller.tick(at, &events, &inputs(step), &mut picture);
        look(&controller, &picture);
    }
}

fn drawable(item: &Item) -> bool {
    let rect = item.rect;
    let finite = [rect.x, rect.y, rect.width, rect.height].iter().all(|edge| edge.is_finite());
    let full = match &item.paint {
        Paint::Cells(bitmap) => {
            bitmap.cells.len() == (bitmap.extent.width * bitmap.extent.height) as usize
                && !bitmap.cells.is_empty()
        }
        Paint::Shader { seconds, params, .. } => {
            (0.0..=256.0).contains(seconds) && params.iter().all(|param| param.is_finite())
        }
        Paint::Fill(_) => true,
    };
    finite && full && rect.width > 0.0 && rect.height > 0.0 && (0.0..=1.0).contains(&item.opacity)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_wall_is_always_somewhere_and_its_picture_can_be_drawn(steps in steps()) {
        let program = every_kind();
        feed(1, &steps, |controller, picture| {
            let status = controller.status();
            let mode = program.modes().iter().find(|mode| mode.name.as_str() == status.mode);
            assert!(status.scene < mode.expect("a mode of the program").scenes().len());
            assert!(!status.selecting || status.scene == 0);
            assert_eq!(status.mode_changes.is_multiple_of(2), status.selecting);
            assert!(picture.items.len() <= Picture::MAX_ITEMS);
            for item in &picture.items {
                assert!(drawable(item), "{item:?}");
            }
        });
    }

    #[test]
    fn programs_losses_and_notices_at_any_time_leave_the_wall_somewhere(
        steps in steps(), changes in proptest::collection::vec((0..12_usize, 0..3_usize), 60),
    ) {
        let programs = [shipped(), idle("a", "b"), idle("b", "c"), idle("c", "plasma")];
        let mut controller = controller(5);
        let (mut now, mut picture) = (Time::from_millis(1), Picture::default());
        for (step, (program, presence)) in steps.iter().zip(changes) {
            if let Some(program) = programs.get(program) {
                controller.set_program(program.clone());
            }
            controller.set_notice([None, Some(""), Some("x\u{0}\nyz ")][presence]);
            let mut inputs = inputs(step);
            let presences = [Presence::Online, Presence::Lost, Presence::Lost];
            inputs.nodes[0].presence = presences[presence];
            now = now + Duration::from_millis(step.millis.unsigned_abs());
            let events: Vec<_> =
                step.events.iter().map(|(d, code, what)| event(*d, CODES[*code], *what)).collect();
            controller.tick(now, &events, &inputs, &mut picture);
            let status = controller.status();
            let modes = controller.program().modes();
            let mode = modes.iter().find(|mode| mode.name.as_str() == status.mode);
            prop_assert!(status.scene < mode.expect("a mode of the program").scenes().len());
            if status.loss != LossState::Idle {
                prop_assert_eq!(status.mode_changes.is_multiple_of(2), status.selecting);
            }
            prop_assert!(picture.items.len() <= Picture::MAX_ITEMS);
            prop_assert!(picture.items.iter().all(drawable));
        }
    }

    #[test]
    fn the_same_seed_times_and_events_give_the_same_pictures(steps in steps(), seed: u64) {
        let (mut first, mut second) = (Vec::new(), Vec::new());
        feed(seed, &steps, |_, picture| first.push(picture.clone()));
        feed(seed, &steps, |_, picture| second.push(picture.clone()));
        prop_assert!(first == second);
    }

    #[test]
    fn no_release_but_a_short_one_of_a_knob_moves_the_wall(
        steps in steps(), device in 0..3_usize, code in 0..CODES.len(), long: bool,
    ) {
        let mut held = controller(2);
        let mut picture = Picture::default();
        for (frame, step) in (0..).zip(&steps) {
            let events: Vec<_> =
                step.events.iter().map(|(d, code, what)| event(*d, CODES[*code], *what)).collect();
            held.tick(Time::from_millis(frame * 16), &events, &inputs(step), &mut picture);
        }
        let before = format!("{:?}", held.status());
        let how = if long { Release::Long } else { Release::Cancelled };
        let release = event(device, CODES[code], What::Released { how });
        held.tick(Time::from_millis(60_000), &[release], &Inputs::default(), &mut picture);
        prop_assert_eq!(before, format!("{:?}", held.status()));
    }
}

#[test]
fn a_flood_of_events_costs_no_more_than_hearing_it() {
    let mut controller = controller(3);
    let mut picture = Picture::default();
    let presses = vec![event(0, Keys::SOUTH, What::Pressed { count: 1 }); 100_001];
    controller.tick(Time::ZERO, &presses, &Inputs::default(), &mut picture);
    // The first enters; of the rest 63 act, where all of them would end at scene 0.
    let status = controller.status();
    assert_eq!(status.scene, 1);
    assert_eq!((status.selecting, status.mode_changes, status.mode), (false, 1, "plasma"));
}

#[test]
fn a_clock_that_steps_back_counts_as_no_time() {
    let picture_after = |times: &[u64]| {
        let (mut controller, mut picture) = (controller(4), Picture::default());
        for millis in times {
            let now = Time::from_millis(*millis);
            controller.tick(now, &[], &Inputs::default(), &mut picture);
        }
        picture
    };
    let steady = picture_after(&[1_000, 1_100]);
    assert!(steady == picture_after(&[1_000, 1_100, 0, 1_050, 1_100]));
    assert!(steady != picture_after(&[1_000, 1_200]));
}
