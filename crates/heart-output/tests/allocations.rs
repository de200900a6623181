//! A frame to LEDs costs no memory: Rust allocations are counted, after warm-up. Alone in its
//! binary, since the count is the whole process's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use heart_frame::{Frame, PowerLimit, Wall};
use heart_output::{Origin, OutputConfig, Outputs};

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

const FRAMES: usize = 100;

/// Shows frames and takes what arrives of each: `packets`.
fn show(outputs: &Outputs, receiver: &UdpSocket, frame: &mut Frame, packets: usize, frames: usize) {
    let mut buffer = [0; 2048];
    for number in 0..frames {
        frame.bytes_mut().fill(number as u8);
        outputs.submit(frame);
        (0..packets).for_each(|_| {
            receiver.recv(&mut buffer).unwrap();
        });
    }
}

/// Bright frames are dimmed, dark ones are not.
#[test]
fn warm_led_outputs_take_no_memory_for_a_frame() {
    let wall = Wall::cube().with_power(PowerLimit::new(40.0, 5.0, 2.0).unwrap());
    let mut frame = Frame::new(wall.extent());
    for (text, packets) in [
        ("kind = 'ddp'\nhost = '127.0.0.1'", 35),
        ("kind = 'e131'\nhosts = ['127.0.0.1']\nsync_universe = 9", 98),
        // Only the group of the first universe is joined.
        ("kind = 'e131'\ninterface = '127.0.0.1'", 1),
        ("kind = 'artnet'\nhost = '127.0.0.1'", 98),
    ] {
        let receiver = UdpSocket::bind("0.0.0.0:0").unwrap();
        let group = Ipv4Addr::new(239, 255, 0, 1);
        receiver.join_multicast_v4(&group, &Ipv4Addr::LOCALHOST).unwrap();
        receiver.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let port = receiver.local_addr().unwrap().port();
        let config: OutputConfig = toml::from_str(&format!("{text}\nport = {port}")).unwrap();
        let outputs = Outputs::start(&[config], &Origin { node: "wall-1", wall: &wall }).unwrap();
        show(&outputs, &receiver, &mut frame, packets, 4);
        let before = COUNT.load(Ordering::Relaxed);
        show(&outputs, &receiver, &mut frame, packets, FRAMES);
        assert_eq!(COUNT.load(Ordering::Relaxed) - before, 0, "{text}: for {FRAMES} frames");
    }
}
