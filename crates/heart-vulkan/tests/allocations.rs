//! A frame costs no memory: Rust allocations are counted, after warm-up. Alone in its binary,
//! since the count is the whole process's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use heart_frame::{Bitmap, Extent, Paint, Picture, Placement, Rect, Rgba};
use heart_vulkan::{Painter, PainterOptions, Shader};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Allocations that a frame may make while a scene goes on. It is none today; a little is left
/// for vulkano.
const BUDGET: usize = 2;
const FRAMES: usize = 500;

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator is unsafe by its trait")]
// SAFETY: every call is handed to `System` unchanged; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the one that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `System` by `alloc` or `realloc`, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as for `dealloc`; the caller promises the size.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations a frame, over many frames of a scene that changes its numbers each time.
fn measure(
    painter: &mut Painter,
    picture: &mut Picture,
    mut change: impl FnMut(&mut Picture, usize),
) -> f64 {
    for frame in 0..8 {
        change(picture, frame);
        painter.paint(picture).unwrap();
    }
    let before = COUNT.load(Ordering::Relaxed);
    for frame in 8..8 + FRAMES {
        change(picture, frame);
        painter.paint(picture).unwrap();
    }
    (COUNT.load(Ordering::Relaxed) - before) as f64 / FRAMES as f64
}

#[test]
fn a_frame_allocates_nothing_once_a_scene_goes_on() {
    let extent = |width, height| Extent { width, height };
    let device = Some("llvmpipe".to_owned());
    let options = PainterOptions { wall: extent(256, 64), face: extent(64, 64), device };
    let (_, wgsl) = heart_scene::shipped_shaders().find(|(name, _)| *name == "plasma").unwrap();
    let plasma = Shader { name: "plasma".into(), source: wgsl.into() };
    let mut painter = Painter::new(&options, &[plasma]).unwrap_or_else(|error| panic!("{error}"));
    let rect = Rect { x: 0.0, y: 0.0, width: 256.0, height: 64.0 };

    let mut picture = Picture::default();
    let plasma = Paint::Shader { name: "plasma".into(), seconds: 0.0, params: [0.0; 8] };
    picture.push(Placement::Full, rect, plasma);
    picture.push(Placement::Mirrored, rect, Paint::Fill(Rgba([255, 0, 0, 40])));
    let cells = vec![Rgba::PINK; 64 * 16].into();
    let bitmap = Bitmap { extent: extent(64, 16), cells };
    picture.push(Placement::Mirrored, Rect { height: 16.0, ..rect }, Paint::Cells(bitmap));
    let steady = measure(&mut painter, &mut picture, |picture, frame| {
        if let Paint::Shader { seconds, .. } = &mut picture.items[0].paint {
            *seconds = frame as f32 / 60.0;
        }
        picture.items[2].rect.x = frame as f32 / 4.0;
    });

    // Two bitmaps taken in turn stand for one that changes: what the scene allocates is its own.
    let turns: [std::sync::Arc<[Rgba]>; 200] =
        std::array::from_fn(|n| vec![Rgba::opaque(n as u8, 0, 0); 256 * 64].into());
    let first = Bitmap { extent: extent(256, 64), cells: turns[0].clone() };
    let mut picture = Picture::default();
    picture.push(Placement::Full, rect, Paint::Cells(first));
    let uploading = measure(&mut painter, &mut picture, |picture, frame| {
        if let Paint::Cells(bitmap) = &mut picture.items[0].paint {
            bitmap.cells = turns[frame % turns.len()].clone();
        }
    });

    let mut picture = Picture::default();
    let recording = measure(&mut painter, &mut picture, |picture, frame| {
        picture.clear();
        if (frame / 2).is_multiple_of(2) {
            picture.push(Placement::Full, rect, Paint::Fill(Rgba::WHITE));
        }
    });

    println!("allocations per frame: {steady} in a scene, {uploading} with a new bitmap each");
    println!("frame, {recording} with a new sequence of pipelines each frame");
    assert!(steady <= BUDGET as f64, "{steady} allocations per frame");
}
