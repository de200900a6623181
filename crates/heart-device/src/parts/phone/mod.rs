//! Phones in people's hands: `kind = "phone"` serves a page that they open by a QR code.
//!
//! ```text
//!  phone == http, websocket ==> listener -> door -> talk -> room { crowd, hands } -> outlet
//! ```
//!
//! Up to eight phones at a time, each with an encoder and four buttons of its own
//! ([`heart_event::PhoneKey`]), and what they say as texts. The page is served on the local
//! network, so strangers are expected: `door` says who gets what, `crowd` who may come in,
//! `listener` and `pace` how much of anything there may be. Nothing here is served unless a
//! `phone` is configured; with `simulated` instead of `listen`, nothing is served at all.

mod crowd;
mod door;
mod hand;
mod invite;
mod listener;
mod pace;
mod room;
mod talk;
mod timeline;
mod twin;
mod word;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::net::TcpListener;

use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::config::{Kind, Problem, Settings, Wrong};
use crate::outlet::Outlet;
use crate::twin::{Twin, TwinConfig};
pub use invite::Invitation;
use listener::{BoundedListener, Peer};
use room::Room;

/// Longest title, characters: it stands on one line of a phone.
const TITLE_CHARS: usize = 40;
/// Longest `url`, bytes: a QR code of it still fits into a terminal.
const URL_BYTES: usize = 128;
/// How often the host's addresses are looked at: a lease may change them.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// `kind = "phone"`. Exactly one of `listen` and `simulated`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phone {
    /// Address and port of the page; `0.0.0.0` is every network that this host is on.
    pub listen: Option<SocketAddr>,
    /// Phones that are not there, and no page.
    pub(crate) simulated: Option<TwinConfig>,
    /// What phones open, if it is not an address of this host: `http://name:port`.
    pub url: Option<String>,
    /// What the page is called: the name of the installation.
    pub title: Option<String>,
    /// For whom a token is good.
    #[serde(default)]
    pub token: TokenUse,
    /// The file that keeps the current address with its token, for `heart-input phone`.
    pub invite_file: Option<PathBuf>,
}

/// For whom a token is good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenUse {
    /// For one phone; then there is a new one.
    #[default]
    Once,
    /// For every phone until the gateway ends: a crowd in front of one printed code.
    Run,
}

pub(crate) const KIND: Kind = Kind::new::<Phone>(
    "phone",
    "page for phones on the local network",
    &["listen", "simulated", "url", "title", "token", "invite_file"],
);

/// The part: checked keys, and where its phones are.
#[derive(Debug)]
struct Page {
    keys: Phone,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Listen(SocketAddr),
    Twin(Box<Twin>),
}

impl Settings for Phone {
    fn place(&self) -> Option<(&'static str, String)> {
        // Port 0 is a port of its own each time.
        let listen = self.listen.filter(|listen| listen.port() != 0)?;
        Some(("listen", listen.to_string()))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let wrong = |key, why: &str| Err((key, Problem::Value(why.to_owned())));
        if let Some(title) = &self.title {
            let length = title.chars().count();
            if length == 0 || length > TITLE_CHARS || title.chars().any(char::is_control) {
                return wrong("title", "a title has 1 to 40 characters on one line");
            }
        }
        if self.url.as_deref().is_some_and(|url| !is_root(url)) {
            let why = "this must be http://host:port or https://host, with nothing behind it";
            return wrong("url", why);
        }
        if self.invite_file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            return wrong("invite_file", "the path is empty");
        }
        let way = match (self.listen, &self.simulated) {
            (Some(listen), None) => Way::Listen(listen),
            (None, Some(twin)) => Way::Twin(Box::new(Twin::new(twin, &twin::HANDS, folder)?)),
            _ => return Err(("listen", Problem::OneOf("listen", "simulated"))),
        };
        Ok(Arc::new(Page { keys: self.clone(), way }))
    }
}

impl Part for Page {
    fn run(self: Arc<Self>, outlet: Outlet, _: Rig) -> Life {
        Box::pin(async move {
            match &self.way {
                Way::Listen(listen) => serve(&self, *listen, outlet).await,
                Way::Twin(twin) => pretend(&self, twin, outlet).await,
            }
        })
    }

    fn is_there(&self, _: &Rig) -> bool {
        true
    }

    fn invitations(&self) -> Vec<PathBuf> {
        match (&self.way, &self.keys.invite_file) {
            (Way::Twin(_), _) => Vec::new(),
            (_, Some(file)) => vec![file.clone()],
            (Way::Listen(listen), None) => invite::places(listen.port()),
        }
    }
}

impl Page {
    fn room(&self, outlet: &Outlet, port: u16) -> Result<Arc<Room>, PartError> {
        let title = self.keys.title.clone().unwrap_or_else(|| "Heart".to_owned());
        // A twin's phones come in one after the other, and nobody reads their codes.
        let once = self.keys.token == TokenUse::Once;
        let room = Room::new(outlet.clone(), port, (title, self.keys.url.clone()), once);
        // Without randomness there is no secret, and without a secret no page.
        let place = "the phones' page".to_owned();
        let failed = |why: getrandom::Error| io::Error::other(why.to_string());
        room.map(Arc::new).map_err(|why| PartError::Io { place, source: failed(why) })
    }
}

