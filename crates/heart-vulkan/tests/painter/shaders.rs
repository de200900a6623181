//! Shaders: what they are given, how they are replaced, and what is said when they are wrong.

use super::*;
use heart_frame::ShaderInputs;
use heart_vulkan::{MAX_SHADERS, PaintError, ShaderError};

fn mine(body: &str) -> Shader {
    let source = format!("fn paint(at: Pixel) -> vec4<f32> {{\n    {body}\n}}\n");
    Shader { name: "mine".into(), source: source.into() }
}

fn shown(painter: &mut Painter, placement: Placement) -> Frame {
    let params = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    frame(painter, &picture(placement, everywhere(), shader("mine", 0.5, params)))
}

#[test]
fn an_unknown_shader_is_an_error_that_names_the_known_ones() {
    let mut painter = painter();
    let unknown = picture(Placement::Full, everywhere(), shader("plasmq", 0.0, [0.0; 8]));
    let error = painter.paint(&unknown).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("no shader is called \"plasmq\"; there are: "), "{text}");
    assert!(text.contains("plasma") && text.contains("mandelbrot"), "{text}");
    assert!(matches!(error, PaintError::UnknownShader { .. }) && !error.needs_rebuild());
    assert_eq!(painter.paint(&Picture::default()).unwrap().number, 1);
}

#[test]
fn the_painters_own_shader_cannot_be_called() {
    let own = picture(Placement::Full, everywhere(), shader("", 0.0, [0.0; 8]));
    assert!(painter().paint(&own).is_err());
}

#[test]
fn a_shader_knows_its_pixel_in_the_space_of_its_placement() {
    let mut painter = painter();
    painter.load(&mine("return vec4(at.position / 255.0, f32(at.face) / 255.0, 1.0);")).unwrap();
    // Centres lie at halves: 8-bit rounding may go either way.
    let near = |is: u8, pixel: u32| (f32::from(is) - (pixel as f32 + 0.5)).abs() < 0.6;
    for (placement, space) in [(Placement::Mirrored, 64), (Placement::Full, 256)] {
        let frame = shown(&mut painter, placement);
        for (x, y) in [(0, 0), (63, 5), (64, 63), (255, 31)] {
            let Rgba([r, g, b, _]) = frame.pixel(x, y).unwrap();
            assert!(near(r, x % space) && near(g, y), "{placement:?} {x}, {y}: {r}, {g}");
            assert_eq!(u32::from(b), x / 64);
        }
    }
}

#[test]
fn uv_runs_over_the_whole_space_and_not_over_the_rectangle() {
    let mut painter = painter();
    painter.load(&mine("return vec4(at.uv, at.face_size.x / at.resolution.x, 1.0);")).unwrap();
    let picture =
        picture(Placement::Full, rect(128.0, 32.0, 9.0, 9.0), shader("mine", 0.0, [0.0; 8]));
    let Rgba([r, g, b, _]) = frame(&mut painter, &picture).pixel(128, 32).unwrap();
    assert_eq!((r, g, b), (128, 129, 64));
}

#[test]
fn parameters_and_seconds_arrive_in_their_order() {
    let mut painter = painter();
    for (index, byte) in [26, 51, 77, 102, 128, 153, 179, 204].into_iter().enumerate() {
        painter.load(&mine(&format!("return vec4(vec3(at.params[{index}]), 1.0);"))).unwrap();
        let is = shown(&mut painter, Placement::Full).pixel(0, 0).unwrap().0[0];
        assert!(is.abs_diff(byte) <= 1, "params[{index}]: {is} is not {byte}");
    }
    painter.load(&mine("return vec4(vec3(at.seconds * 2.0), 1.0);")).unwrap();
    assert_eq!(shown(&mut painter, Placement::Full).pixel(0, 0), Some(Rgba::WHITE));
}

