//! The room: what the handlers of one life share. It binds the crowd to the record.
//!
//! Its lock is held for one word at a time and never over an await; the record's own lock is
//! only ever taken inside it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use heart_event::Time;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::crowd::{Admission, Crowd, Secret};
use super::hand::Heard;
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;

/// One refusal in this span is logged, whoever caused it; all are counted.
const LOG_EVERY: Duration = Duration::from_secs(10);

/// What is known about the page while it is served.
pub(super) struct Room {
    outlet: Outlet,
    crowd: Mutex<Crowd>,
    logged: Mutex<Option<Time>>,
    title: String,
    /// The configured address without its last slash.
    url: Option<String>,
    cookie_name: String,
    /// Told when the token was spent.
    pub(super) renewed: Notify,
    /// Ends every conversation.
    pub(super) stop: CancellationToken,
}

impl Room {
    /// A room without anybody in it, behind `port`.
    pub(super) fn new(
        outlet: Outlet,
        port: u16,
        (title, url): (String, Option<String>),
        once: bool,
    ) -> Result<Self, getrandom::Error> {
        let crowd = Mutex::new(Crowd::new(random()?, once));
        // Cookies do not know ports: two devices on one host must not take each other's.
        let cookie_name = format!("heart_phone_{port}");
        let url = url.map(|url| url.trim_end_matches('/').to_owned());
        let (renewed, stop) = (Notify::new(), CancellationToken::new());
        let logged = Mutex::new(None);
        Ok(Room { outlet, crowd, logged, title, url, cookie_name, renewed, stop })
    }

    pub(super) fn title(&self) -> &str {
        &self.title
    }

    /// The configured address: scheme, host and port, as an `Origin` has them.
    pub(super) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Its host and port.
    pub(super) fn url_host(&self) -> Option<&str> {
        Some(self.url()?.split_once("://")?.1)
    }

    pub(super) fn cookie_name(&self) -> &str {
        &self.cookie_name
    }

    /// The token that admits the next phone, in hexadecimal digits.
    pub(super) fn token(&self) -> String {
        self.crowd().token().hex()
    }

    /// A phone is at the door; also the cookie that it gets if it is new.
    pub(super) fn admit(
        &self,
        cookie: Option<&Secret>,
        token: Option<&Secret>,
    ) -> Result<(Admission, Secret), getrandom::Error> {
        let (fresh, next) = (random()?, random()?);
        let admission = self.crowd().admit(cookie, token, (fresh, next), self.outlet.now());
        if let Admission::New { phone } = admission {
            tracing::info!(phone, "a phone joined");
            self.renewed.notify_one();
        }
        Ok((admission, fresh))
    }

    pub(super) fn knows(&self, cookie: &Secret) -> bool {
        self.crowd().knows(cookie)
    }

    /// Begins a conversation; `None` if the cookie is not known (any more).
    pub(super) fn connect(&self, cookie: &Secret) -> Option<(u8, u64)> {
        self.tell(|crowd, now, record| crowd.connect(cookie, now, record))?
    }

    /// One message of a conversation; `None` if the conversation is over.
    pub(super) fn hear(&self, line: (u8, u64), message: &str) -> Option<Heard> {
        let t = self.outlet.read_time();
        let heard = self.tell(|crowd, _, record| crowd.hear(line, message, t, record))??;
        if let Heard::Refused(reason) = heard {
            self.outlet.garbage(reason);
        }
        Some(heard)
    }

    pub(super) fn fall_silent(&self, line: (u8, u64)) {
        self.tell(|crowd, now, record| crowd.fall_silent(line, now, record));
    }

    pub(super) fn hang_up(&self, line: (u8, u64)) {
        self.tell(|crowd, now, record| crowd.hang_up(line, now, record));
    }

    /// Somebody was refused.
    pub(super) fn refused(&self, reason: Garbage, why: &str) {
        self.outlet.garbage(reason);
        let now = self.outlet.now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_none_or(|last| now.since(last) >= LOG_EVERY) {
            *logged = Some(now);
            tracing::warn!(why, "somebody was refused at the phones' page (said once in 10 s)");
        }
    }

    /// Tells crowd and record together; `None` if this life is over.
    fn tell<T>(&self, tell: impl FnOnce(&mut Crowd, Time, &mut Record) -> T) -> Option<T> {
        let (mut crowd, now, mut said) = (self.crowd(), self.outlet.now(), None);
        self.outlet.apply(|record| said = Some(tell(&mut crowd, now, record)));
        said
    }

    fn crowd(&self) -> std::sync::MutexGuard<'_, Crowd> {
        self.crowd.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn random() -> Result<Secret, getrandom::Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(Secret::new(bytes))
}
