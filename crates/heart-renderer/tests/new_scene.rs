//! `docs/new-scene.md` is true: its scenes compile, its manifests and its program are read, and
//! its mistake is told in its words.

use std::sync::Arc;

use heart_frame::ShaderInputs;
use heart_renderer::config::SPEC;
use heart_renderer::{RendererConfig, scenes};
use heart_scene::{PARAMETERS, Program, SceneFile, SceneFiles};
use heart_service::config::load_from;
use heart_vulkan::Shader;

const PAGE: &str = include_str!("../../../docs/new-scene.md");

/// The fenced blocks of one kind.
fn blocks(fence: &str) -> Vec<&'static str> {
    let open = format!("```{fence}\n");
    PAGE.split(&open as &str).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn every_shader_of_the_page_compiles_and_every_manifest_and_program_is_read() {
    let shaders = blocks("wgsl lantern");
    let [manifest] = blocks("toml lantern")[..] else { panic!("one manifest") };
    assert_eq!(shaders.len(), 2);
    let mut last = None;
    for wgsl in shaders {
        let file = SceneFile::parse("lantern", manifest, wgsl).unwrap();
        scenes::shader(&file).check().unwrap_or_else(|error| panic!("{error}\n{wgsl}"));
        last = Some(Arc::new(file));
    }
    let files = SceneFiles::shipped().with_folder(last.into_iter().collect());
    let [program] = blocks("toml program")[..] else { panic!("one program") };
    Program::parse_with("new-scene.md", program, &files).unwrap();
    let [config] = blocks("toml renderer")[..] else { panic!("one configuration") };
    let path = std::env::temp_dir().join(format!("heart-new-scene-{}.toml", std::process::id()));
    std::fs::write(&path, config).unwrap();
    let loaded = load_from::<RendererConfig>(&SPEC, Some(&path), &[], &[]).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(loaded.value.scenes.folder.unwrap().to_str(), Some("scenes"));
    assert_eq!(PAGE.matches("\n```").count() % 2, 0, "every block ends");
}

#[test]
fn the_mistake_of_the_page_is_told_in_its_words() {
    let [wrong] = blocks("wgsl-wrong")[..] else { panic!("one mistake") };
    let shader = Shader { name: "lantern".into(), source: wrong.into() };
    let told = shader.check().unwrap_err().to_string();
    assert!(PAGE.contains(&told), "the page does not say: {told}");
}

#[test]
fn every_field_and_function_of_the_prelude_is_on_the_page() {
    let prelude = Shader::prelude();
    let functions = prelude.split("\nfn ").skip(1).filter_map(|rest| rest.split('(').next());
    for function in functions.filter(|name| !name.starts_with("heart_")) {
        assert!(PAGE.contains(&format!("`{function}(")), "{function}");
    }
    let pixel = prelude.split("struct Pixel {").nth(1).unwrap().split("\n}").next().unwrap();
    let fields = pixel.lines().filter_map(|line| line.trim().split_once(": "));
    let fields = fields.map(|(name, _)| name).filter(|name| !name.starts_with("//"));
    // Which record is painted is the painter's own business.
    for field in fields.filter(|name| *name != "record") {
        assert!(PAGE.contains(&format!("| `{field}` |")), "{field}");
    }
    for button in ShaderInputs::BUTTONS.into_iter().filter(|word| !word.starts_with("button_")) {
        assert!(PAGE.contains(&format!("`{}`", button.to_uppercase())), "{button}");
    }
}

#[test]
fn every_bound_of_the_page_is_the_codes() {
    let kib = SceneFile::BYTES / 1024;
    for bound in [
        format!("at most {kib} KiB, a folder {} scenes", SceneFiles::OF_FOLDER),
        format!("one parameter, at most {PARAMETERS}"),
        format!("inputs that move it, at most {}", SceneFile::BINDINGS),
        format!("1 to {} (which is", SceneFile::LOOP_S),
        format!("every {} ms", heart_renderer::watch::EVERY.as_millis()),
    ] {
        assert!(PAGE.contains(&bound), "{bound}");
    }
}