#[test]
fn inputs_arrive_in_the_functions_that_are_named_after_them() {
    let mut painter = painter();
    let mut inputs = ShaderInputs {
        stick_left: [0.05, 0.1],
        stick_right: [0.15, 0.2],
        triggers: [0.25, 0.3],
        dpad: [0.35, 0.4],
        encoders: [0.45, 0.5, 0.55, 0.6],
        held: 0b1000_0000_0001_0000,
        acceleration: [0.65, 0.7, 0.75],
        heading: 0.8,
        bpm: 0.85,
        beat: 0.9,
        rms: 0.95,
        peak: 0.12,
        bands: [0.0; 16],
    };
    (inputs.bands[0], inputs.bands[6], inputs.bands[15]) = (0.22, 0.33, 0.44);
    let mut assert_given = |said: &str, value: f32| {
        painter.load(&mine(&format!("return vec4(vec3({said}), 1.0);"))).unwrap();
        let mut picture = picture(Placement::Full, everywhere(), shader("mine", 0.0, [0.0; 8]));
        picture.inputs = inputs;
        let is = frame(&mut painter, &picture).pixel(0, 0).unwrap().0[0];
        assert!((f32::from(is) - value * 255.0).abs() < 0.6, "{said}: {is}");
    };
    for (said, value) in [
        ("stick_left().x", 0.05),
        ("stick_left().y", 0.1),
        ("stick_right().x", 0.15),
        ("stick_right().y", 0.2),
        ("trigger_left()", 0.25),
        ("trigger_right()", 0.3),
        ("dpad().x", 0.35),
        ("dpad().y", 0.4),
        ("encoder(0u)", 0.45),
        ("encoder(3u)", 0.6),
        ("encoder(9u)", 0.6),
        ("acceleration().x", 0.65),
        ("acceleration().z", 0.75),
        ("heading()", 0.8),
        ("bpm()", 0.85),
        ("beat()", 0.9),
        ("rms()", 0.95),
        ("peak()", 0.12),
        ("band(0u)", 0.22),
        ("band(6u)", 0.33),
        ("band(15u)", 0.44),
        ("band(1u)", 0.0),
        ("f32(held(SOUTH))", 1.0),
        ("f32(held(R3))", 1.0),
        ("f32(held(EAST))", 0.0),
    ] {
        assert_given(said, value);
    }
}

#[test]
fn the_preludes_buttons_are_the_bits_of_the_inputs() {
    for (bit, word) in ShaderInputs::BUTTONS.into_iter().enumerate() {
        let declared = format!("const {}: u32 = {bit}u;\n", word.to_uppercase());
        assert!(Shader::prelude().contains(&declared), "{declared}");
    }
}

#[test]
fn a_shader_that_is_loaded_anew_is_used_and_a_broken_one_leaves_the_last_good_one() {
    let mut painter = painter();
    painter.load(&mine("return vec4(1.0, 0.0, 0.0, 1.0);")).unwrap();
    assert_eq!(shown(&mut painter, Placement::Full).pixel(0, 0), Some(Rgba::opaque(255, 0, 0)));
    let error = painter.load(&mine("return vec4(1.0, 0.0, 0.0, 1.0;")).unwrap_err();
    assert!(error.to_string().starts_with("mine.wgsl:2:35: expected"), "{error}");
    assert_eq!(shown(&mut painter, Placement::Full).pixel(0, 0), Some(Rgba::opaque(255, 0, 0)));
    painter.load(&mine("return vec4(0.0, 0.0, 1.0, 1.0);")).unwrap();
    for _ in 0..2 {
        assert_eq!(shown(&mut painter, Placement::Full).pixel(0, 0), Some(Rgba::opaque(0, 0, 255)));
    }
    assert_eq!(painter.shader_names().filter(|name| *name == "mine").count(), 1);
}

