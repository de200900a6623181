//! A reader of a thousand devices asks for no memory once it is warm: neither for a message nor
//! for a frame. (heart-link's `shell_allocations` counts the same for a gateway and one device.)
//! Alone in its process, because it counts the process.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

use heart_benches::{Class, Site};

struct Counting;

static ASKED: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]
// SAFETY: every call is handed on to the system's allocator as it came; counting neither
// allocates nor touches the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_thousand_devices_are_heard_and_shown_without_memory() {
    for class in Class::ALL {
        let mut site = Site::new(class, 1_000);
        let mut reader = site.mirror();
        for round in 0..4 {
            site.record();
            reader.hear_news(&mut site);
            for moment in site.tape() {
                let before = ASKED.load(Ordering::Relaxed);
                reader.hear(moment);
                reader.frame(moment.at);
                let asked = ASKED.load(Ordering::Relaxed) - before;
                assert_eq!(reader.events.len(), 1_000);
                assert_eq!(asked, 0, "{} in round {round}", class.word());
            }
        }
    }
}
