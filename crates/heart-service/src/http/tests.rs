use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, connect};

use super::*;

struct Fixture {
    // Order matters: the server stops before its runtime.
    server: Server,
    health: Health,
    _runtime: Runtime,
}

fn serving() -> Fixture {
    serving_with(Health::new(Duration::from_secs(3600), &["link"]))
}

fn serving_with(health: Health) -> Fixture {
    let runtime = Runtime::new().unwrap();
    let (_recorder, metrics) = crate::metrics::build("heart-input", "0.1.0");
    let pages = Pages::new(health.clone(), metrics, || json!({"mode": "plasma"})).with(
        "/preview.bin",
        "application/octet-stream",
        || vec![1, 2, 3],
    );
    let config = HttpConfig::on_loopback(0);
    let server = runtime.block_on(serve(&config, pages)).unwrap();
    Fixture { server, health, _runtime: runtime }
}

impl Fixture {
    /// Status line and body.
    fn ask(&self, line: &str) -> (String, String) {
        let mut stream = TcpStream::connect(self.server.local_addr()).unwrap();
        // A refused connection may be closed before the question is sent.
        let _ = write!(stream, "{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.lines().next().unwrap_or("").to_owned(), body.to_owned())
    }

    #[track_caller]
    fn check(&self, line: &str, status: &str, body: &str) {
        assert_eq!(self.ask(line), (format!("HTTP/1.1 {status}"), body.to_owned()), "{line}");
    }
}

#[test]
fn readiness_says_what_is_waited_for() {
    let fixture = serving();
    fixture.check("GET /livez", "200 OK", "live\n");
    fixture.check("GET /readyz", "503 Service Unavailable", "link: starting\n");
    let (status, body) = fixture.ask("GET /healthz");
    assert_eq!(status, "HTTP/1.1 503 Service Unavailable");
    let summary: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(summary["reasons"], json!(["link: starting"]));
    assert_eq!((&summary["program"], &summary["live"]), (&json!("heart-input"), &json!(true)));

    fixture.health.set_ready("link", Ok(()));
    fixture.check("GET /readyz", "200 OK", "ready\n");
    assert_eq!(fixture.ask("GET /healthz").0, "HTTP/1.1 200 OK");
}

#[test]
fn a_loop_that_does_not_turn_is_not_live_but_its_pages_answer() {
    let fixture = serving_with(Health::new(Duration::ZERO, &[]));
    fixture.check("GET /livez", "503 Service Unavailable", "the main loop does not turn\n");
    fixture.check("GET /readyz", "200 OK", "ready\n");
    assert_eq!(fixture.ask("GET /healthz").0, "HTTP/1.1 503 Service Unavailable");
}

#[test]
fn status_metrics_and_own_pages_are_shown_and_nothing_can_be_written() {
    let fixture = serving();
    fixture.check("GET /status", "200 OK", "{\"mode\":\"plasma\"}\n");
    fixture.check("GET /preview.bin", "200 OK", "\u{1}\u{2}\u{3}");
    assert!(fixture.ask("GET /metrics").1.contains("heart_process_threads "));
    fixture.check("POST /status", "405 Method Not Allowed", "");
    fixture.check("GET /../etc/passwd", "404 Not Found", "");
}

#[test]
fn beyond_the_limit_a_connection_is_refused_until_another_ends() {
    let fixture = serving();
    let idle = || TcpStream::connect(fixture.server.local_addr()).unwrap();
    let mut held: Vec<TcpStream> = (0..CONNECTIONS_MAX).map(|_| idle()).collect();
    fixture.check("GET /livez", "503 Service Unavailable", "too many connections\n");
    held.pop();
    let deadline = Instant::now() + Duration::from_secs(30);
    while fixture.ask("GET /livez").0 != "HTTP/1.1 200 OK" {
        assert!(Instant::now() < deadline, "the place was never given back");
    }
}

#[test]
fn a_taken_address_and_a_taken_path_are_errors() {
    let fixture = serving();
    let taken = HttpConfig { listen: fixture.server.local_addr() };
    let (_recorder, metrics) = crate::metrics::build("heart-input", "0.1.0");
    let health = fixture.health.clone();
    let pages = Pages::new(health, metrics, || json!({}));
    let runtime = Runtime::new().unwrap();
    let refused = runtime.block_on(serve(&taken, pages.clone()));
    assert!(matches!(refused, Err(ServeError::Bind { .. })), "{refused:?}");
    for path in ["/status", "preview", "/{x}"] {
        let pages = pages.clone().with(path, "text/plain", Vec::new);
        let refused = runtime.block_on(serve(&HttpConfig::on_loopback(0), pages));
        assert!(matches!(refused, Err(ServeError::Page { .. })), "{path}: {refused:?}");
    }
}

/// Somebody who watches a broadcast; says nothing by himself.
struct Viewer(WebSocket<MaybeTlsStream<TcpStream>>);

impl Viewer {
    fn come(address: SocketAddr, origin: &str) -> Result<Viewer, tungstenite::Error> {
        let mut request = format!("ws://{address}/frames").into_client_request().unwrap();
        request.headers_mut().insert("Origin", origin.parse().unwrap());
        connect(request).map(|(socket, _)| Viewer(socket))
    }

