//! The renderer in this process: a gateway that the test plays, a broker in memory, Mesa's
//! lavapipe, and what `/status` says of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

mod leds;
mod loss;
mod reload;
mod scenes;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use heart_event::{Button, Change, DeviceState, Encoder, Encoders, Keys, Name, Report};
use heart_frame::Frame;
use heart_link::shell::clock::now;
use heart_link::{GatewayHandle, GatewayLink, GatewayOptions, LinkOptions, TwinHub};
use heart_output::OutputConfig;
use heart_renderer::config::{ProgramConfig, SPEC};
use heart_renderer::{Board, Feed, Plan, Renderer, RendererConfig, StartError, Status};
use heart_service::config::load_from;

/// Bounds what a test waits for on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn config() -> RendererConfig {
    let variables = [
        ("HEART_RENDERER__SITE", "lab"),
        ("HEART_RENDERER__NODE", "wall-1"),
        ("HEART_RENDERER__PAINTER__DEVICE", "llvmpipe"),
    ];
    let variables = variables.map(|(name, value)| (name.into(), value.into()));
    let mut config: RendererConfig = load_from(&SPEC, None, &variables, &[]).unwrap().value;
    config.program = ProgramConfig { seed: Some(7), ..ProgramConfig::default() };
    config
}

fn plan() -> Plan {
    Plan::new(&config(), None).unwrap()
}

/// A folder with a program, gone with the test.
struct Stage(PathBuf);

impl Stage {
    fn new(program: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-renderer-stage-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let stage = Stage(folder);
        stage.write(program);
        stage
    }

    fn program(&self) -> PathBuf {
        self.0.join("wall.toml")
    }

    /// As editors do: another file takes its name.
    fn write(&self, program: &str) {
        let new = self.0.join("wall.toml.new");
        std::fs::write(&new, program).unwrap();
        std::fs::rename(&new, self.program()).unwrap();
    }

