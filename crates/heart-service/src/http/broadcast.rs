//! Messages to whoever watches a page, over a WebSocket: the latest wins, at each viewer's pace.
//!
//! The program puts in pictures (bytes) and words (text) as they come and waits for nobody. A
//! viewer answers each message with one of its own, of any content; it is sent another only
//! while at most [`UNANSWERED_MAX`] wait for that, and then the newest. So a slow viewer skips
//! pictures instead of seeing old ones out of the kernel's buffers, and one that answers nothing
//! for [`ANSWER_WITHIN`] is given up. Nothing that a viewer says is looked into.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::answer::text;
use super::bounded::Peer;

/// Viewers of one broadcast at a time; more are answered 503.
pub const VIEWERS_MAX: usize = 4;
/// Messages that a viewer may leave unanswered before it is sent another picture.
pub const UNANSWERED_MAX: u32 = 2;
/// A viewer that answers nothing for this long is given up.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// An answer is a byte or two.
const ANSWER_BYTES: usize = 16;

/// Where a program puts what its viewers see; cheap to clone.
#[derive(Clone, Debug)]
pub struct Broadcast {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    pictures: watch::Sender<Bytes>,
    words: watch::Sender<Utf8Bytes>,
    viewers: watch::Sender<usize>,
}

/// The place of one viewer, and what is new to it; free again when dropped.
struct Seat {
    shared: Arc<Shared>,
    pictures: watch::Receiver<Bytes>,
    words: watch::Receiver<Utf8Bytes>,
}

impl Broadcast {
    /// A broadcast that nobody watches.
    #[must_use]
    pub fn new() -> Self {
        let shared = Shared {
            pictures: watch::Sender::new(Bytes::new()),
            words: watch::Sender::new(Utf8Bytes::default()),
            viewers: watch::Sender::new(0),
        };
        Broadcast { shared: Arc::new(shared) }
    }

    /// The picture for everybody who watches from now on; the one before is forgotten.
    pub fn picture(&self, picture: Vec<u8>) {
        self.shared.pictures.send_replace(picture.into());
    }

    /// The words likewise.
    pub fn words(&self, words: String) {
        self.shared.words.send_replace(words.into());
    }

    /// How many watch, 0 to [`VIEWERS_MAX`], and when that changes.
    #[must_use]
    pub fn viewers(&self) -> watch::Receiver<usize> {
        self.shared.viewers.subscribe()
    }

    fn seat(&self) -> Option<Seat> {
        let free = |viewers: &mut usize| {
            let free = *viewers < VIEWERS_MAX;
            *viewers += usize::from(free);
            free
        };
        self.shared.viewers.send_if_modified(free).then(|| Seat {
            shared: Arc::clone(&self.shared),
            pictures: self.shared.pictures.subscribe(),
            words: self.shared.words.subscribe(),
        })
    }
}

impl Default for Broadcast {
    fn default() -> Self {
        Broadcast::new()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.viewers.send_modify(|viewers| *viewers -= 1);
    }
}

/// Answers a request for the WebSocket.
pub(super) async fn admit(
    broadcast: Broadcast,
    stop: CancellationToken,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !comes_from_here(&headers) {
        return text(StatusCode::FORBIDDEN, "only pages of this very address may watch\n");
    }
    let Some(seat) = broadcast.seat() else {
        let full = format!("{VIEWERS_MAX} viewers watch already; close one of them\n");
        return text(StatusCode::SERVICE_UNAVAILABLE, full);
    };
    peer.admit();
    upgrade
        .max_message_size(ANSWER_BYTES)
        .max_frame_size(ANSWER_BYTES)
        .on_upgrade(move |socket| show(socket, seat, stop))
}

/// A browser tells whose page asks (`Origin`): this host's, or somebody else's who lets his
/// visitors look into this network.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let one = |name| {
        let mut all = headers.get_all(name).into_iter();
        let first = all.next()?.to_str().ok()?;
        all.next().is_none().then_some(first)
    };
    let host = one(header::HOST).filter(|host| !host.is_empty());
    let origin = one(header::ORIGIN).and_then(|origin| {
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
    });
    host.is_some() && host == origin
}

/// One viewer, until it leaves, is given up, or the pages stop.
async fn show(mut socket: WebSocket, mut seat: Seat, stop: CancellationToken) {
    let (mut unanswered, mut since) = (0, Instant::now());
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return,
            () = sleep_until(since + ANSWER_WITHIN), if unanswered > 0 => return,
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(_) | Message::Binary(_))) => {
                    (unanswered, since) = (u32::saturating_sub(unanswered, 1), Instant::now());
                    continue;
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            // The seat keeps the senders, so neither ends; words may always come on top.
            _ = seat.words.changed(), if unanswered <= UNANSWERED_MAX => {
                Message::Text(seat.words.borrow_and_update().clone())
            }
            _ = seat.pictures.changed(), if unanswered < UNANSWERED_MAX => {
                Message::Binary(seat.pictures.borrow_and_update().clone())
            }
        };
        if unanswered == 0 {
            since = Instant::now();
        }
        unanswered += 1;
        // Neither a viewer that is gone nor one that takes nothing is worth a word.
        match timeout(ANSWER_WITHIN, socket.send(message)).await {
            Ok(Ok(())) => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_a_page_of_the_same_host_and_port_comes_from_here() {
        for origin in ["http://wall.lan:9462", "https://wall.lan:9462"] {
            assert!(comes_from_here(&headers("wall.lan:9462", &[origin])), "{origin}");
        }
        for origins in [
            &[][..],
            &["null"],
            &["http://wall.lan"],
            &["http://evil.example:9462"],
            &["http://wall.lan:9462", "http://wall.lan:9462"],
        ] {
            assert!(!comes_from_here(&headers("wall.lan:9462", origins)), "{origins:?}");
        }
        assert!(!comes_from_here(&headers("", &["http://"])));
    }

    #[test]
    fn seats_are_few_and_free_again() {
        let broadcast = Broadcast::new();
        let mut viewers = broadcast.viewers();
        let seats: Vec<_> = (0..VIEWERS_MAX).map(|_| broadcast.seat().unwrap()).collect();
        assert!(broadcast.seat().is_none());
        assert_eq!(*viewers.borrow_and_update(), VIEWERS_MAX);
        drop(seats);
        assert!(viewers.has_changed().unwrap() && *viewers.borrow() == 0);
    }
}
