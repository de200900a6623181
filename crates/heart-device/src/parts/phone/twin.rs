//! Phones that are not there: hands on a stage, speaking the page's own words.
//!
//! Every phone that the stage has controls of joins by the token and talks over a line of its
//! own, beats included; only the sockets are left out. The faults are those of a radio link:
//! `unplug` (all hang up), `stuck` (nothing arrives, and then everything at once), `garbage`,
//! and `silence` (connected, with nothing to say).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use heart_event::{Code, PHONES, PhoneKey, Time};

use super::crowd::{Admission, Secret};
use super::hand::SILENCE;
use super::room::Room;
use crate::outlet::Outlet;
use crate::twin::{Action, Control, Fault, Twin};

/// What seeded hands play.
pub(super) const HANDS: [&str; 7] = [
    "phone_0",
    "phone_0_left",
    "phone_0_right",
    "phone_0_activate",
    "phone_1",
    "phone_1_leave",
    "text",
];

/// As the page beats.
const BEAT: Duration = Duration::from_millis(300);
/// Between the first two beats, after which presses are believed.
const FIRST: Duration = Duration::from_millis(120);
/// Words that a stalled link holds; of more, the oldest are lost.
const HELD_MAX: usize = 1024;

/// A phone in the crowd.
struct Phone {
    cookie: Secret,
    line: Option<(u8, u64)>,
    /// Where its encoder stands on the stage.
    position: i32,
    last_word: Time,
}

/// All of them, and the link that they share.
struct Phones {
    room: Arc<Room>,
    phones: Vec<Phone>,
    fault: Option<Fault>,
    /// What waits in a stalled link: which phone, its word.
    held: VecDeque<(usize, String)>,
}

/// Plays what is on the stage for as long as the part lives.
pub(super) async fn play(twin: &Twin, outlet: &Outlet, room: &Arc<Room>) -> Infallible {
    let mut phones = Phones::join(room, twin.controls(), outlet.now());
    phones.beat(outlet.now());
    tokio::time::sleep(FIRST).await;
    // Who plays may press from here on: the stage begins when it is first looked at.
    let mut next_beat = outlet.now();
    loop {
        let now = outlet.now();
        if next_beat <= now {
            phones.beat(now);
            next_beat = now + BEAT;
        }
        twin.stage(now, |stage| {
            stage.together_until(now, |actions, t| phones.do_all(actions, t, now));
        });
        phones.fall_silent(now);
        let next = twin.stage(now, |stage| stage.next_at());
        let next =
            [next, phones.next_silence(now)].into_iter().flatten().fold(next_beat, Time::min);
        tokio::time::sleep(next.since(outlet.now())).await;
    }
}

impl Phones {
    /// As many phones as the controls need. Fewer if the room has no randomness: it logs nothing
    /// then, since the part would not have come to run.
    fn join(room: &Arc<Room>, controls: &[Control], now: Time) -> Self {
        let last = controls.iter().filter_map(|control| phone_of(*control)).max().unwrap_or(0);
        let mut phones = Vec::new();
        for _ in 0..=last {
            let token = Secret::of_hex(&room.token());
            if let Ok((Admission::New { .. }, cookie)) = room.admit(None, token.as_ref()) {
                let line = room.connect(&cookie);
                phones.push(Phone { cookie, line, position: 0, last_word: now });
            }
        }
        Phones { room: Arc::clone(room), phones, fault: None, held: VecDeque::new() }
    }

