use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

use super::*;

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-renderer-watch-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn single(file: &Path) -> Watched {
    Watched { files: vec![file.to_path_buf()], folder: None, bytes_max: 100 }
}

fn scenes(folder: &Folder) -> Watched {
    let folder = WatchedFolder { path: folder.path("scenes"), extensions: &["wgsl", "toml"] };
    Watched { files: Vec::new(), folder: Some(folder), bytes_max: 100 }
}

fn looked(eye: &mut Eye) -> Vec<Change> {
    let mut changes = Vec::new();
    eye.look(|change| {
        changes.push(change);
        Taken::Yes
    });
    changes
}

/// What is new once nothing moves any more.
fn settled(eye: &mut Eye) -> Vec<Change> {
    (0..2).flat_map(|_| looked(eye)).collect()
}

fn written(file: &Path, text: &str) -> Change {
    Change::Written { file: file.to_path_buf(), text: Ok(text.to_owned()) }
}

fn failed(file: &Path, error: ReadError) -> Change {
    Change::Written { file: file.to_path_buf(), text: Err(error) }
}

#[test]
fn a_change_counts_when_two_looks_agree_and_is_told_once() {
    let folder = Folder::new();
    let file = folder.path("p.toml");
    let mut eye = Eye::new(single(&file), &[]);
    assert_eq!(settled(&mut eye), [], "it is not there yet");
    for piece in ["a", "ab", "abc"] {
        folder.write("p.toml", piece);
        assert_eq!(looked(&mut eye), [], "while it grows");
    }
    assert_eq!(looked(&mut eye), [written(&file, "abc")]);
    assert_eq!(settled(&mut eye), []);
}

#[test]
fn a_file_replaced_by_one_of_equal_length_and_age_is_seen() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "one");
    let mut eye = Eye::new(single(&file), &[]);
    assert_eq!(settled(&mut eye), [written(&file, "one")]);
    let other = folder.write("p.toml.tmp", "two");
    let age = fs::metadata(&file).unwrap().modified().unwrap();
    fs::File::options().write(true).open(&other).unwrap().set_modified(age).unwrap();
    fs::rename(&other, &file).unwrap();
    assert_eq!(settled(&mut eye), [written(&file, "two")]);
}

#[test]
fn a_file_that_was_only_touched_or_is_known_already_is_not_told() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "text");
    let mut eye = Eye::new(single(&file), &[(file.clone(), "text".to_owned())]);
    assert_eq!(settled(&mut eye), [], "known");
    folder.write("p.toml", "text");
    assert_eq!(settled(&mut eye), [], "touched");
    let mut eye = Eye::new(single(&file), &[(file.clone(), "older".to_owned())]);
    assert_eq!(settled(&mut eye), [written(&file, "text")], "changed since it was read");
}

#[test]
fn a_file_that_goes_is_told_after_two_looks_and_may_come_back() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "text");
    let mut eye = Eye::new(single(&file), &[(file.clone(), "text".to_owned())]);
    settled(&mut eye);
    // An editor that deletes before it writes: gone at one look only.
    fs::remove_file(&file).unwrap();
    assert_eq!(looked(&mut eye), []);
    folder.write("p.toml", "text");
    assert_eq!(settled(&mut eye), []);
    fs::remove_file(&file).unwrap();
    assert_eq!(settled(&mut eye), [Change::Removed { file: file.clone() }]);
    assert_eq!(settled(&mut eye), []);
    folder.write("p.toml", "text");
    assert_eq!(settled(&mut eye), [written(&file, "text")]);
}

