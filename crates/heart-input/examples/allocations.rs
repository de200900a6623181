//! How often a gateway asks for memory while it runs: called by `tools/footprint`.
//!
//! ```text
//! allocations bytes heart-input.toml 20     from the bus to the contract's bytes, without a link
//! allocations link heart-input.toml 20      the whole gateway, with its broker
//! ```
//!
//! Prints one line of JSON: seconds, allocations, reports and batches of samples in that time.
//! The first seconds, in which buffers grow to their size, are not counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use heart_contract::Encoder;
use heart_device::{Clock, Devices, Sink};
use heart_event::{DeviceState, Name, Report, Samples, SessionId, Stamp, Time};
use heart_input::{Gateway, InputConfig, config};

/// Buffers have grown to their size after this.
const WARM_UP: Duration = Duration::from_secs(5);

struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

#[expect(unsafe_code, reason = "GlobalAlloc is an unsafe trait")]
// SAFETY: every call is handed on to the system's allocator as it came; counting neither
// allocates nor touches the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Turns everything that devices say into the contract's bytes, and drops them.
struct Bytes {
    node: Name,
    devices: Vec<Name>,
    encoder: Mutex<Encoder>,
    reports: AtomicU64,
    batches: AtomicU64,
}

impl Bytes {
    fn encode(&self, t: Time, encode: impl FnOnce(&mut Encoder, &Stamp)) {
        let mut encoder = self.encoder.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = Stamp { session: SessionId(7), t_captured: t, ..Stamp::default() };
        encode(&mut encoder, &stamp);
    }
}

impl Sink for Bytes {
    fn report(&self, device: usize, report: &Report, _: bool, t: Time) {
        self.reports.fetch_add(1, Ordering::Relaxed);
        self.encode(t, |encoder, stamp| {
            let bytes = encoder.report(stamp, &self.node, &self.devices[device], report);
            std::hint::black_box(bytes).expect("a record keeps the contract");
        });
    }

    fn samples(&self, device: usize, samples: &Samples, t: Time) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.encode(t, |encoder, stamp| {
            let bytes = encoder.samples(stamp, &self.node, &self.devices[device], samples);
            std::hint::black_box(bytes).expect("an outlet keeps the contract");
        });
    }

    fn state(&self, device: usize, state: DeviceState, detail: &str) {
        eprintln!("{}: {state:?} {detail}", self.devices[device]);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().collect();
    let [_, what, file, seconds] = words.as_slice() else {
        return Err("allocations bytes|link FILE SECONDS".into());
    };
    let file = Path::new(file);
    let loaded = config::load(Some(file), &[])?;
    let length = Duration::from_secs(seconds.parse()?);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match what.as_str() {
            "bytes" => bytes(&loaded.value, file, length).await,
            _ => link(&loaded.value, file, length).await,
        }
    })
}

async fn bytes(config: &InputConfig, file: &Path, length: Duration) -> Result<(), Box<dyn Error>> {
    let devices = config.devices(Some(file))?;
    let sink = Arc::new(Bytes {
        node: config.node,
        devices: devices.iter().map(heart_device::Device::name).collect(),
        encoder: Mutex::new(Encoder::new()),
        reports: AtomicU64::new(0),
        batches: AtomicU64::new(0),
    });
    let seen = Arc::clone(&sink);
    let devices = Devices::start(devices, sink, Clock::boottime())?;
    let said = || (seen.reports.load(Ordering::Relaxed), seen.batches.load(Ordering::Relaxed));
    measure(length, said).await;
    devices.shutdown().await;
    Ok(())
}

async fn link(config: &InputConfig, file: &Path, length: Duration) -> Result<(), Box<dyn Error>> {
    let gateway = Gateway::start(config, Some(file), Vec::new())?;
    let watcher = gateway.watcher();
    let said = || {
        let counts = watcher.status().counts;
        (counts.reports, counts.samples)
    };
    measure(length, said).await;
    gateway.stop().await;
    Ok(())
}

async fn measure(length: Duration, said: impl Fn() -> (u64, u64)) {
    tokio::time::sleep(WARM_UP).await;
    let (reports, batches) = said();
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    tokio::time::sleep(length).await;
    let asked = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let (reports, batches) = (said().0 - reports, said().1 - batches);
    let seconds = length.as_secs();
    println!(
        "{{\"seconds\":{seconds},\"allocations\":{asked},\"reports\":{reports},\
         \"batches\":{batches}}}"
    );
}