    /// The number in the next picture.
    fn see(&mut self) -> u8 {
        loop {
            if let Message::Binary(bytes) = self.0.read().unwrap() {
                return bytes[0];
            }
        }
    }

    fn answer(&mut self) {
        self.0.send(Message::text(".")).unwrap();
    }
}

fn broadcasting() -> (Fixture, Broadcast, String) {
    let runtime = Runtime::new().unwrap();
    let (_recorder, metrics) = crate::metrics::build("heart-renderer", "0.1.0");
    let health = Health::new(Duration::from_secs(3600), &[]);
    let broadcast = Broadcast::new();
    let pages = Pages::new(health.clone(), metrics, || json!({}));
    let pages = pages.with_broadcast("/frames", broadcast.clone());
    let server = runtime.block_on(serve(&HttpConfig::on_loopback(0), pages)).unwrap();
    let origin = format!("http://{}", server.local_addr());
    (Fixture { server, health, _runtime: runtime }, broadcast, origin)
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_viewer_that_is_slow_skips_what_is_old() {
    let (fixture, broadcast, origin) = broadcasting();
    let mut viewer = Viewer::come(fixture.server.local_addr(), &origin).unwrap();
    let watching = broadcast.viewers();
    until("a viewer", || *watching.borrow() == 1);
    for number in 1..=UNANSWERED_MAX as u8 {
        broadcast.picture(vec![number]);
        assert_eq!(viewer.see(), number);
    }
    for number in 3..=50 {
        broadcast.picture(vec![number]);
    }
    viewer.answer();
    assert_eq!(viewer.see(), 50, "the newest, and none of those between");
    drop(viewer);
    until("a free place", || *watching.borrow() == 0);
}

#[test]
fn a_viewer_that_answers_nothing_is_given_up() {
    let (fixture, broadcast, origin) = broadcasting();
    let _viewer = Viewer::come(fixture.server.local_addr(), &origin).unwrap();
    let watching = broadcast.viewers();
    until("a viewer", || *watching.borrow() == 1);
    let began = Instant::now();
    until("given up", || {
        broadcast.words("still here".to_owned());
        *watching.borrow() == 0
    });
    assert!(began.elapsed() >= ANSWER_WITHIN, "{:?}", began.elapsed());
}

#[test]
fn somebody_elses_page_and_one_viewer_too_many_are_refused() {
    let (fixture, _broadcast, origin) = broadcasting();
    let address = fixture.server.local_addr();
    let refusal = |origin: &str| match Viewer::come(address, origin).err() {
        Some(tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal("http://evil.example"), 403);
    let mut viewers: Vec<_> =
        (0..VIEWERS_MAX).map(|_| Viewer::come(address, &origin).unwrap()).collect();
    assert_eq!(refusal(&origin), 503);
    viewers.pop();
    let deadline = Instant::now() + Duration::from_secs(60);
    while Viewer::come(address, &origin).is_err() {
        assert!(Instant::now() < deadline, "the place was never given back");
    }
    // A question without a WebSocket is answered like one.
    let (status, _) = fixture.ask("GET /frames");
    assert!(status.starts_with("HTTP/1.1 4"), "{status}");
}

#[test]
fn viewers_end_with_the_pages() {
    let (fixture, _broadcast, origin) = broadcasting();
    let mut viewer = Viewer::come(fixture.server.local_addr(), &origin).unwrap();
    drop(fixture.server);
    assert!(viewer.0.read().is_err(), "it would wait here for ever");
}
