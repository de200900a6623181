//! A phone with a screen: Chromium without a window, driven through its own protocol (CDP).

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::stream::MaybeTlsStream;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, connect};

use crate::lines::{BOUND, Lines};

/// A running Chromium; killed with the test.
pub struct Chromium {
    child: Child,
    _lines: Lines,
    folder: PathBuf,
    socket: WebSocket<MaybeTlsStream<TcpStream>>,
    said: u64,
    /// What pages complained about: exceptions, refused loads, failed requests.
    pub complaints: Vec<String>,
}

/// One tab of it.
#[derive(Clone)]
pub struct Tab {
    target: String,
    session: String,
}

impl Chromium {
    pub fn start() -> Chromium {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(format!("heart-chromium-{process}-{number}"));
        let names = ["chromium-headless-shell", "chromium", "google-chrome"];
        let spawn = |name: &&str| {
            Command::new(name)
                .args(["--headless", "--remote-debugging-port=0", "--disable-gpu"])
                // Its sandbox does not work for root, nor in most containers; it sees our page only.
                .args(["--no-sandbox", "--no-first-run", "--disable-dev-shm-usage"])
                .args(["--hide-scrollbars", "--disable-background-networking"])
                .arg(format!("--user-data-dir={}", folder.display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .ok()
        };
        let child = names.iter().find_map(spawn);
        let mut child =
            child.expect("this test needs Chromium: apt-get install chromium-headless-shell");
        let mut lines = Lines::of(child.stderr.take().unwrap());
        let url = lines.find("address of Chromium", |line| {
            Some(line.strip_prefix("DevTools listening on ")?.trim().to_owned())
        });
        let (socket, _) = connect(url).unwrap();
        if let MaybeTlsStream::Plain(stream) = socket.get_ref() {
            stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        }
        let complaints = Vec::new();
        Chromium { child, _lines: lines, folder, socket, said: 0, complaints }
    }

    /// A tab that is a phone: `width` by `height` points, with fingers.
    pub fn tab(&mut self, (width, height): (u32, u32)) -> Tab {
        let target = self.ask(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let target = text(&target["targetId"]);
        let attach = json!({ "targetId": target, "flatten": true });
        let session = text(&self.ask(None, "Target.attachToTarget", attach)["sessionId"]);
        let tab = Tab { target, session };
        for domain in ["Page", "Runtime", "Log"] {
            self.tell(&tab, &format!("{domain}.enable"), json!({}));
        }
        self.tell(
            &tab,
            "Emulation.setTouchEmulationEnabled",
            json!({ "enabled": true, "maxTouchPoints": 5 }),
        );
        self.turn(&tab, (width, height));
        tab
    }

    /// Turns the phone.
    pub fn turn(&mut self, tab: &Tab, (width, height): (u32, u32)) {
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.tell(tab, "Emulation.setDeviceMetricsOverride", screen);
    }

    pub fn open(&mut self, tab: &Tab, url: &str) {
        self.tell(tab, "Page.navigate", json!({ "url": url }));
    }

    pub fn close(&mut self, tab: &Tab) {
        self.ask(None, "Target.closeTarget", json!({ "targetId": tab.target }));
    }

    /// What an expression of JavaScript is on the page.
    #[track_caller]
    pub fn value(&mut self, tab: &Tab, expression: &str) -> Value {
        let ask = json!({ "expression": expression, "returnByValue": true });
        let answer = self.tell(tab, "Runtime.evaluate", ask);
        assert_eq!(answer["exceptionDetails"], Value::Null, "{expression}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn wait(&mut self, tab: &Tab, expression: &str) {
        let end = Instant::now() + BOUND;
        while self.value(tab, expression) != json!(true) {
            let page = self.value(tab, "document.body?.innerText");
            let complaints = &self.complaints;
            assert!(Instant::now() < end, "never: {expression}\n{page}\n{complaints:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Fingers on the middle of what these selectors find come, or go; none: all go.
    pub fn touch(&mut self, tab: &Tab, how: &str, selectors: &[&str]) {
        let points: Vec<_> = selectors
            .iter()
            .map(|selector| {
                let place = self.value(
                    tab,
                    &format!(
                        "(() => {{ const r = document.querySelector('{selector}')\
                         .getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] \
                         }})()"
                    ),
                );
                // One finger for each selector: it keeps its number while others come and go.
                let id = selector.bytes().map(u32::from).sum::<u32>();
                json!({ "x": place[0], "y": place[1], "id": id })
            })
            .collect();
        self.tell(tab, "Input.dispatchTouchEvent", json!({ "type": how, "touchPoints": points }));
    }

    pub fn tap(&mut self, tab: &Tab, selector: &str) {
        self.touch(tab, "touchStart", &[selector]);
        self.touch(tab, "touchEnd", &[]);
    }

    /// Types into what has the focus.
    pub fn write(&mut self, tab: &Tab, words: &str) {
        self.tell(tab, "Input.insertText", json!({ "text": words }));
    }

    /// Keeps what is seen.
    pub fn picture(&mut self, tab: &Tab, file: &Path) -> usize {
        let answer = self.tell(tab, "Page.captureScreenshot", json!({ "format": "png" }));
        let picture = STANDARD.decode(text(&answer["data"])).unwrap();
        std::fs::write(file, &picture).unwrap();
        picture.len()
    }

    fn tell(&mut self, tab: &Tab, method: &str, parameters: Value) -> Value {
        let session = tab.session.clone();
        self.ask(Some(&session), method, parameters)
    }

    fn ask(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.said += 1;
        let mut message = json!({ "id": self.said, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(message.to_string())).unwrap();
        let end = Instant::now() + BOUND;
        while Instant::now() < end {
            let heard = match self.socket.read() {
                Ok(Message::Text(text)) => serde_json::from_str::<Value>(&text).unwrap(),
                Ok(_) => continue,
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => panic!("{error}"),
            };
            if heard["id"] == json!(self.said) {
                assert_eq!(heard["error"], Value::Null, "{method}");
                return heard["result"].clone();
            }
            self.note(&heard);
        }
        panic!("no answer to {method} within {BOUND:?}");
    }

    fn note(&mut self, heard: &Value) {
        let bad = match text(&heard["method"]).as_str() {
            "Runtime.exceptionThrown" => true,
            "Log.entryAdded" => heard["params"]["entry"]["level"] == "error",
            _ => false,
        };
        if bad {
            self.complaints.push(heard["params"].to_string());
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