    fn plan(&self) -> Plan {
        let mut config = config();
        config.program.file = self.program().display().to_string();
        Plan::new(&config, None).unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How many colours a frame has: one where the wall is dark, hundreds where a scene is seen.
fn colours(frame: &Frame) -> usize {
    frame.bytes().chunks_exact(4).collect::<HashSet<_>>().len()
}

/// A gateway with a pad and a knob, both in one device.
struct Hands {
    link: GatewayLink,
    handle: GatewayHandle,
    report: Report,
}

impl Hands {
    fn at(hub: &TwinHub) -> Self {
        let link = GatewayLink::start_on(
            hub,
            GatewayOptions {
                site: Name::new("lab").unwrap(),
                node: Name::new("gw-1").unwrap(),
                version: "test".to_owned(),
                devices: vec![(Name::new("pad").unwrap(), Name::new("injected").unwrap())],
                link: LinkOptions::default(),
            },
        )
        .unwrap();
        let handle = link.handle();
        let report = Report {
            buttons: vec![
                Button { code: Keys::BUTTON, ..Button::default() },
                Button { code: Keys::SOUTH, ..Button::default() },
            ],
            encoders: vec![Encoder { code: Encoders::KNOB, ..Encoder::default() }],
            ..Report::default()
        };
        let hands = Hands { link, handle, report };
        hands.handle.state(0, DeviceState::Running, "", now());
        hands.say();
        hands
    }

    fn say(&self) {
        self.handle.report(0, &self.report, true, now());
    }

    fn turn(&mut self, detents: i16) {
        let encoder = &mut self.report.encoders[0];
        (encoder.step, encoder.changed_at) = (detents, now());
        encoder.position += i32::from(detents);
        self.say();
    }

    /// The knob's finished short press.
    fn tap(&mut self) {
        let button = &mut self.report.buttons[0];
        (button.presses, button.shorts) = (button.presses + 1, button.shorts + 1);
        (button.last, button.changed_at) = (Change::Tap, now());
        self.say();
    }

    fn hold_south(&mut self, pressed: bool) {
        let button = &mut self.report.buttons[1];
        button.presses += u32::from(pressed);
        button.shorts += u32::from(!pressed);
        button.pressed = pressed;
        button.last = if pressed { Change::Pressed } else { Change::Short };
        button.changed_at = now();
        self.say();
    }
}

#[track_caller]
fn until(board: &Board, what: &str, holds: impl Fn(&Status) -> bool) -> Status {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let status = board.status();
        if holds(&status) {
            return (*status).clone();
        }
        assert!(Instant::now() < deadline, "never {what}: {status:#?}");
        std::thread::yield_now();
    }
}

fn is_live(status: &Status) -> bool {
    let node = status.nodes.first();
    let fresh = |node: &heart_renderer::status::NodeStatus| {
        node.state == "online" && node.devices.first().is_some_and(|d| !d.stale && d.seq > 0)
    };
    node.is_some_and(fresh)
}

fn held(status: &Status) -> Vec<String> {
    status.nodes.iter().flat_map(|n| &n.devices).flat_map(|d| d.held.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_turn_browses_a_press_enters_a_hold_is_shown_and_the_frame_shows_a_scene() {
    let hub = TwinHub::new();
    let mut hands = Hands::at(&hub);
    let renderer = Renderer::start_on(&hub, plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    let status = until(&board, "live", is_live);
    assert_eq!((status.mode.as_str(), status.selecting, status.events), ("plasma", true, 0));

    hands.turn(1);
    let status = until(&board, "browsed", |s| s.mode == "mandelbrot");
    assert!(status.selecting && status.mode_changes == 0);
    assert_eq!(status.nodes[0].devices[0].encoders, [1]);

    hands.tap();
    let status = until(&board, "entered", |s| !s.selecting);
    assert_eq!((status.mode.as_str(), status.scene, status.mode_changes), ("mandelbrot", 0, 1));

    hands.hold_south(true);
    let status = until(&board, "held", |s| held(s) == ["south"]);
    assert_eq!(status.scene, 1, "a pad's press moves to the next scene");
    hands.hold_south(false);
    until(&board, "let go", |s| held(s).is_empty());

    let status = until(&board, "every hop", |s| {
        let l = &s.latency_us;
        let hops =
            [l.captured_published, l.received_applied, l.captured_applied.hop, l.applied_shown];
        hops.iter().all(|hop| hop.count > 0) && s.fps > 0.0
    });
    assert!(status.rejected.is_empty() && board.health().not_ready().is_empty());
    assert!(board.health().is_live());

    hands.link.stop().await;
    until(&board, "lost", |s| s.nodes[0].state == "lost" && s.nodes[0].devices[0].stale);
    let ended = renderer.stop().await.unwrap();
    let frame = ended.frame.unwrap();
    let colours = colours(&frame);
    assert!(colours > 100, "a scene has many colours, this frame has {colours}");
    assert_eq!(ended.outputs[0].1.submitted, ended.status.frames);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renderer_without_a_gateway_waits_lives_and_says_so() {
    let hub = TwinHub::new();
    hub.close();
    let renderer = Renderer::start_on(&hub, plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    let status = until(&board, "painting", |s| s.frames > 0 && s.link.last_error.is_some());
    assert!(!status.link.ready && status.nodes.is_empty());
    let waits = board.health().not_ready();
    assert!(waits.len() == 1 && waits[0].starts_with("link: no connection to "), "{waits:?}");
    assert!(board.health().is_live());
    hub.open();
    until(&board, "connected", |s| s.link.ready);
    renderer.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn embedded_devices_are_mirrored_and_the_last_frame_is_in_the_png() {
    let folder = std::env::temp_dir().join(format!("heart-renderer-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let script = "[[step]]\nat_ms = 1500\ncontrol = 'south'\nvalue = 1\n";
    std::fs::write(folder.join("hold.toml"), script).unwrap();
    let device = serde_json::json!({"name": "hands", "kind": "simulated", "script": "hold.toml"});
    let mut config = config();
    config.input.source = heart_renderer::config::Source::Embedded;
    config.device = vec![serde_json::from_value(device).unwrap()];
    let png = folder.join("wall.png");
    let (every_s, scale) = (None, std::num::NonZeroU32::MIN);
    config.output = vec![OutputConfig::Png { file: png.clone(), every_s, scale }];
    let plan = Plan::new(&config, Some(&folder.join("heart-renderer.toml"))).unwrap();
    assert!(matches!(plan.feed, Feed::Embedded(_)));
    let renderer = Renderer::start(plan, Board::new()).await.unwrap();
    let status = until(renderer.board(), "held", |s| held(s) == ["south"]);
    assert_eq!((status.nodes[0].node.as_str(), status.link.kind), ("embedded", "embedded"));
    let status = until(renderer.board(), "entered", |s| !s.selecting);
    assert_eq!(status.mode_changes, 1);
    renderer.stop().await.unwrap();
    let bytes = std::fs::read(&png).unwrap();
    assert!(bytes.starts_with(b"\x89PNG"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_outsider_says_is_counted_by_reason_and_moves_nothing() {
    let hub = TwinHub::new();
    let hands = Hands::at(&hub);
    let renderer = Renderer::start_on(&hub, plan(), Board::new()).await.unwrap();
    let board = renderer.board().clone();
    let before = until(&board, "live", is_live);
    let outsider = hub.connect("outsider", None).unwrap();
    outsider.publish("heart/v1/lab/gw-1/pad/report", b"\x08\0\0\0nope----------", false);
    outsider.publish("heart/v1/lab/gw-1/pad/report", &[0; 9000], false);
    outsider.publish("heart/v1/lab/gw-1/beat", b"", false);
    let status = until(&board, "counted", |s| s.rejected.values().sum::<u64>() >= 3);
    let reasons: Vec<&str> = status.rejected.keys().copied().collect();
    assert_eq!(reasons, ["empty", "too_large", "wrong_identifier"]);
    assert_eq!((&status.mode, status.events), (&before.mode, 0));
    assert_eq!(status.nodes[0].devices[0].held, before.nodes[0].devices[0].held);
    renderer.stop().await.unwrap();
    drop(hands);
}

#[tokio::test]
async fn a_device_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let mut plan = plan();
    plan.painter.device = Some("no such device".to_owned());
    let hub = TwinHub::new();
    let error = Renderer::start_on(&hub, plan, Board::new()).await.err().unwrap();
    assert!(matches!(error, StartError::Painter(_)));
    assert!(error.to_string().contains("there are: "), "{error}");
}
