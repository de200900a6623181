use std::sync::atomic::{AtomicU32, Ordering};

use super::*;

const GREEN: &str = "fn paint(at: Pixel) -> vec4<f32> { return vec4(0.0, 1.0, 0.0, 1.0); }";

/// A folder that is gone with the test.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-renderer-scenes-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Place(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a workshop does, without a device.
fn work(folder: &mut SceneFolder) -> usize {
    let work = folder.take_work();
    for work in &work {
        folder.done(&work.stem, work.look());
    }
    work.len()
}

fn names(folder: &SceneFolder) -> Vec<String> {
    folder.files().of_folder().iter().map(|file| file.name.to_string()).collect()
}

fn faults(folder: &SceneFolder) -> Vec<String> {
    folder.faults().map(ToString::to_string).collect()
}

#[test]
fn a_folder_is_read_with_what_is_wrong_in_it() {
    let place = Place::new();
    place.write("green.wgsl", GREEN);
    place.write("slow.wgsl", GREEN);
    place.write("slow.toml", "name = \"slow\"\ntitle = \"Slowly\"");
    place.write("torn.wgsl", "fn paint(at: Pixel) -> vec4<f32> {\n    return vec4(colour);\n}");
    place.write("lone.toml", "name = \"lone\"");
    place.write("Bad Name.wgsl", GREEN);
    place.write(".hidden.wgsl", "no");
    place.write("notes.txt", "no");
    let folder = SceneFolder::read(&place.0);
    assert_eq!(names(&folder), ["green", "slow"]);
    assert_eq!(folder.files().find("slow").unwrap().title, "Slowly");
    assert_eq!(
        faults(&folder),
        [
            "Bad Name.toml:1:8: `name`: 'B' is not allowed in a name; use a-z, 0-9, '_' and '-'",
            "lone.toml: there is no lone.wgsl beside it",
            "torn.wgsl:2:17: no definition in scope for identifier: `colour`",
        ]
    );
    assert_eq!(folder.texts().count(), 6, "what was read need not be told again");
    assert!(SceneFolder::read(&place.0.join("nowhere")).faults().next().is_none());
}

#[test]
fn a_fault_leaves_what_was_good_until_it_is_mended() {
    let place = Place::new();
    let file = place.write("glow.wgsl", GREEN);
    let mut folder = SceneFolder::read(&place.0);
    folder.written(&file, Ok("fn paint(".to_owned()));
    assert_eq!(faults(&folder), [""; 0], "it was not looked at yet");
    assert_eq!(work(&mut folder), 1);
    assert_eq!(&*folder.files().find("glow").unwrap().wgsl, GREEN);
    assert_eq!(faults(&folder).len(), 1);
    folder.written(&file, Err(ReadError::NotText));
    work(&mut folder);
    assert_eq!(faults(&folder), ["glow.wgsl: is no UTF-8 text"]);
    let blue = GREEN.replace("0.0, 1.0, 0.0", "0.0, 0.0, 1.0");
    folder.written(&file, Ok(blue.clone()));
    work(&mut folder);
    assert_eq!(&*folder.files().find("glow").unwrap().wgsl, blue);
    assert_eq!(faults(&folder), [""; 0]);
    assert_eq!(work(&mut folder), 0);
}

#[test]
fn a_scene_goes_with_its_last_file_and_a_shipped_one_comes_back() {
    let place = Place::new();
    let file = place.write("plasma.wgsl", GREEN);
    let mut folder = SceneFolder::read(&place.0);
    assert_eq!(&*folder.files().find("plasma").unwrap().wgsl, GREEN);
    folder.removed(&file);
    assert_eq!(names(&folder), [""; 0]);
    let [work] = &folder.take_work()[..] else { panic!("the shipped shader is compiled again") };
    let shipped = work.look().unwrap();
    assert_eq!(&shipped, SceneFiles::shipped().find("plasma").unwrap());
    folder.done("plasma", Ok(shipped));
    assert_eq!(names(&folder), [""; 0]);
}

#[test]
fn more_scenes_than_are_shown_are_left_out_and_said() {
    let mut folder = SceneFolder { path: Some("/scenes".into()), ..SceneFolder::default() };
    for number in 0..=SceneFiles::OF_FOLDER {
        let file = PathBuf::from(format!("/scenes/s{number:02}.wgsl"));
        folder.written(&file, Ok(GREEN.to_owned()));
    }
    work(&mut folder);
    assert_eq!(names(&folder).len(), SceneFiles::OF_FOLDER);
    assert_eq!(faults(&folder), ["/scenes: has more than 32 scenes; the rest is left out"]);
    folder.removed(Path::new("/scenes/s00.wgsl"));
    assert_eq!(faults(&folder), [""; 0]);
    assert!(names(&folder).contains(&"s32".to_owned()));
}

#[test]
fn what_is_wrong_with_the_folder_itself_is_said_until_it_is_over() {
    let mut folder = SceneFolder { path: Some("/scenes".into()), ..SceneFolder::default() };
    let path = Path::new("/scenes");
    assert!(folder.is_about(path) && folder.is_about(Path::new("/scenes/a.toml")));
    assert!(!folder.is_about(Path::new("/scenes/a/b.toml")));
    assert!(!folder.is_about(Path::new("/scenes/a.png")));
    folder.written(path, Err(ReadError::TooMany { max: 128 }));
    assert_eq!(faults(&folder), ["/scenes: has more than 128 files; the rest is left out"]);
    folder.removed(path);
    assert_eq!(faults(&folder), [""; 0]);
}

#[test]
fn a_painter_has_room_for_all_shaders_there_may_be() {
    let shipped = heart_scene::shipped_shaders().count();
    assert!(shipped + SceneFiles::OF_FOLDER <= heart_vulkan::MAX_SHADERS);
}
