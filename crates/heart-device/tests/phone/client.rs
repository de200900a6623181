//! A phone without a screen: plain HTTP, and a real websocket client.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::heard::WIDE;

/// Where the page is, as `Host` has it.
#[derive(Clone, Debug)]
pub struct Page {
    pub host: String,
}

/// An answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The cookie that it sets, as it is sent back.
    pub fn cookie(&self) -> Option<String> {
        Some(self.header("set-cookie")?.split(';').next()?.to_owned())
    }
}

impl Page {
    /// Sends `head` (without its end) and `body`, and reads the whole answer.
    pub async fn request(&self, head: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.host).await.unwrap();
        let length = body.len();
        let text = format!("{head}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The other side may end with a reset once it has said what it had to say.
        let _ = timeout(WIDE, stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: {}\r\n", self.host), "").await
    }

    /// Knocks, as the page does.
    pub async fn join(&self, token: &str, cookie: Option<&str>) -> Answer {
        self.join_from(&format!("http://{}", self.host), &self.host, token, cookie).await
    }

    pub async fn join_from(
        &self,
        origin: &str,
        host: &str,
        token: &str,
        cookie: Option<&str>,
    ) -> Answer {
        let cookie = cookie.map(|cookie| format!("Cookie: a=b; {cookie}\r\n")).unwrap_or_default();
        let head = format!("POST /join HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\n{cookie}");
        self.request(&head, token).await
    }

    /// Opens the websocket from a page at `origin`; the refusal's status if it is refused.
    pub async fn open(&self, origin: &str, cookie: Option<&str>) -> Result<Talk, u16> {
        let mut request = format!("ws://{}/talk", self.host).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        if let Some(cookie) = cookie {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, _)) => {
                let (to, from) = socket.split();
                let (to, began) = (Arc::new(Mutex::new(to)), Instant::now());
                Ok(Talk { to, from, began, beats: None })
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// The websocket of a phone that was admitted, its presses believed.
    pub async fn live(&self, cookie: &str) -> Talk {
        let mut talk = self.talk(cookie).await;
        talk.come_alive().await;
        talk
    }

    pub async fn talk(&self, cookie: &str) -> Talk {
        self.open(&format!("http://{}", self.host), Some(cookie)).await.unwrap()
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A conversation, from the phone's side.
pub struct Talk {
    to: Arc<Mutex<SplitSink<Socket, Message>>>,
    from: SplitStream<Socket>,
    began: Instant,
    beats: Option<JoinHandle<()>>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.fall_silent();
    }
}

impl Talk {
    /// Says a word: what stands behind `at`.
    pub async fn say(&mut self, word: &str) {
        let message = dated(self.began, word);
        self.send(message).await;
    }

    /// Sends anything. A connection that was closed meanwhile is for the next read to tell.
    pub async fn send(&mut self, message: Message) {
        let _ = self.to.lock().await.send(message).await;
    }

    /// Says nothing by itself any more.
    pub fn fall_silent(&mut self) {
        self.beats.take().inspect(JoinHandle::abort);
    }

    pub async fn press(&mut self, key: &str) {
        self.say(&format!(r#""do":"press","key":"{key}""#)).await;
    }

    pub async fn release(&mut self, key: &str) {
        self.say(&format!(r#""do":"release","key":"{key}""#)).await;
    }

    /// Beats until its presses are believed.
    pub async fn come_alive(&mut self) {
        self.fall_silent();
        // Answers to earlier beats tell nothing about now.
        while timeout(Duration::from_millis(50), self.from.next()).await.is_ok_and(|m| m.is_some())
        {
        }
        loop {
            self.say(r#""do":"beat""#).await;
            let answer = self.hear_until(|text| text.contains("live")).await;
            if answer.contains("true") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        // It goes on by itself, as a page does: no test is to depend on how fast it runs.
        let (to, began) = (Arc::clone(&self.to), self.began);
        self.beats = Some(tokio::spawn(async move {
            while to.lock().await.send(dated(began, r#""do":"beat""#)).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }));
    }

    /// The next text that fits.
    pub async fn hear_until(&mut self, fits: impl Fn(&str) -> bool) -> String {
        loop {
            match self.next().await {
                Some(Message::Text(text)) if fits(&text) => return text.to_string(),
                Some(_) => {}
                None => panic!("the conversation ended"),
            }
        }
    }

    /// Why the other side ended it: its code, or 1006 (the browser's word for none).
    pub async fn hear_end(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Message::Close(frame)) => {
                    return frame.map_or(1006, |frame| frame.code.into());
                }
                Some(_) => {}
                None => return 1006,
            }
        }
    }

    async fn next(&mut self) -> Option<Message> {
        timeout(WIDE, self.from.next()).await.expect("nothing was said")?.ok()
    }
}

fn dated(began: Instant, word: &str) -> Message {
    let at = began.elapsed().as_secs_f64() * 1000.0;
    Message::text(format!(r#"{{"at":{at},{word}}}"#))
}
