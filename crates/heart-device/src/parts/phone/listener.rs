//! A listener for a network of strangers: how many connections, how much, for how long.
//!
//! A connection begins as a visitor: it may read a page or knock, with few bytes and a short
//! life. Once its websocket was admitted it may stay for as long as it keeps talking. (The pages
//! of heart-service have a listener like this one; the two crates do not know each other.)

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until};

/// Connections at a time; more are closed at once.
const CONNECTIONS_MAX: usize = 64;
/// Connections at a time from one address. A whole crowd may stand behind one router.
const SOURCE_CONNECTIONS_MAX: usize = 32;
/// A connection on which nothing moves for this long is closed.
const SILENCE_MAX: Duration = Duration::from_secs(5);
/// How long a visitor may stay.
const VISIT_MAX: Duration = Duration::from_secs(10);
/// What a visitor may send: the requests of one page with generous headers.
const VISIT_BYTES: usize = 32 * 1024;

/// Accepts within the bounds.
pub(super) struct BoundedListener {
    listener: TcpListener,
    places: Places,
}

impl BoundedListener {
    pub(super) fn new(listener: TcpListener) -> Self {
        BoundedListener { listener, places: Places::default() }
    }
}

impl Listener for BoundedListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            // axum's own accept waits and tries again where the kernel is out of descriptors.
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Some(place) = self.places.take(address.ip().to_canonical()) {
                // Without it small answers wait for each other; it may fail only on a dead stream.
                let _ = stream.set_nodelay(true);
                return (Connection::new(stream, place, SILENCE_MAX), address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Who is connected, by address: at most [`CONNECTIONS_MAX`] entries.
#[derive(Clone, Default)]
struct Places {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Places {
    fn take(&self, source: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let here = taken.get(&source).copied().unwrap_or(0);
        if all >= CONNECTIONS_MAX || here >= SOURCE_CONNECTIONS_MAX {
            return None;
        }
        taken.insert(source, here + 1);
        Some(Place { places: self.clone(), source })
    }
}

/// One connection's place; free again when dropped.
struct Place {
    places: Places,
    source: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.source) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(taken.remove(&self.source)),
        }
    }
}

/// What a handler knows of its connection.
#[derive(Clone)]
pub(super) struct Peer {
    admitted: Arc<AtomicBool>,
}

impl Peer {
    /// The connection is no visitor any more: it may stay while it talks.
    pub(super) fn admit(&self) {
        self.admitted.store(true, Ordering::Relaxed);
    }
}

impl Connected<IncomingStream<'_, BoundedListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, BoundedListener>) -> Self {
        Peer { admitted: Arc::clone(&stream.io().admitted) }
    }
}

/// A connection that holds its place until it is dropped.
pub(super) struct Connection {
    stream: TcpStream,
    admitted: Arc<AtomicBool>,
    /// What it sent as a visitor, bytes.
    sent: usize,
    silence_max: Duration,
    /// The end of the present silence.
    silence: Pin<Box<Sleep>>,
    /// The end of its visit.
    end: Instant,
    _place: Place,
}

impl Connection {
    fn new(stream: TcpStream, place: Place, silence_max: Duration) -> Self {
        let now = Instant::now();
        Connection {
            stream,
            admitted: Arc::default(),
            sent: 0,
            silence_max,
            silence: Box::pin(sleep_until(now + silence_max)),
            end: now + VISIT_MAX,
            _place: place,
        }
    }

    /// What moved begins a new silence; what waits looks whether the silence was too long.
    fn bound<T>(
        &mut self,
        context: &mut Context<'_>,
        p: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if p.is_ready() {
            self.silence.as_mut().reset(Instant::now() + self.silence_max);
            return p;
        }
        match self.silence.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let visits = !self.admitted.load(Ordering::Relaxed);
        if visits && (self.sent >= VISIT_BYTES || Instant::now() >= self.end) {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(context, buffer);
        if visits {
            self.sent += buffer.filled().len() - before;
        }
        self.bound(context, poll)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        // Only what the other side says counts as life; a write that waits is bounded all the same.
        match Pin::new(&mut self.stream).poll_write(context, bytes) {
            Poll::Pending => self.bound(context, Poll::Pending),
            ready => ready,
        }
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
    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;

    use super::*;

    const SHORT: Duration = Duration::from_millis(50);
    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    async fn pair(silence_max: Duration) -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let place = Places::default().take(SOURCE).unwrap();
        (Connection::new(stream, place, silence_max), client)
    }

    async fn read(connection: &mut Connection) -> io::Result<usize> {
        let mut bytes = [0; 4096];
        let mut buffer = ReadBuf::new(&mut bytes);
        poll_fn(|context| Pin::new(&mut *connection).poll_read(context, &mut buffer)).await?;
        Ok(buffer.filled().len())
    }

    #[tokio::test]
    async fn who_says_nothing_is_given_up_admitted_or_not() {
        for admitted in [false, true] {
            let (mut connection, _client) = pair(SHORT).await;
            connection.admitted.store(admitted, Ordering::Relaxed);
            assert_eq!(read(&mut connection).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        }
    }

    #[tokio::test]
    async fn a_visitor_may_send_32_kib_and_who_is_admitted_any_amount() {
        for admitted in [false, true] {
            let (mut connection, mut client) = pair(SILENCE_MAX).await;
            connection.admitted.store(admitted, Ordering::Relaxed);
            let mut taken = 0;
            let end = loop {
                client.write_all(&[b'x'; 1024]).await.unwrap();
                match read(&mut connection).await {
                    Ok(bytes) => taken += bytes,
                    Err(error) => break Some(error.kind()),
                }
                if taken >= 3 * VISIT_BYTES {
                    break None;
                }
            };
            assert_eq!(end.is_none(), admitted, "{taken} bytes");
        }
    }

    #[test]
    fn places_are_bounded_in_all_and_by_source_and_come_back() {
        let places = Places::default();
        let here: Vec<_> = (0..99).filter_map(|_| places.take(SOURCE)).collect();
        assert_eq!(here.len(), SOURCE_CONNECTIONS_MAX);
        let other = |n: u8| IpAddr::from([10, 0, 0, n]);
        let others: Vec<_> = (0..99).filter_map(|n| places.take(other(n))).collect();
        assert_eq!(here.len() + others.len(), CONNECTIONS_MAX);
        drop((here, others));
        assert!(places.taken.lock().unwrap().is_empty());
    }
}
