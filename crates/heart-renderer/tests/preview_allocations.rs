//! The preview takes no memory from the render thread, whether somebody watches or not. Alone in
//! its binary, for its allocator counts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

#[path = "../../heart-device/tests/counting/mod.rs"]
mod counting;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use counting::allocations;
use heart_event::Name;
use heart_frame::{Extent, Frame};
use heart_renderer::Board;
use heart_service::http::{self, HttpConfig, Pages};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, connect};
use tokio_util::sync::CancellationToken;

const FACE: Extent = Extent { width: 64, height: 64 };
const FRAMES: u32 = 500;

/// Watches on a thread of its own; counts the pictures.
fn watch(address: std::net::SocketAddr) -> Arc<AtomicU32> {
    let mut request = format!("ws://{address}/preview/frames").into_client_request().unwrap();
    request.headers_mut().insert("Origin", format!("http://{address}").parse().unwrap());
    let (mut socket, _) = connect(request).unwrap();
    let pictures = Arc::<AtomicU32>::default();
    let seen = Arc::clone(&pictures);
    std::thread::spawn(move || {
        while let Ok(message) = socket.read() {
            seen.fetch_add(u32::from(message.is_binary()), Ordering::Relaxed);
            if socket.send(Message::text(".")).is_err() {
                return;
            }
        }
    });
    pictures
}

#[test]
fn a_frame_for_the_preview_takes_no_memory_from_the_render_thread_watched_or_not() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let board = Board::new();
    let metrics = heart_service::metrics::install("heart-renderer", "0.1.0").unwrap();
    let pages = Pages::new(board.health().clone(), metrics, || "".into());
    let pages = board.preview().on(pages, Name::new("wall-1").unwrap());
    let server = runtime.block_on(http::serve(&HttpConfig::on_loopback(0), pages)).unwrap();
    runtime.spawn(board.preview().clone().serve(board.clone(), CancellationToken::new()));

    let frame = Frame::new(Extent { width: 256, height: 64 });
    let mut now = Instant::now();
    // Each is due: the copy is what is measured.
    let mut offer = || {
        now += Duration::from_millis(100);
        board.preview().offer(&frame, FACE, now);
    };
    let before = allocations();
    (0..FRAMES).for_each(|_| offer());
    assert_eq!(allocations() - before, 0, "while nobody watches");

    let pictures = watch(server.local_addr());
    let deadline = Instant::now() + Duration::from_secs(60);
    while pictures.load(Ordering::Relaxed) < 3 {
        assert!(Instant::now() < deadline, "no picture came");
        offer();
        std::thread::yield_now();
    }
    let before = allocations();
    (0..FRAMES).for_each(|_| offer());
    assert_eq!(allocations() - before, 0, "while somebody watches");
}
