//! The phones' page over real sockets: who comes in, what is pressed, and how all of it ends.

#![expect(clippy::unwrap_used, reason = "tests")]

mod client;
#[path = "../heard/mod.rs"]
#[expect(dead_code, reason = "this test waits without holding up its runtime")]
mod heard;
mod strangers;
mod talk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use client::Page;
use heard::Heard;
use heart_device::{Clock, DeviceConfig, Devices, check};
use heart_event::{DeviceState, Name};

/// A served page, and what the record hears.
pub(crate) struct Hall {
    pub(crate) devices: Devices,
    pub(crate) heard: Arc<Heard>,
    pub(crate) invite_file: PathBuf,
}

impl Hall {
    /// Serves a page with `more` keys.
    pub(crate) async fn open(more: &str) -> Hall {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let invite_file = std::env::temp_dir().join(format!("heart-phone-{process}-{number}.url"));
        let file = invite_file.display();
        let text = format!(
            "name = 'phones'\nkind = 'phone'\nlisten = '127.0.0.1:0'\n\
             invite_file = '{file}'\n{more}"
        );
        let config: DeviceConfig = toml::from_str(&text).unwrap();
        let devices = check(vec![config], Path::new("/")).unwrap();
        let heard = Heard::new();
        let devices = Devices::start(devices, heard.clone(), Clock::boottime()).unwrap();
        until("a page", || heard.states(0).contains(&DeviceState::Running)).await;
        let hall = Hall { devices, heard, invite_file };
        hall.invitation(&"0".repeat(32)).await;
        hall
    }

    /// The address of the page, and its token, once that is not `old`.
    pub(crate) async fn invitation(&self, old: &str) -> (Page, String) {
        let read = || {
            let url = std::fs::read_to_string(&self.invite_file).ok()?;
            let (page, token) = url.trim().strip_prefix("http://")?.split_once("/#")?;
            (token != old).then(|| (Page { host: page.to_owned() }, token.to_owned()))
        };
        until("an invitation", || read().is_some()).await;
        read().unwrap()
    }

    /// A phone that was let in, with its cookie.
    pub(crate) async fn admitted(&self, old: &str) -> (Page, String, String) {
        let (page, token) = self.invitation(old).await;
        let answer = page.join(&token, None).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        (page, answer.cookie().unwrap(), token)
    }

    /// Waits until the record holds exactly these buttons.
    pub(crate) async fn wait_held(&self, words: &[&str]) {
        let held = || {
            let report = self.heard.report(0).unwrap_or_default();
            let held = report.buttons.iter().filter(|button| button.pressed);
            held.filter_map(|button| heart_event::Keys::word(button.code)).collect::<Vec<_>>()
        };
        until(&format!("{words:?} held"), || held() == words).await;
    }

    pub(crate) async fn close(self) {
        self.devices.shutdown().await;
        until("the invitation gone with the page", || !self.invite_file.exists()).await;
    }
}

/// Waits under a wide bound, without holding up the page, which runs beside.
#[track_caller]
pub(crate) fn until<'a>(
    what: &'a str,
    holds: impl Fn() -> bool + 'a,
) -> impl Future<Output = ()> + 'a {
    let place = std::panic::Location::caller();
    async move {
        let end = tokio::time::Instant::now() + heard::WIDE;
        while !holds() {
            assert!(tokio::time::Instant::now() < end, "never: {what} ({place})");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_taken_port_is_a_faulted_device_that_says_so() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let text = format!("name = 'phones'\nkind = 'phone'\nlisten = '{listen}'");
    let config: DeviceConfig = toml::from_str(&text).unwrap();
    let devices = check(vec![config], Path::new("/")).unwrap();
    let heard = Heard::new();
    let devices = Devices::start(devices, heard.clone(), Clock::boottime()).unwrap();
    until("a fault", || heard.states(0).contains(&DeviceState::Faulted)).await;
    let detail = devices.infos()[0].detail.clone();
    assert_eq!(detail, format!("{listen} is in use by another program"));
    drop(taken);
    until("the page, by itself", || heard.states(0).contains(&DeviceState::Running)).await;
    assert_eq!(devices.infos()[0].kind, Name::new("phone").unwrap());
}
