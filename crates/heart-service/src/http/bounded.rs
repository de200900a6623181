//! A listener with limits, which axum's own has not: connections, silence, and their life.
//!
//! A connection whose WebSocket was admitted may live for as long as something moves on it.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

/// Connections served at a time; more are answered 503 and closed.
pub const CONNECTIONS_MAX: usize = 64;
/// A connection on which nothing moves for this long is closed: slow headers, idle keep-alive,
/// and readers that do not take their answer.
pub const SILENCE_MAX: Duration = Duration::from_secs(5);
/// A connection older than this is closed when it next waits for its client, so that dripping
/// bytes holds no place for ever. (A viewer's may be older, see [`WATCH_SILENCE_MAX`].)
pub const CONNECTION_LIFE_MAX: Duration = Duration::from_secs(60);

/// A viewer's connection on which nothing moves for this long is closed; there its words come
/// once a second, and its answers.
pub const WATCH_SILENCE_MAX: Duration = Duration::from_secs(10);

/// Connections at a time that are being told 503; those beyond are closed without a word.
const REFUSALS_MAX: usize = 16;
/// How long a refused client may take to close, so that the answer is not lost in a reset.
const REFUSAL_LIFE: Duration = Duration::from_secs(1);
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\n\
    content-length: 21\r\nconnection: close\r\n\r\ntoo many connections\n";

/// Accepts within the limits.
pub(super) struct BoundedListener {
    listener: TcpListener,
    places: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
}

impl BoundedListener {
    pub(super) fn new(listener: TcpListener) -> Self {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        BoundedListener { listener, places, refusals: Arc::new(Semaphore::new(REFUSALS_MAX)) }
    }
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            // axum's own accept waits and tries again where the kernel is out of descriptors.
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
                // Without it small messages wait for each other; it fails only on a dead stream.
                let _ = stream.set_nodelay(true);
                let (silence, life) = (SILENCE_MAX, CONNECTION_LIFE_MAX);
                let limits = Limits { silence, life, watch: WATCH_SILENCE_MAX };
                return (Connection::new(stream, place, limits), address);
            }
            if let Ok(permit) = Arc::clone(&self.refusals).try_acquire_owned() {
                tokio::spawn(async move {
                    // Whether the client listens to its refusal is its own affair.
                    let _ = timeout(REFUSAL_LIFE, refuse(stream)).await;
                    drop(permit);
                });
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn refuse(mut stream: TcpStream) -> io::Result<()> {
    stream.writable().await?;
    // It fits into the empty buffer of a new connection.
    stream.try_write(REFUSAL)?;
    poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await?;
    let mut ignored = [0; 1024];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut ignored) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a handler knows of its connection.
#[derive(Clone)]
pub(super) struct Peer {
    watches: Arc<AtomicBool>,
}

impl Peer {
    /// The connection is a viewer's from now on.
    pub(super) fn admit(&self) {
        self.watches.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, BoundedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Peer { watches: Arc::clone(&stream.io().watches) }
    }
}

/// How long a connection may do nothing, live, and do nothing as a viewer's.
#[derive(Clone, Copy)]
struct Limits {
    silence: Duration,
    life: Duration,
    watch: Duration,
}

/// A connection that holds its place until it is dropped.
pub(super) struct Connection {
    stream: TcpStream,
    watches: Arc<AtomicBool>,
    limits: Limits,
    /// The end of the present silence.
    silence: Pin<Box<Sleep>>,
    /// The end of its life.
    end: Instant,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, limits: Limits) -> Self {
        let now = Instant::now();
        let silence = Box::pin(sleep_until(now + limits.silence));
        let watches = Arc::default();
        Connection { stream, watches, limits, silence, end: now + limits.life, _place: place }
    }

    fn watches(&self) -> bool {
        self.watches.load(Ordering::Relaxed)
    }

    /// What moved begins a new silence; what waits looks whether the silence was too long.
    fn bound<T>(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            let most = if self.watches() { self.limits.watch } else { self.limits.silence };
            self.silence.as_mut().reset(Instant::now() + most);
            return poll;
        }
        match self.silence.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    /// The life ends here and not in a write, so that an answer under way is finished.
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if Instant::now() >= self.end && !self.watches() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.bound(context, poll)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.bound(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const NEVER: Duration = Duration::from_secs(3600);

    async fn pair(silence: Duration, life: Duration) -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        (Connection::new(stream, place, Limits { silence, life, watch: silence }), client)
    }

    async fn read(connection: &mut Connection) -> io::Result<usize> {
        let mut bytes = [0; 16];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|context| Pin::new(&mut *connection).poll_read(context, &mut buffer)).await?;
        Ok(buffer.filled().len())
    }

    #[tokio::test]
    async fn a_client_that_says_nothing_is_given_up() {
        let (mut connection, _client) = pair(SHORT, NEVER).await;
        assert_eq!(read(&mut connection).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_does_not_take_its_answer_is_given_up() {
        let (mut connection, _client) = pair(SHORT, NEVER).await;
        let error = loop {
            let bytes = [0; 65_536];
            let write =
                |context: &mut Context<'_>| Pin::new(&mut connection).poll_write(context, &bytes);
            if let Err(error) = poll_fn(write).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_client_that_never_stops_does_not_hold_a_place_for_ever() {
        let (mut connection, client) = pair(NEVER, SHORT).await;
        let error = loop {
            client.writable().await.unwrap();
            client.try_write(b"x").unwrap();
            if let Err(error) = read(&mut connection).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_viewer_lives_on_while_something_moves_and_is_given_up_in_silence() {
        let (mut connection, client) = pair(NEVER, Duration::ZERO).await;
        connection.limits.watch = SHORT;
        connection.watches.store(true, Ordering::Relaxed);
        for _ in 0..3 {
            client.writable().await.unwrap();
            client.try_write(b"x").unwrap();
            assert_eq!(read(&mut connection).await.unwrap(), 1, "past the end of its life");
        }
        assert_eq!(read(&mut connection).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
