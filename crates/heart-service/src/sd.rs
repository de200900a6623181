//! What the service manager is told: ready, status, still alive, stopping.
//!
//! Without systemd (no `NOTIFY_SOCKET`) all of it does nothing.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// A status is cut after this many characters.
const STATUS_CHARS_MAX: usize = 200;

/// Speaks to the service manager. It belongs to the program's main loop.
#[derive(Debug)]
pub struct Notifier {
    /// How long systemd waits for a sign of life before it kills; half of it is our pace.
    watchdog: Option<Duration>,
    signed: Option<Instant>,
    status: String,
}

impl Notifier {
    /// From what systemd put into the environment (`NOTIFY_SOCKET`, `WATCHDOG_USEC`).
    #[must_use]
    pub fn from_environment() -> Self {
        Notifier { watchdog: sd_notify::watchdog_enabled(), signed: None, status: String::new() }
    }

    /// The program does its work from now on.
    pub fn ready(&mut self) {
        tell(&NotifyState::Ready);
    }

    /// One line for `systemctl status`; said only when it changes. A newline in it would begin
    /// another message to systemd: control characters become spaces.
    pub fn status(&mut self, status: &str) {
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let status: String = status.chars().take(STATUS_CHARS_MAX).map(plain).collect();
        if status != self.status {
            tell(&NotifyState::Status(&status));
            self.status = status;
        }
    }

    /// The main loop turned: the sign of life, at most every half of the watchdog's patience.
    /// A loop that hangs gives none, which is the purpose.
    pub fn turned(&mut self, now: Instant) {
        if self.is_due(now) {
            tell(&NotifyState::Watchdog);
            self.signed = Some(now);
        }
    }

    /// The program is ending.
    pub fn stopping(&mut self) {
        tell(&NotifyState::Stopping);
    }

    fn is_due(&self, now: Instant) -> bool {
        match (self.watchdog, self.signed) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(patience), Some(signed)) => now.saturating_duration_since(signed) >= patience / 2,
        }
    }
}

/// A service manager that cannot be told is no reason to stop working.
fn tell(state: &NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(std::slice::from_ref(state)) {
        tracing::debug!("systemd was not told {state}: {error}");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::testing::{Folder, again, is_child};

    #[test]
    fn a_sign_of_life_is_due_at_half_the_watchdogs_patience() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let watchdog = Some(Duration::from_secs(2));
        let mut notifier = Notifier { watchdog, signed: None, status: String::new() };
        assert!(notifier.is_due(at(0)));
        notifier.signed = Some(at(0));
        assert!(!notifier.is_due(at(999)));
        assert!(notifier.is_due(at(1000)));
        notifier.watchdog = None;
        assert!(!notifier.is_due(at(9000)));
    }

    #[test]
    fn systemd_hears_ready_status_once_life_and_stopping() {
        const NAME: &str = "sd::tests::systemd_hears_ready_status_once_life_and_stopping";
        if is_child() {
            let mut notifier = Notifier::from_environment();
            notifier.ready();
            notifier.status("12 devices");
            notifier.status("12 devices");
            notifier.status("pad\nSTOPPING=1");
            notifier.turned(Instant::now());
            notifier.turned(Instant::now());
            notifier.stopping();
            return;
        }
        let folder = Folder::new();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let environment =
            [("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "60000000")];
        assert!(again(NAME, &environment).status.success());
        socket.set_nonblocking(true).unwrap();
        let mut heard = Vec::new();
        let mut buffer = [0; 256];
        while let Ok(length) = socket.recv(&mut buffer) {
            heard.push(String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned());
        }
        assert_eq!(
            heard,
            ["READY=1", "STATUS=12 devices", "STATUS=pad STOPPING=1", "WATCHDOG=1", "STOPPING=1"]
        );
    }
}
