//! How often a frame asks for memory: never, except for the one upload a generation of life
//! shares with the painter, and for one bitmap a frame where the painter keeps the one before.
//! One test, alone in its process, because it counts them all.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use heart_event::{Code, Event, Inputs, Keys, Name, Time, What};
use heart_frame::{Bitmap, Paint, Picture, Wall};
use heart_scene::{AppController, Geometry, Kind, Program};

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "an allocator cannot be counted without being one")]
// SAFETY: every call is handed to the system's allocator unchanged; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the rules of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the rules of `dealloc`; the block came from `System`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A second of frames without events, in units of 10 ms; how many allocations they made.
fn second(controller: &mut AppController, now: &mut Time, picture: &mut Picture) -> u64 {
    let inputs = Inputs::default();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..100 {
        *now = *now + Duration::from_millis(10);
        controller.tick(*now, &[], &inputs, picture);
    }
    ALLOCATIONS.load(Ordering::Relaxed) - before
}

fn press(code: Code) -> [Event; 1] {
    let name = Name::new("keys").expect("a name");
    [Event {
        node: name,
        device: name,
        code,
        what: What::Pressed { count: 1 },
        at: Time::ZERO,
        received_at: Time::ZERO,
        captured_published: Duration::ZERO,
        published_received: Duration::ZERO,
    }]
}

/// A scene alone, entered and warm.
fn entered(kind: Kind) -> (AppController, Time, Picture) {
    let word = kind.word();
    let mode = format!("[[mode]]\nname = \"m\"\nscene = [{{ kind = \"{word}\" }}]");
    let program = Program::parse("alone", &format!("name = \"p\"\n{mode}")).unwrap();
    let mut controller = AppController::new(program, Geometry::from(&Wall::cube()), 1);
    let (mut now, mut picture) = (Time::from_millis(1), Picture::default());
    controller.tick(now, &press(Keys::ENTER), &Inputs::default(), &mut picture);
    second(&mut controller, &mut now, &mut picture);
    second(&mut controller, &mut now, &mut picture);
    (controller, now, picture)
}

#[test]
fn a_frame_allocates_nothing_but_the_cells_that_somebody_keeps() {
    let program = Program::shipped("lib_2025").unwrap().unwrap();
    let mut controller = AppController::new(program, Geometry::from(&Wall::cube()), 1);
    let (mut now, mut picture) = (Time::from_millis(1), Picture::default());
    second(&mut controller, &mut now, &mut picture);
    assert_eq!(second(&mut controller, &mut now, &mut picture), 0, "select screen");

    controller.tick(now, &press(Keys::ENTER), &Inputs::default(), &mut picture);
    assert_eq!(second(&mut controller, &mut now, &mut picture), 0, "plasma");

    controller.tick(now, &press(Keys::ESCAPE), &Inputs::default(), &mut picture);
    for _ in 0..2 {
        controller.tick(now, &press(Keys::RIGHT), &Inputs::default(), &mut picture);
    }
    controller.tick(now, &press(Keys::ENTER), &Inputs::default(), &mut picture);
    assert_eq!(controller.status().mode, "life");
    second(&mut controller, &mut now, &mut picture);
    let generations = 10;
    let allocations = second(&mut controller, &mut now, &mut picture);
    assert!((generations - 1..=generations + 1).contains(&allocations), "life: {allocations}");

    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Life) {
        let (mut controller, mut now, mut picture) = entered(kind);
        let allocations = second(&mut controller, &mut now, &mut picture);
        assert_eq!(allocations, 0, "{}", kind.word());
    }

    // A painter that keeps every bitmap costs one allocation a frame, whatever the scene is.
    let mut kept: Vec<Bitmap> = Vec::with_capacity(1_000);
    for kind in Kind::ALL {
        let (mut controller, mut now, mut picture) = entered(kind);
        kept.clear();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        for _ in 0..100 {
            now = now + Duration::from_millis(10);
            controller.tick(now, &[], &Inputs::default(), &mut picture);
            kept.extend(picture.items.iter().filter_map(|item| match &item.paint {
                Paint::Cells(bitmap) => Some(bitmap.clone()),
                _ => None,
            }));
        }
        let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
        assert!(allocations <= 100, "{}: {allocations} in 100 frames", kind.word());
    }
}