#[test]
fn what_cannot_be_read_is_told_as_an_error_once() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "x".repeat(101));
    let mut eye = Eye::new(single(&file), &[]);
    assert_eq!(settled(&mut eye), [failed(&file, ReadError::TooLong { max: 100 })]);
    assert_eq!(settled(&mut eye), []);
    folder.write("p.toml", "y".repeat(102));
    assert_eq!(settled(&mut eye), [], "the same error");
    folder.write("p.toml", b"\xff\xfe");
    assert_eq!(settled(&mut eye), [failed(&file, ReadError::NotText)]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(settled(&mut eye), [failed(&file, ReadError::NoFile)]);
    fs::remove_dir(&file).unwrap();
    // Opening a pipe that nobody writes to would hang the thread.
    let pipe = std::process::Command::new("mkfifo").arg(&file).status().unwrap();
    assert!(pipe.success());
    assert_eq!(settled(&mut eye), [], "still no file");
    fs::remove_file(&file).unwrap();
    folder.write("p.toml", "x".repeat(100));
    assert_eq!(settled(&mut eye), [written(&file, &"x".repeat(100))]);
}

#[test]
fn the_files_of_a_folder_come_and_go() {
    let folder = Folder::new();
    let mut eye = Eye::new(scenes(&folder), &[]);
    assert_eq!(settled(&mut eye), [], "no folder yet");
    fs::create_dir(folder.path("scenes")).unwrap();
    let glow = folder.write("scenes/glow.wgsl", "code");
    let table = folder.write("scenes/glow.toml", "keys");
    for not in [".glow.wgsl", "glow.wgsl~", "wgsl", "notes.txt"] {
        folder.write(&format!("scenes/{not}"), "no");
    }
    assert_eq!(settled(&mut eye), [written(&table, "keys"), written(&glow, "code")]);
    fs::remove_dir_all(folder.path("scenes")).unwrap();
    let removed = |file: &PathBuf| Change::Removed { file: file.clone() };
    assert_eq!(settled(&mut eye), [removed(&table), removed(&glow)]);
    assert_eq!(eye.files(), 0, "what is gone takes no memory");
    folder.write("scenes", "not a folder");
    let [Change::Written { text: Err(ReadError::Io(_)), .. }] = settled(&mut eye)[..] else {
        panic!("a folder that is a file is an error");
    };
}

#[test]
fn more_files_than_are_watched_are_left_out_and_said() {
    let folder = Folder::new();
    fs::create_dir(folder.path("scenes")).unwrap();
    for number in 0..=FOLDER_FILES_MAX {
        folder.write(&format!("scenes/{number:03}.wgsl"), "code");
    }
    let mut eye = Eye::new(scenes(&folder), &[]);
    let changes = settled(&mut eye);
    let too_many = failed(&folder.path("scenes"), ReadError::TooMany { max: FOLDER_FILES_MAX });
    assert_eq!(changes[0], too_many);
    assert_eq!(changes.len(), 1 + FOLDER_FILES_MAX);
    assert_eq!(eye.files(), FOLDER_FILES_MAX);
}

#[test]
fn what_finds_no_room_is_told_later_as_it_is_then() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "first");
    let mut eye = Eye::new(single(&file), &[]);
    let mut refused = 0;
    for _ in 0..4 {
        eye.look(|_| {
            refused += 1;
            Taken::NotNow
        });
    }
    assert_eq!(refused, 3, "at each look after the first");
    folder.write("p.toml", "second");
    assert_eq!(settled(&mut eye), [written(&file, "second")]);
}

#[test]
fn a_running_watch_tells_a_change_and_ends_when_it_is_dropped() {
    let folder = Folder::new();
    let file = folder.write("p.toml", "first");
    let known = [(file.clone(), "first".to_owned())];
    let watch = Watch::start_every(Duration::from_millis(1), single(&file), &known).unwrap();
    folder.write("p.toml", "second");
    let deadline = Instant::now() + PATIENCE;
    let change = loop {
        assert!(Instant::now() < deadline, "never told");
        if let Some(change) = watch.change() {
            break change;
        }
        std::thread::yield_now();
    };
    assert_eq!(change, written(&file, "second"));
    let stopping = Arc::downgrade(&watch.stopping);
    drop(watch);
    // The thread holds the other share of it.
    while stopping.strong_count() > 0 {
        assert!(Instant::now() < deadline, "the thread goes on");
        std::thread::yield_now();
    }
}
