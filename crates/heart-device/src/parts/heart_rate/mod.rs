//! Heart-rate straps over Bluetooth Low Energy: `kind = "heart_rate"`.
//!
//! Any strap with the standard Heart Rate service (0x180d). What its notifications say is in
//! [`measurement`]; this is the life around it. A strap says something about once a second: one
//! that is silent for 30 s is gone. While it says that it does not touch the skin, pulse and beat
//! intervals are invalid, though the strap is there.

mod measurement;
mod voice;

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heart_event::{Readings, Time, Unit};
use serde::Deserialize;

use self::measurement::{Contact, Measurement};
use self::voice::Pulse;
use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::bus::ble::{Heard, Link, Profile, Rule, Seeker};
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::record::Record;
use crate::telemetry::Garbage;
use crate::twin::TwinConfig;

/// A strap that says nothing for this long is gone. Straps speak once a second.
const SILENCE: Duration = Duration::from_secs(30);

/// Heart Rate Measurement (0x2a37).
const PROFILE: Profile = Profile {
    about: "heart-rate strap",
    notifies: "00002a37-0000-1000-8000-00805f9b34fb",
    hint: "wear it: most straps advertise only on skin, and only while no phone or watch has them",
    hands: &["bpm", "rr"],
    voice: || Box::<Pulse>::default(),
};

/// `kind = "heart_rate"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeartRate {
    /// Which strap. Several devices may have one rule by name: each takes a strap of its own.
    #[serde(rename = "match")]
    rule: Option<Rule>,
    /// A strap that is not there, in place of `match`.
    simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind = Kind::new::<HeartRate>(
    "heart_rate",
    "heart-rate strap over Bluetooth",
    &["match", "simulated"],
);

impl Settings for HeartRate {
    fn place(&self) -> Option<(&'static str, String)> {
        self.rule.as_ref()?.place()
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let either = (self.rule.as_ref(), self.simulated.as_ref());
        Ok(Arc::new(Strap { seeker: Seeker::new(either, &PROFILE, folder)? }))
    }
}

#[derive(Debug)]
struct Strap {
    seeker: Seeker,
}

impl Part for Strap {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(async move {
            let link = self.seeker.open(&rig).await?;
            listen(link, &outlet).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.seeker.is_there(rig)
    }
}

/// Tells what a connected strap says, up to its end.
async fn listen(mut link: Link, outlet: &Outlet) -> Result<Infallible, PartError> {
    outlet.running(|record, t| {
        record.reading_lost(Readings::BPM, t);
        record.reading_lost(Readings::RR, t);
    });
    let mut silent_at = tokio::time::Instant::now() + SILENCE;
    loop {
        let word = tokio::time::timeout_at(silent_at, link.hear()).await;
        let word = word.map_err(|_| silent(link.place()))??;
        let t = outlet.read_time();
        match word {
            Heard::Notified(bytes) => match measurement::parse(&bytes) {
                Ok(measured) => {
                    silent_at = tokio::time::Instant::now() + SILENCE;
                    outlet.apply(|record| tell(&measured, record, t));
                }
                Err(reason) => outlet.garbage(reason),
            },
            Heard::Battery(percent) => {
                let ratio = f32::from(percent) / 100.0;
                outlet.apply(|record| record.reading(Readings::BATTERY, Unit::Ratio, ratio, t));
            }
            Heard::Dropped => outlet.garbage(Garbage::Dropped),
        }
    }
}

fn silent(place: &str) -> PartError {
    let seconds = SILENCE.as_secs();
    PartError::Unreachable { what: format!("{place} measured nothing for {seconds} s") }
}

fn tell(measured: &Measurement<'_>, record: &mut Record, t: Time) {
    if let Some(on_skin) = measured.contact.on_skin() {
        record.reading(Readings::CONTACT, Unit::Ratio, f32::from(u8::from(on_skin)), t);
    }
    // Some straps have no contact sensor and say a pulse of 0 when they are taken off; others
    // repeat the last pulse and say that it is not on skin.
    if measured.bpm == 0 || measured.contact == Contact::Off {
        record.reading_lost(Readings::BPM, t);
        record.reading_lost(Readings::RR, t);
        return;
    }
    record.reading(Readings::BPM, Unit::BeatsPerMinute, f32::from(measured.bpm), t);
    // A notification in which no beat ended has none: the last one stays.
    if let Some(seconds) = measured.intervals().last() {
        record.reading(Readings::RR, Unit::Seconds, seconds, t);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(record: &mut Record, bytes: &[u8]) -> Vec<(&'static str, Option<f32>)> {
        tell(&measurement::parse(bytes).unwrap(), record, Time::from_millis(1));
        let readings = record.report().readings.iter();
        let told = readings.map(|reading| {
            let word = Readings::word(reading.code).unwrap_or_default();
            (word, reading.valid.then_some(reading.value))
        });
        told.collect()
    }

    #[test]
    fn pulse_and_intervals_are_invalid_while_the_strap_is_off_the_skin() {
        let mut record = Record::default();
        let on = [0b1_0110, 72, 0x00, 0x04, 0x00, 0x02];
        let expected = [("contact", Some(1.0)), ("bpm", Some(72.0)), ("rr", Some(0.5))];
        assert_eq!(told(&mut record, &on), expected);
        let off = [("contact", Some(0.0)), ("bpm", None), ("rr", None)];
        assert_eq!(told(&mut record, &[0b0_0100, 72]), off);
        assert_eq!(told(&mut record, &on), expected);
        let none = [("contact", Some(1.0)), ("bpm", None), ("rr", None)];
        assert_eq!(told(&mut record, &[0, 0]), none, "a pulse of 0 is none");
    }

    #[test]
    fn a_notification_without_a_beat_keeps_the_last_interval() {
        let mut record = Record::default();
        told(&mut record, &[0b1_0000, 50, 0x00, 0x04]);
        assert_eq!(told(&mut record, &[0, 51]), [("bpm", Some(51.0)), ("rr", Some(1.0))]);
    }
}
