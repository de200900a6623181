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
    Inputs { nodes: vec![node] }
}

fn run(scene: &mut Mandelbrot, seconds: u32, inputs: &Inputs) {
    (0..seconds * 100).for_each(|_| scene.advance(FRAME, inputs));
}

#[test]
fn a_leg_dives_from_the_whole_set_to_a_place_and_comes_back() {
    let mut scene = scene();
    assert_eq!(scene.view(), (1.0, HOME));
    run(&mut scene, 20, &Inputs::default());
    let (zoom, centre) = scene.view();
    assert!((zoom - 250.0).abs() < 0.1, "{zoom}");
    assert!((centre[0] - PLACES[0][0]).abs() < 0.001);
    run(&mut scene, 20, &Inputs::default());
    assert!((scene.view().0 - 1.0).abs() < 0.001);
}

#[test]
fn a_hand_stops_the_tour_which_goes_on_five_seconds_after() {
    let mut scene = scene();
    run(&mut scene, 10, &Inputs::default());
    let toured = scene.tour;
    let (zoom, _) = scene.view();
    run(&mut scene, 2, &pad(Axes::TRIGGER_RIGHT, 1.0));
    assert!((scene.view().0 / zoom - 4.0).abs() < 0.01, "an octave a second");
    run(&mut scene, 4, &Inputs::default());
    assert_eq!(scene.tour, toured);
    run(&mut scene, 11, &Inputs::default());
    assert!(scene.tour > toured + 9.0);
    assert!(scene.dived < 0.01, "what the hand added is gone");
}

#[test]
fn a_flight_is_the_same_at_every_frame_rate() {
    let (mut slow, mut fast) = (scene(), scene());
    let stick = pad(Axes::LEFT_X, 0.5);
    (0..20).for_each(|_| slow.advance(Duration::from_millis(50), &stick));
    (0..1000).for_each(|_| fast.advance(Duration::from_millis(1), &stick));
    assert!((slow.view().1[0] - fast.view().1[0]).abs() < 1e-9);
    assert!((slow.view().1[0] - (HOME[0] + 0.33)).abs() < 1e-9);
}

#[test]
fn no_stick_leads_out_of_what_an_f32_can_show() {
    let mut scene = scene();
    run(&mut scene, 60, &pad(Axes::TRIGGER_RIGHT, 1.0));
    run(&mut scene, 60, &pad(Axes::LEFT_Y, -1.0));
    let (zoom, centre) = scene.view();
    assert!(zoom <= DEEPEST);
    assert!(centre.iter().all(|c| c.abs() < 8.0));
}