#[test]
fn a_shader_compiled_on_another_thread_is_installed_and_fits_no_other_painter() {
    let mut painter = painter();
    let blue = mine("return vec4(0.0, 0.0, 1.0, 1.0);");
    let compiler = painter.compiler();
    let compiled = std::thread::spawn(move || compiler.compile(&blue)).join().unwrap().unwrap();
    assert_eq!(compiled.name(), "mine");
    let error = painter_of(WALL, FACE).install(compiled.clone()).unwrap_err();
    assert!(matches!(error, ShaderError::Foreign { .. }) && error.is_transient(), "{error}");
    painter.install(compiled).unwrap();
    assert_eq!(shown(&mut painter, Placement::Full).pixel(0, 0), Some(Rgba::opaque(0, 0, 255)));
    let wrong = painter.compiler().compile(&mine("return 1.0;")).err().unwrap();
    assert!(wrong.to_string().starts_with("mine.wgsl:2:"), "{wrong}");
}

#[test]
fn a_shader_that_is_not_kept_makes_room_and_the_others_are_who_they_were() {
    let mut painter = painter();
    painter.load(&mine("return vec4(0.0, 1.0, 0.0, 1.0);")).unwrap();
    let green = shown(&mut painter, Placement::Full);
    let known = painter.shader_names().count();
    painter.retain(|name| name != "plasma");
    assert_eq!(painter.shader_names().count(), known - 1);
    assert_eq!(shown(&mut painter, Placement::Full), green);
    let gone = picture(Placement::Full, everywhere(), shader("plasma", 0.0, [0.0; 8]));
    assert!(matches!(painter.paint(&gone), Err(PaintError::UnknownShader { .. })));
}

#[test]
fn a_loop_without_end_is_cut_by_lavapipe_and_hangs_nothing() {
    let mut painter = painter();
    let endless = mine("var n = 0u; loop { n += 1u; if n == 0u { break; } } return vec4(1.0);");
    painter.compiler().compile(&endless).unwrap();
    assert!(painter.paint(&Picture::default()).is_ok() && painter.finish().is_ok());
}

#[test]
fn a_name_of_the_prelude_that_is_given_again_is_told_where_it_is() {
    let twice = Shader {
        name: "mine".into(),
        source: "fn ring() {}\nfn paint(at: Pixel) -> vec4<f32> { return vec4(1.0); }".into(),
    };
    let error = twice.check().unwrap_err().to_string();
    assert!(error.starts_with("mine.wgsl:1:4: "), "{error}");
}

#[test]
fn shaders_and_fills_between_each_other_keep_their_order() {
    let mut painter = painter();
    painter.load(&mine("return vec4(0.0, 1.0, 0.0, 1.0);")).unwrap();
    let mut picture = picture(Placement::Full, everywhere(), Paint::Fill(Rgba::WHITE));
    let bar = |x: f32| rect(x, 0.0, 30.0, 64.0);
    picture.push(Placement::Full, bar(10.0), shader("mine", 0.0, [0.0; 8]));
    picture.push(Placement::Full, bar(30.0), Paint::Fill(Rgba::PINK));
    picture.push(Placement::Full, bar(50.0), shader("mine", 0.0, [0.0; 8]));
    assert_pixels(&frame(&mut painter, &picture), |x, _| match x {
        10..30 | 50..80 => Rgba::opaque(0, 255, 0),
        30..50 => Rgba::PINK,
        _ => Rgba::WHITE,
    });
}

#[test]
fn an_index_outside_its_array_stays_inside() {
    let mut painter = painter();
    painter.load(&mine("return vec4(vec3(at.params[u32(at.position.x) * 99u]), 1.0);")).unwrap();
    assert_eq!(shown(&mut painter, Placement::Full).pixel(200, 0).unwrap().0[0], 204);
}

#[test]
fn a_painter_holds_a_bounded_number_of_shaders() {
    let mut painter = painter();
    let known = painter.shader_names().count();
    let source = mine("return vec4(1.0);").source;
    let more = |n: usize| Shader { name: format!("more{n}").into(), source: source.clone() };
    (known..MAX_SHADERS).for_each(|n| painter.load(&more(n)).unwrap());
    let error = painter.load(&more(MAX_SHADERS)).unwrap_err();
    assert!(matches!(error, ShaderError::TooMany { most: MAX_SHADERS, .. }), "{error}");
    painter.load(&more(known)).unwrap();
}