async fn serve(page: &Page, listen: SocketAddr, outlet: Outlet) -> Result<Infallible, PartError> {
    let listener = TcpListener::bind(listen).await.map_err(|error| opening(listen, error))?;
    let failed = |source: io::Error| PartError::Io { place: listen.to_string(), source };
    let local = listener.local_addr().map_err(failed)?;
    let room = page.room(&outlet, local.port())?;
    // However this life ends, no conversation outlives it.
    let _end = room.stop.clone().drop_guard();
    outlet.running(|_, _| {});
    let service = door::router(Arc::clone(&room)).into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(BoundedListener::new(listener), service)
        .with_graceful_shutdown(room.stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => Err(failed(served.err().unwrap_or_else(|| io::Error::other("ended")))),
        never = invite_people(page, local, &room) => match never {},
    }
}

async fn pretend(page: &Page, twin: &Twin, outlet: Outlet) -> Result<Infallible, PartError> {
    let room = page.room(&outlet, 0)?;
    outlet.running(|_, _| {});
    match twin::play(twin, &outlet, &room).await {}
}

/// Says how to join, at first and whenever that changes. Never returns.
async fn invite_people(page: &Page, local: SocketAddr, room: &Room) -> Infallible {
    let places = page.invitations();
    // The first folder that there is, or else the first that can be made.
    let kept = places.iter().find(|file| file.parent().is_some_and(Path::is_dir));
    let kept = kept.or(places.first()).cloned().map(|file| Arc::new(Kept::new(file)));
    let _end = Gone(kept.clone());
    let mut last = None;
    loop {
        let (url, token, file) = (page.keys.url.clone(), room.token(), kept.clone());
        let seen = last.take();
        let said = tokio::task::spawn_blocking(move || {
            let found = invite::addresses();
            let invitations = invite::invitations(url.as_deref(), local, &found, &token);
            if seen.as_ref() != Some(&invitations) {
                invite::announce(&invitations);
                if let (Some(file), Some(first)) = (&file, invitations.first()) {
                    file.keep(first);
                }
            }
            invitations
        });
        last = said.await.ok();
        tokio::select! {
            () = room.renewed.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// The file with the address, written by a thread that may be late.
struct Kept {
    file: PathBuf,
    /// Whether the life that it belongs to goes on.
    wanted: Mutex<bool>,
}

impl Kept {
    fn new(file: PathBuf) -> Self {
        Kept { file, wanted: Mutex::new(true) }
    }

    fn keep(&self, invitation: &Invitation) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        if !*wanted {
            return;
        }
        if let Err(error) = invite::keep(&self.file, invitation) {
            let file = self.file.display();
            tracing::warn!(%file, %error, "`heart-input phone` will not find the code");
        }
    }
}

/// Takes the file away with the life that it belongs to.
struct Gone(Option<Arc<Kept>>);

impl Drop for Gone {
    fn drop(&mut self) {
        if let Some(kept) = &self.0 {
            // Held elsewhere only while one short file is written.
            let mut wanted = kept.wanted.lock().unwrap_or_else(PoisonError::into_inner);
            *wanted = false;
            // Its token is worth nothing any more; a file that stays harms nobody.
            let _ = std::fs::remove_file(&kept.file);
        }
    }
}

/// What `error` means for a page that is to be served at `listen`.
fn opening(listen: SocketAddr, error: io::Error) -> PartError {
    let place = listen.to_string();
    match error.kind() {
        io::ErrorKind::AddrInUse => PartError::Busy { place },
        // The network that has this address is not up yet.
        io::ErrorKind::AddrNotAvailable => PartError::Absent { place },
        _ => PartError::opening(&place, "take a port above 1023", error),
    }
}

/// Whether `url` is a scheme and a host, nothing more: what an `Origin` is.
fn is_root(url: &str) -> bool {
    let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let host = host.map(|host| host.strip_suffix('/').unwrap_or(host)).unwrap_or_default();
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    !host.is_empty() && url.len() <= URL_BYTES && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keys: &str) -> Result<(), String> {
        let phone: Phone = toml::from_str(keys).map_err(|why| why.message().to_owned())?;
        phone.part(Path::new("")).map(|_| ()).map_err(|(key, why)| format!("{key}: {why}"))
    }

    #[test]
    fn keys_are_checked_before_anything_is_served() {
        let with = |more: &str| check(&format!("listen = \"0.0.0.0:8470\"\n{more}"));
        for right in [
            "",
            "title = \"Das Herz\"",
            "url = \"https://heart.example\"",
            "url = \"http://[fd00::7]:8470/\"",
            "token = \"run\"",
        ] {
            assert_eq!(with(right), Ok(()), "{right}");
        }
        for (wrong, why) in [
            ("title = \"\"", "title: a title has 1 to 40"),
            ("url = \"heart.example\"", "url: this must be http://"),
            ("url = \"http://heart.example/phones\"", "url: this must be"),
            ("url = \"http://heart.example/#x\"", "url: this must be"),
            ("token = \"twice\"", "unknown variant `twice`"),
            ("invite_file = \"\"", "invite_file: the path is empty"),
        ] {
            let told = with(wrong).unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
        for (both, way) in [(true, "listen = \"0.0.0.0:1\"\n"), (false, "")] {
            let twin = if both { "simulated = { seed = 7 }" } else { "" };
            let told = check(&format!("{way}{twin}")).unwrap_err();
            assert_eq!(told, "listen: give exactly one of `listen` and `simulated`");
        }
        assert_eq!(check("simulated = { seed = 7 }"), Ok(()));
        assert!(check("listen = \"8470\"").is_err());
    }
}
