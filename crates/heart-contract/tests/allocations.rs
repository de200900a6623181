//! That encoding and decoding take no memory once warm, and that decoding copies nothing.
//!
//! Counted is what the test's own thread allocates: the test harness has threads too.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

#[path = "contract/known.rs"]
mod known;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;

use heart_contract::{
    Encoder, Topic, decode_beat, decode_catalogue, decode_report, decode_samples,
};
use heart_event::Report;

struct Counting;

thread_local! {
    // Constant and without a destructor, so that looking at it allocates nothing itself.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

#[expect(unsafe_code, reason = "a global allocator cannot be counted otherwise")]
// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps `alloc`'s contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System.alloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: as in `dealloc`; `size` is the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const TURNS: usize = 1000;

/// Allocations in a thousand turns, after ten to warm up.
fn allocations(mut turn: impl FnMut()) -> usize {
    (0..10).for_each(|_| turn());
    let before = ALLOCATIONS.get();
    (0..TURNS).for_each(|_| turn());
    ALLOCATIONS.get() - before
}

#[test]
fn warm_encoding_and_decoding_take_no_memory_and_copy_nothing() {
    let (stamp, node, device) = (known::stamp(), known::node(), known::device());
    let (report, samples) = (known::report(), known::samples());
    let (beat, catalogue) = (known::beat(), known::catalogue());
    let mut encoder = Encoder::new();
    let encoding = allocations(|| {
        black_box(encoder.report(&stamp, &node, &device, &report)).unwrap();
        black_box(encoder.samples(&stamp, &node, &device, &samples)).unwrap();
        black_box(encoder.beat(&stamp, &node, &beat)).unwrap();
        black_box(encoder.catalogue(&stamp, &node, &catalogue)).unwrap();
    });
    let [report_bytes, samples_bytes, beat_bytes, catalogue_bytes] =
        known::messages().map(|(_, bytes)| bytes);
    let mut copy = Report::default();
    let decoding = allocations(|| {
        let view = decode_report(&node, &device, black_box(&report_bytes)).unwrap();
        view.copy_into(&mut copy);
        let view = decode_samples(&node, &device, black_box(&samples_bytes)).unwrap();
        view.motion().for_each(|sample| _ = black_box(sample));
        view.bands().for_each(|sample| _ = black_box(sample));
        let view = decode_beat(&node, black_box(&beat_bytes)).unwrap();
        black_box(view.seen_seq(device.key()));
        view.answers().for_each(|answer| _ = black_box(answer));
        black_box(Topic::parse("heart/v1/lab/gw-1/knob/report")).unwrap();
    });
    println!("allocations in {TURNS} turns: encoding {encoding}, decoding {decoding}");
    assert_eq!((encoding, decoding), (0, 0));
    assert_eq!(copy, report);

    // The counter counts: a catalogue is owned once read.
    let owned = allocations(|| _ = black_box(decode_catalogue(&node, &catalogue_bytes)));
    assert!(owned >= TURNS, "the counter saw only {owned} allocations");

    let view = decode_report(&node, &device, &report_bytes).unwrap();
    let payload = report_bytes.as_ptr_range();
    for text in view.texts() {
        assert!(payload.contains(&text.text.as_ptr()), "a text lies outside the payload");
    }
}
