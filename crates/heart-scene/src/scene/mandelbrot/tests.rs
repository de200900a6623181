use heart_event::{Axis, DeviceInputs, Name, NodeInputs, Presence, Report};
use heart_frame::Wall;

use super::super::Kind;
use super::*;

const FRAME: Duration = Duration::from_millis(10);

fn scene() -> Mandelbrot {
    Mandelbrot::new(SceneSpec::new(Kind::Mandelbrot), Geometry::from(&Wall::cube()))
}

fn pad(code: heart_event::Code, value: f32) -> Inputs {
    let axes = vec![Axis { code, self_centring: true, value }];
    let name = |text| Name::new(text).unwrap();
    let report = Report { axes, ..Report::default() };
    let device = DeviceInputs { device: name("pad"), stale: false, seq: 1, report };
    let node = NodeInputs {
        node: name("gw"),
        presence: Presence::Online,
        session: None,
        devices: vec![device],
    };
    Inputs { nodes: vec![node], ..Inputs::default() }
}

fn run(scene: &mut Mandelbrot, seconds: u32, inputs: &Inputs) {
    (0..seconds * 100).for_each(|_| scene.advance(FRAME, inputs));
}

#[test]
fn the_tour_runs_at_its_speed_and_begins_anew() {
    let mut scene = scene();
    run(&mut scene, 20, &Inputs::default());
    assert!((scene.tour - 20.0).abs() < 1e-6);
    scene.spec.values[SPEED] = 2.0;
    run(&mut scene, 65, &Inputs::default());
    assert!((scene.tour - 6.0).abs() < 1e-6, "144 s later it is at its beginning");
    assert_eq!(scene.params(), [0.0; 8]);
}

#[test]
fn a_hand_stops_the_tour_which_goes_on_five_seconds_after() {
    let mut scene = scene();
    run(&mut scene, 10, &Inputs::default());
    let toured = scene.tour;
    run(&mut scene, 2, &pad(Axes::TRIGGER_RIGHT, 1.0));
    assert!((scene.params()[0] - 2.0).abs() < 0.01, "a doubling a second");
    run(&mut scene, 4, &Inputs::default());
    assert_eq!(scene.tour, toured);
    run(&mut scene, 11, &Inputs::default());
    assert!(scene.tour > toured + 9.0);
    assert!(scene.dived < 0.01, "what the hand added is gone");
}

#[test]
fn a_dive_goes_to_where_the_hand_has_moved() {
    let mut scene = scene();
    run(&mut scene, 1, &pad(Axes::LEFT_X, 1.0));
    let place = scene.moved;
    assert!((place[0] - 0.66).abs() < 1e-6);
    run(&mut scene, 3, &pad(Axes::TRIGGER_RIGHT, 1.0));
    assert_eq!(scene.moved, place);
    assert!((scene.params()[2] - 0.66 * 8.0).abs() < 0.01, "eight times as far in what is seen");
    run(&mut scene, 1, &pad(Axes::LEFT_X, 1.0));
    assert!((scene.moved[0] - 0.66 * 1.125).abs() < 0.001, "and a stick moves by what is seen");
}

#[test]
fn a_flight_is_the_same_at_every_frame_rate() {
    let (mut slow, mut fast) = (scene(), scene());
    let stick = pad(Axes::LEFT_Y, -0.5);
    (0..20).for_each(|_| slow.advance(Duration::from_millis(50), &stick));
    (0..1000).for_each(|_| fast.advance(Duration::from_millis(1), &stick));
    assert!((slow.params()[3] - fast.params()[3]).abs() < 1e-5);
    assert!((slow.params()[3] + 0.33).abs() < 1e-5);
}

#[test]
fn a_stick_in_its_dead_zone_touches_nothing() {
    let mut scene = scene();
    run(&mut scene, 1, &pad(Axes::LEFT_X, 0.09));
    assert_eq!(scene.moved, [0.0; 2]);
    assert!(scene.tour > 0.9);
}

#[test]
fn a_hand_stays_near_the_set() {
    let mut scene = scene();
    run(&mut scene, 60, &pad(Axes::LEFT_Y, -1.0));
    run(&mut scene, 60, &pad(Axes::TRIGGER_RIGHT, 1.0));
    assert_eq!((scene.moved, scene.dived), ([0.0, -FARTHEST], DEEPEST));
}