    fn do_all(&mut self, actions: &[Action], t: Time, now: Time) {
        for action in actions {
            match action {
                Action::Fault(fault) => self.fail(*fault, now),
                Action::Press(code) => self.press("press", *code, t, now),
                Action::Release(code) => self.press("release", *code, t, now),
                Action::Tap(code) | Action::LongTap(code) => {
                    self.press("press", *code, t, now);
                    self.press("release", *code, t, now);
                }
                Action::Stand(code, position) => self.turn(*code, *position, t, now),
                Action::Say(text) => {
                    let text = serde_json::Value::from(text.as_str());
                    self.say(0, &format!(r#""do":"text","text":{text}"#), t, now);
                }
                Action::Axis(..) | Action::Reading(..) | Action::ReadingLost(_) => {}
            }
        }
    }

    /// The fault begins or ends, and with it what it kept apart.
    fn fail(&mut self, fault: Option<Fault>, now: Time) {
        let was = std::mem::replace(&mut self.fault, fault);
        if was == Some(Fault::Stuck) {
            for (phone, word) in std::mem::take(&mut self.held) {
                self.arrive(phone, &word, now);
            }
        }
        for phone in &mut self.phones {
            match (fault, phone.line.take()) {
                (Some(Fault::Unplug), Some(line)) => self.room.hang_up(line),
                (Some(Fault::Unplug), None) => {}
                (_, Some(line)) => phone.line = Some(line),
                (_, None) => phone.line = self.room.connect(&phone.cookie),
            }
        }
    }

    fn press(&mut self, how: &str, code: Code, t: Time, now: Time) {
        if let (Some(key), Some(phone)) = (PhoneKey::of(code), phone_of(Control::Button(code))) {
            self.say(phone, &format!(r#""do":"{how}","key":"{}""#, key.word()), t, now);
        }
    }

    fn turn(&mut self, code: Code, position: i32, t: Time, now: Time) {
        let Some(n) = phone_of(Control::Encoder(code)) else { return };
        let Some(phone) = self.phones.get_mut(n) else { return };
        let step = position.saturating_sub(std::mem::replace(&mut phone.position, position));
        if step != 0 {
            self.say(n, &format!(r#""do":"browse","step":{}"#, step.clamp(-10, 10)), t, now);
        }
    }

    fn beat(&mut self, now: Time) {
        for phone in 0..self.phones.len() {
            self.say(phone, r#""do":"beat""#, now, now);
        }
    }

    /// Phone `phone` says a word that was meant at `t`.
    fn say(&mut self, phone: usize, word: &str, t: Time, now: Time) {
        let word = format!(r#"{{"at":{},{word}}}"#, t.nanos() as f64 / 1e6);
        match self.fault {
            None => self.arrive(phone, &word, now),
            Some(Fault::Garbage) => self.arrive(phone, &word[1..], now),
            Some(Fault::Stuck) => {
                if self.held.len() >= HELD_MAX {
                    self.held.pop_front();
                }
                self.held.push_back((phone, word));
            }
            Some(Fault::Unplug | Fault::Silence) => {}
        }
    }

    fn arrive(&mut self, phone: usize, word: &str, now: Time) {
        let Some(phone) = self.phones.get_mut(phone) else { return };
        if let Some(line) = phone.line {
            phone.last_word = now;
            self.room.hear(line, word);
        }
    }

    /// As a conversation does: what is held is let go after a second without a word.
    fn fall_silent(&mut self, now: Time) {
        for phone in &self.phones {
            if let Some(line) = phone.line.filter(|_| now.since(phone.last_word) >= SILENCE) {
                self.room.fall_silent(line);
            }
        }
    }

    fn next_silence(&self, now: Time) -> Option<Time> {
        let due = self.phones.iter().map(|phone| phone.last_word + SILENCE);
        due.filter(|due| *due > now).min()
    }
}

/// The phone that a control belongs to.
fn phone_of(control: Control) -> Option<usize> {
    (0..PHONES).find(|n| {
        let phone = *n as u8;
        match control {
            Control::Button(code) => PhoneKey::ALL.iter().any(|key| key.code(phone) == code),
            Control::Encoder(code) => PhoneKey::encoder(phone) == code,
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use heart_event::{Keys, Report};

    use super::*;
    use crate::clock::Clock;
    use crate::config::{DeviceConfig, check};
    use crate::sink::Sink;
    use crate::supervisor::Devices;

    /// Remembers the last report.
    #[derive(Default)]
    struct Last(std::sync::Mutex<Report>);

    impl Sink for Last {
        fn report(&self, _: usize, report: &Report, _: bool, _: Time) {
            self.0.lock().unwrap().copy_from(report);
        }
        fn samples(&self, _: usize, _: &heart_event::Samples, _: Time) {}
        fn state(&self, _: usize, _: heart_event::DeviceState, _: &str) {}
    }

    impl Last {
        fn button(&self, code: Code) -> (bool, u32) {
            let report = self.0.lock().unwrap();
            report.button(code).map_or((false, 0), |button| (button.pressed, button.presses))
        }
    }

    const SCRIPT: &str = "
        [[step]]
        at_ms = 1000
        control = 'phone_1_activate'
        value = 1
        [[step]]
        at_ms = 1500
        fault = 'stuck'
        [[step]]
        at_ms = 1600
        control = 'phone_1_leave'
        value = 1
        [[step]]
        at_ms = 5000
        fault = 'none'
        [[step]]
        at_ms = 6000
        control = 'phone_0'
        value = 2
        [[step]]
        at_ms = 6500
        text = 'hello'
        [[step]]
        at_ms = 7000
        control = 'phone_1_right'
        value = 1
        [[step]]
        at_ms = 7100
        fault = 'unplug'
    ";

    #[tokio::test(start_paused = true)]
    async fn what_waited_in_a_stalled_link_presses_nothing_and_who_hangs_up_lets_go() {
        let name = format!("heart-phone-twin-{}.toml", std::process::id());
        let script = std::env::temp_dir().join(name);
        std::fs::write(&script, SCRIPT).unwrap();
        let file = script.display();
        let text = format!("name = 'p'\nkind = 'phone'\nsimulated = {{ script = '{file}' }}");
        let config: DeviceConfig = toml::from_str(&text).unwrap();
        let devices = check(vec![config], Path::new("/")).unwrap();
        std::fs::remove_file(&script).unwrap();
        let last = Arc::new(Last::default());
        let sink = Arc::clone(&last) as Arc<dyn Sink>;
        let devices = Devices::start(devices, sink, Clock::of_runtime()).unwrap();
        // The stage begins 120 ms after the device.
        tokio::time::sleep(Duration::from_millis(1300)).await;
        assert_eq!(last.button(Keys::PHONE_1_ACTIVATE), (true, 1));
        tokio::time::sleep(Duration::from_millis(1700)).await;
        assert_eq!(last.button(Keys::PHONE_1_ACTIVATE), (false, 1), "silent for a second");
        tokio::time::sleep(Duration::from_millis(2600)).await;
        assert_eq!(last.button(Keys::PHONE_1_LEAVE), (false, 0), "it came 3.4 s late");
        tokio::time::sleep(Duration::from_millis(1560)).await;
        assert_eq!(last.button(Keys::PHONE_1_RIGHT), (true, 1), "all is well again");
        let report = last.0.lock().unwrap().clone();
        assert_eq!((report.encoders[0].position, report.texts.len()), (2, 1));
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(last.button(Keys::PHONE_1_RIGHT), (false, 1), "it hung up");
        devices.shutdown().await;
    }
}
