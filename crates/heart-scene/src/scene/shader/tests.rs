use heart_event::{Axes, Axis, Code, DeviceInputs, Name, NodeInputs, Presence, Report};
use heart_frame::Wall;

use super::*;
use crate::scene_file::SceneFiles;

const FRAME: Duration = Duration::from_millis(10);

const GLOW: &str = r#"
name = "glow"
loop_s = 100
[[parameter]]
name = "speed"
min = 0.1
max = 8
default = 1
detent = { factor = 1.05 }
[[parameter]]
name = "hue"
min = 0
max = 1
default = 0.5
detent = { around = 0.03 }
bind = [{ input = "left_x", per_second = 0.25 }]
[[parameter]]
name = "depth"
min = 0
max = 10
default = 4
bind = [{ input = "trigger_right" }, { input = "left_y", smooth_s = 1 }]
"#;

fn scene(toml: &str) -> ShaderScene {
    let file = Arc::new(SceneFile::parse("glow", toml, "").unwrap());
    let spec = SceneSpec::new(Arc::clone(&file));
    ShaderScene::new(file, spec, Geometry::from(&Wall::cube()))
}

fn pad(code: Code, value: f32) -> Inputs {
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

fn run(scene: &mut ShaderScene, seconds: u32, inputs: &Inputs) {
    (0..seconds * 100).for_each(|_| scene.advance(FRAME, inputs));
}

fn painted(scene: &ShaderScene) -> (f32, [f32; PARAMETERS]) {
    let mut picture = Picture::default();
    scene.paint(&mut picture, 1.0);
    match &picture.items[0].paint {
        Paint::Shader { name, seconds, params } if &**name == "glow" => (*seconds, *params),
        paint => panic!("no shader of that name: {paint:?}"),
    }
}

#[track_caller]
fn assert_near(is: f32, should: f32) {
    assert!((is - should).abs() < 2e-3, "{is} is not {should}");
}

#[test]
fn a_change_of_speed_never_jumps() {
    let mut scene = scene(GLOW);
    run(&mut scene, 10, &Inputs::default());
    assert_near(painted(&scene).0, 10.0);
    scene.turn(1000);
    assert_near(painted(&scene).0, 10.0);
    run(&mut scene, 1, &Inputs::default());
    assert_near(painted(&scene).0, 18.0);
}

#[test]
fn its_seconds_begin_anew_after_its_loop() {
    let mut scene = scene(GLOW);
    run(&mut scene, 130, &Inputs::default());
    assert!((painted(&scene).0 - 30.0).abs() < 0.02);
}

#[test]
fn without_a_speed_its_seconds_are_the_clocks() {
    let mut scene = scene("name = \"glow\"");
    run(&mut scene, 3, &Inputs::default());
    assert_eq!(painted(&scene).1, [0.0; PARAMETERS]);
    assert_near(painted(&scene).0, 3.0);
}

#[test]
fn an_input_that_pushes_leaves_a_parameter_where_it_is_let_go_and_goes_round() {
    let mut scene = scene(GLOW);
    run(&mut scene, 1, &pad(Axes::LEFT_X, 1.0));
    run(&mut scene, 1, &Inputs::default());
    assert_near(painted(&scene).1[1], 0.75);
    run(&mut scene, 2, &pad(Axes::LEFT_X, 1.0));
    assert_near(painted(&scene).1[1], 0.25);
    run(&mut scene, 1, &pad(Axes::LEFT_X, 0.09));
    assert_near(painted(&scene).1[1], 0.25);
}

#[test]
fn an_input_that_is_followed_moves_from_the_knobs_place_to_the_ends_and_back() {
    let mut scene = scene(GLOW);
    let mut depth = |code, value| {
        scene.advance(FRAME, &pad(code, value));
        painted(&scene).1[2]
    };
    assert_near(depth(Axes::TRIGGER_RIGHT, 0.5), 7.0);
    assert_near(depth(Axes::TRIGGER_RIGHT, 1.0), 10.0);
    assert_near(depth(Axes::TRIGGER_RIGHT, 0.0), 4.0);
}

#[test]
fn a_followed_input_is_smoothed_alike_at_every_frame_rate() {
    let (mut slow, mut fast) = (scene(GLOW), scene(GLOW));
    let up = pad(Axes::LEFT_Y, -1.0);
    (0..20).for_each(|_| slow.advance(Duration::from_millis(50), &up));
    (0..1000).for_each(|_| fast.advance(Duration::from_millis(1), &up));
    // After a second 63 % of the way from 4 to 0.
    assert_near(painted(&slow).1[2], 4.0 * (-1.0_f32).exp());
    assert_near(painted(&fast).1[2], 4.0 * (-1.0_f32).exp());
}

#[test]
fn every_shipped_file_keeps_its_parameters_in_range_whatever_inputs_say() {
    for file in SceneFiles::shipped().iter() {
        let spec = SceneSpec::new(Arc::clone(file));
        let mut scene = ShaderScene::new(Arc::clone(file), spec, Geometry::from(&Wall::cube()));
        for (code, _) in Axes::all() {
            for value in [-1.0, 1.0, f32::NAN, f32::INFINITY] {
                scene.advance(Duration::from_millis(250), &pad(code, value));
                for (place, parameter) in file.parameters().iter().enumerate() {
                    let (min, max) = (parameter.range.min, parameter.range.max);
                    assert!((min..=max).contains(&scene.value(place)), "{} {place}", file.name);
                }
            }
        }
    }
}
