//! One phone's conversation: its websocket, from the upgrade to its end.
//!
//! Every beat is answered, so that the page knows that it is heard. A phone that says nothing
//! for a second is let go of; one that says nothing for five loses its connection (the listener
//! sees to that). However the conversation ends, what the phone held is let go.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use heart_event::PHONES;
use tokio::time::{Instant, sleep_until, timeout};

use super::crowd::Secret;
use super::hand::{Heard, SILENCE};
use super::room::Room;
use crate::telemetry::Garbage;

/// An answer that a phone does not take for this long ends the conversation.
const SEND_WITHIN: Duration = Duration::from_secs(1);

/// Why the gateway ends a conversation, as the page reads it.
mod code {
    /// The gateway stops.
    pub(super) const GOING_AWAY: u16 = 1001;
    /// Too much, or nothing that a page of ours says.
    pub(super) const POLICY: u16 = 1008;
    /// The place was given to somebody else.
    pub(super) const UNKNOWN: u16 = 4401;
    /// The phone speaks from another page now.
    pub(super) const ELSEWHERE: u16 = 4409;
}

const LIVE: Utf8Bytes = Utf8Bytes::from_static(r#"{"live":true}"#);
const NOT_YET: Utf8Bytes = Utf8Bytes::from_static(r#"{"live":false}"#);
const SLOW: Utf8Bytes = Utf8Bytes::from_static(r#"{"slow":true}"#);

/// A phone's line to the record; whoever drops it has hung up.
struct Line {
    room: Arc<Room>,
    line: (u8, u64),
}

impl Drop for Line {
    fn drop(&mut self) {
        self.room.hang_up(self.line);
    }
}

/// Talks with the phone that has `cookie`.
pub(super) async fn talk(mut socket: WebSocket, room: Arc<Room>, cookie: Secret) {
    let Some(line) = room.connect(&cookie) else {
        return close(socket, code::UNKNOWN).await;
    };
    let stop = room.stop.clone();
    let line = Line { room, line };
    let hello = format!(r#"{{"phone":{},"phones":{PHONES}}}"#, line.line.0);
    if !send(&mut socket, hello.into()).await {
        return;
    }
    let (mut last, mut silent) = (Instant::now(), false);
    let code = loop {
        let message = tokio::select! {
            biased;
            () = stop.cancelled() => break code::GOING_AWAY,
            message = socket.recv() => message,
            () = sleep_until(last + SILENCE), if !silent => {
                silent = true;
                line.room.fall_silent(line.line);
                continue;
            }
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            // Pages send neither: as words they are garbage, and cost their allowance.
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => {
                Utf8Bytes::default()
            }
            Some(Ok(Message::Close(_))) | None => return,
            // Torn, no websocket, too long: said once, then the connection is closed.
            Some(Err(_)) => {
                return line.room.refused(Garbage::TooLong, "a broken or oversized message");
            }
        };
        (last, silent) = (Instant::now(), false);
        let answer = match line.room.hear(line.line, &text) {
            None => break code::ELSEWHERE,
            Some(Heard::Flood) => {
                line.room.refused(Garbage::Flood, "a phone said too much");
                break code::POLICY;
            }
            Some(Heard::Beat { live }) => {
                if live {
                    LIVE
                } else {
                    NOT_YET
                }
            }
            Some(Heard::TooSoon) => SLOW,
            Some(Heard::Taken | Heard::Refused(_)) => continue,
        };
        if !send(&mut socket, answer).await {
            return;
        }
    };
    // Let go first: the other side may take its time to hear that it is over.
    drop(line);
    close(socket, code).await;
}

async fn send(socket: &mut WebSocket, text: Utf8Bytes) -> bool {
    timeout(SEND_WITHIN, socket.send(Message::Text(text))).await.is_ok_and(|sent| sent.is_ok())
}

async fn close(mut socket: WebSocket, code: u16) {
    let frame = CloseFrame { code, reason: Utf8Bytes::default() };
    // Whether the phone hears it is its own affair.
    let _ = timeout(SEND_WITHIN, socket.send(Message::Close(Some(frame)))).await;
}
