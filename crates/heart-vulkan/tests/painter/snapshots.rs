//! The shipped shaders as they should look, as PNGs in `tests/snapshots`.
//!
//! `BLESS=1 cargo test -p heart-vulkan snapshot` writes them anew; look at them before you commit
//! them. A failure leaves expected, difference and actual side by side in cargo's target folder.

use super::*;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// A channel may differ this much without being counted: rounding of another LLVM.
const CHANNEL_TOLERANCE: u8 = 6;
/// This part of all channels may differ by more: edges of the set are chaotic by nature.
const PARTS_PER_THOUSAND: usize = 10;

#[test]
fn plasma_looks_like_its_snapshots() {
    check("plasma", Placement::Full, &[0.0, 40.0, 200.0]);
    check("plasma", Placement::Mirrored, &[0.0, 40.0, 200.0]);
}

#[test]
fn mandelbrot_looks_like_its_snapshots() {
    check("mandelbrot", Placement::Full, &[0.0, 18.0, 72.0, 120.0]);
    check("mandelbrot", Placement::Mirrored, &[0.0, 18.0, 72.0, 120.0]);
}

#[test]
fn tunnel_looks_like_its_snapshots() {
    check("tunnel", Placement::Mirrored, &[5.0, 27.0]);
    check("tunnel", Placement::Full, &[27.0]);
}

#[test]
fn void_sphere_looks_like_its_snapshots() {
    check("void_sphere", Placement::Mirrored, &[1.0, 27.0]);
    check("void_sphere", Placement::Full, &[12.0]);
}

#[test]
fn border_and_solid_look_like_their_snapshots() {
    check("border", Placement::Mirrored, &[1.0, 12.0]);
    check("border", Placement::Full, &[5.0]);
    check("solid", Placement::Full, &[0.0]);
}

#[test]
fn tixyland_looks_like_its_snapshots() {
    for function in 0..8_u8 {
        let mut params = defaults("tixyland");
        params[1] = f32::from(function);
        let paint = shader("tixyland", 5.0, params);
        let frame = frame(&mut painter(), &picture(Placement::Mirrored, everywhere(), paint));
        compare(&format!("tixyland-{function}-5"), &frame);
    }
}

#[test]
fn a_different_picture_is_noticed() {
    let frame = Frame::new(WALL);
    let mut other = frame.clone();
    other.bytes_mut()[..4000].fill(99);
    assert!(is_alike(frame.bytes(), Frame::new(WALL).bytes()));
    assert!(!is_alike(frame.bytes(), other.bytes()));
}

/// A scene file's parameters as they are if no program says otherwise.
fn defaults(name: &str) -> [f32; 8] {
    let files = heart_scene::SceneFiles::shipped();
    let parameters = files.find(name).map_or(&[][..], |file| file.parameters());
    std::array::from_fn(|place| parameters.get(place).map_or(0.0, |p| p.range.default))
}

fn check(name: &str, placement: Placement, moments: &[f32]) {
    let mut painter = painter();
    for seconds in moments {
        let paint = shader(name, *seconds, defaults(name));
        let frame = frame(&mut painter, &picture(placement, everywhere(), paint));
        let space = if placement == Placement::Full { "full" } else { "mirrored" };
        compare(&format!("{name}-{space}-{seconds}"), &frame);
    }
}

fn compare(name: &str, actual: &Frame) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    let path = folder.join(format!("{name}.png"));
    if std::env::var_os("BLESS").is_some() {
        write(&path, WALL.width, actual.bytes());
        return;
    }
    let expected = read(&path);
    if is_alike(&expected, actual.bytes()) {
        return;
    }
    let failed = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    write(&failed, 3 * WALL.width, &side_by_side(&expected, actual.bytes()));
    panic!("{name} looks different: expected, difference and actual are in {}", failed.display());
}

fn is_alike(expected: &[u8], actual: &[u8]) -> bool {
    let pairs = expected.iter().zip(actual);
    let different = pairs.filter(|(a, b)| a.abs_diff(**b) > CHANNEL_TOLERANCE).count();
    expected.len() == actual.len() && different * 1000 <= expected.len() * PARTS_PER_THOUSAND
}

fn side_by_side(expected: &[u8], actual: &[u8]) -> Vec<u8> {
    let row = 4 * WALL.width as usize;
    let rows = expected.chunks(row).zip(actual.chunks(row));
    let difference = |a: u8, b: u8, channel: usize| match channel {
        3 => 255,
        _ => a.abs_diff(b).saturating_mul(4),
    };
    rows.flat_map(|(a, b)| {
        let between = a.iter().zip(b).enumerate().map(|(i, (a, b))| difference(*a, *b, i % 4));
        [a.to_vec(), between.collect(), b.to_vec()].concat()
    })
    .collect()
}

fn write(path: &Path, width: u32, bytes: &[u8]) {
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, width, bytes.len() as u32 / 4 / width);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(bytes).unwrap();
}

fn read(path: &Path) -> Vec<u8> {
    let file = File::open(path).unwrap_or_else(|error| {
        panic!("{}: {error}; BLESS=1 cargo test -p heart-vulkan writes it", path.display())
    });
    let mut reader = png::Decoder::new(BufReader::new(file)).read_info().unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut bytes).unwrap();
    bytes
}
