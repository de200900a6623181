//! What a frame costs, scene by scene, as a Markdown table.
//!
//! ```text
//! cargo run --release -p heart-renderer --example frames            2 s a column
//! cargo run --release -p heart-renderer --example frames -- 10 plasma life
//! ```
//!
//! On Mesa's lavapipe, which is the CPU, on the wall of four faces of 64 by 64, for every scene
//! that comes with Heart:
//!
//! - *frames/s*: pictures composed and painted as fast as it goes, two in flight, no output;
//! - *CPU/frame*: time on all cores together for one of them, once warm;
//! - *allocations/frame*: calls of the allocator for one of them, once warm;
//! - *received to submitted*: a whole renderer at 60 frames/s with a knob that turns 50 times a
//!   second over the in-memory broker: from a report's arrival to the picture that shows it in
//!   the painter's hands. Up to a frame of it is the wait for the next frame.

use std::alloc::{GlobalAlloc, Layout, System};
use std::error::Error;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use heart_event::{
    Button, Change, Code, DeviceState, Encoder, Encoders, Event, Inputs, Keys, Name, Report, Time,
    What,
};
use heart_frame::Picture;
use heart_link::shell::clock;
use heart_link::{GatewayLink, GatewayOptions, LinkOptions, TwinHub};
use heart_renderer::config::SPEC;
use heart_renderer::scenes::shaders;
use heart_renderer::{Board, Plan, Renderer, RendererConfig};
use heart_scene::{AppController, Geometry, Kind, Program, SceneFiles};
use heart_service::config::load_from;
use heart_vulkan::Painter;
use rustix::time::{ClockId, clock_gettime};

/// Frames after which buffers have their size.
const WARM_UP: u32 = 30;

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

/// What one scene costs as fast as it goes.
struct Cost {
    frames_per_second: f64,
    cpu_ms: f64,
    allocations: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let seconds = words.next().map_or(Ok(2), |text| text.parse())?;
    let (length, wanted): (_, Vec<String>) = (Duration::from_secs(seconds), words.collect());
    let files = SceneFiles::shipped();
    let scenes = Kind::ALL.iter().map(|kind| kind.word()).chain(files.names());
    let scenes = scenes.filter(|scene| wanted.is_empty() || wanted.iter().any(|w| w == scene));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    println!("| scene | frames/s | CPU/frame | allocations/frame | received to submitted |");
    println!("|---|---|---|---|---|");
    for scene in scenes {
        let plan = plan(scene)?;
        let cost = unpaced(&plan, length)?;
        let hop = runtime.block_on(paced(plan, length))?;
        let Cost { frames_per_second, cpu_ms, allocations } = cost;
        println!(
            "| `{scene}` | {frames_per_second:.0} | {cpu_ms:.2} ms | {allocations:.2} | {hop} |"
        );
    }
    Ok(())
}

/// A renderer on lavapipe that shows one scene.
fn plan(scene: &str) -> Result<Plan, Box<dyn Error>> {
    let variables = [
        ("HEART_RENDERER__SITE", "lab"),
        ("HEART_RENDERER__NODE", "wall-1"),
        ("HEART_RENDERER__PAINTER__DEVICE", "llvmpipe"),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let config = load_from::<RendererConfig>(&SPEC, None, &variables, &[])?.value;
    let text = format!("name = 'one'\n[[mode]]\nname = 'one'\nscene = [{{ kind = '{scene}' }}]\n");
    Ok(Plan { program: Program::parse(scene, &text)?, ..Plan::new(&config, None)? })
}

fn unpaced(plan: &Plan, length: Duration) -> Result<Cost, Box<dyn Error>> {
    let mut painter = Painter::new(&plan.painter, &shaders(&SceneFiles::shipped()))?;
    let mut controller = AppController::new(plan.program.clone(), Geometry::from(&plan.wall), 7);
    let (inputs, mut picture) = (Inputs::default(), Picture::default());
    controller.tick(clock::now(), &[enter()?], &inputs, &mut picture);
    for _ in 0..WARM_UP {
        controller.tick(clock::now(), &[], &inputs, &mut picture);
        painter.paint(&picture)?;
    }
    painter.finish()?;
    let (began, cpu) = (Instant::now(), cpu_time());
    let (asked, mut frames) = (ALLOCATIONS.load(Ordering::Relaxed), 0_u32);
    while began.elapsed() < length {
        controller.tick(clock::now(), &[], &inputs, &mut picture);
        painter.paint(&picture)?;
        frames += 1;
    }
    painter.finish()?;
    let (elapsed, cpu) = (began.elapsed(), cpu_time().saturating_sub(cpu));
    let asked = ALLOCATIONS.load(Ordering::Relaxed) - asked;
    let frames = f64::from(frames);
    Ok(Cost {
        frames_per_second: frames / elapsed.as_secs_f64(),
        cpu_ms: cpu.as_secs_f64() * 1e3 / frames,
        allocations: asked as f64 / frames,
    })
}

/// `p50 / p99` of a knob that turns while a whole renderer runs.
async fn paced(plan: Plan, length: Duration) -> Result<String, Box<dyn Error>> {
    let hub = TwinHub::new();
    let options = GatewayOptions {
        site: plan.site,
        node: Name::new("gw-1")?,
        version: "frames".to_owned(),
        devices: vec![(Name::new("knob")?, Name::new("injected")?)],
        link: LinkOptions::default(),
    };
    let gateway = GatewayLink::start_on(&hub, options)?;
    let hands = gateway.handle();
    let mut report = Report {
        buttons: vec![Button { code: Keys::BUTTON, ..Button::default() }],
        encoders: vec![Encoder { code: Encoders::KNOB, ..Encoder::default() }],
        ..Report::default()
    };
    hands.state(0, DeviceState::Running, "", clock::now());
    hands.report(0, &report, true, clock::now());
    let renderer = Renderer::start_on(&hub, plan, Board::new()).await?;
    while !renderer.status().nodes.iter().any(|node| node.state == "online") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let button = &mut report.buttons[0];
    (button.presses, button.shorts, button.last) = (1, 1, Change::Tap);
    button.changed_at = clock::now();
    hands.report(0, &report, true, clock::now());
    let began = Instant::now();
    // Not in step with the frames: a turn meets each moment of a frame as often as any other.
    while began.elapsed() < length + Duration::from_secs(1) {
        tokio::time::sleep(Duration::from_micros(19_700)).await;
        let encoder = &mut report.encoders[0];
        (encoder.position, encoder.step) = (encoder.position + 1, 1);
        encoder.changed_at = clock::now();
        hands.report(0, &report, true, clock::now());
    }
    let ended = renderer.stop().await?;
    gateway.stop().await;
    let hop = ended.status.latency_us.received_submitted;
    let millis = |micros: Option<u64>| micros.map_or(f64::NAN, |micros| micros as f64 / 1e3);
    Ok(format!("{:.1} / {:.1} ms", millis(hop.p50), millis(hop.p99)))
}

/// Enter, on a keyboard: out of the select screen.
fn enter() -> Result<Event, Box<dyn Error>> {
    let name = Name::new("keys")?;
    let (code, what): (Code, What) = (Keys::ENTER, What::Pressed { count: 1 });
    let (at, none) = (Time::ZERO, Duration::ZERO);
    Ok(Event {
        node: name,
        device: name,
        code,
        what,
        at,
        received_at: at,
        captured_published: none,
        published_received: none,
    })
}

/// Time that this process had on all cores together.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let nanos = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), nanos)
}
