//! Bluetooth Low Energy: how parts reach what advertises itself. The door of `zbus`.
//!
//! ```text
//!  strap - radio - kernel - bluetoothd -D-Bus- bluez ( keeper: one per gateway )
//!                                                '- Link per device -> part
//! ```
//!
//! A part has a [`Seeker`]: which device it wants ([`Rule`]) and which characteristic of it
//! ([`Profile`]). [`Seeker::open`] gives a [`Link`] to such a device, connected and subscribed, or
//! says why there is none; [`Link::hear`] gives what it says until it is lost. Everything above
//! this runs without a radio, on a twin; everything below, `bluez`, is behind the Cargo feature
//! `ble`. Nothing here retries a device: that is the supervisor's.

#[cfg(feature = "ble")]
mod bluez;
mod rule;
mod twin;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;

pub(crate) use rule::Rule;
pub(crate) use twin::Voice;

use super::Rig;
use crate::config::{Problem, Wrong};
use crate::parts::PartError;
use crate::twin::{Twin, TwinConfig};

/// Most bytes of one notification: the longest attribute value (Core Specification 5.4, Vol 3,
/// Part F, 3.2.9).
#[cfg_attr(not(feature = "ble"), expect(dead_code, reason = "twins say less"))]
const VALUE_MAX: usize = 512;
/// Most words of a device that wait for its part. Of more, the newest are dropped and counted.
const WAITING_MAX: usize = 64;

/// What a part wants to hear of a device. UUIDs as BlueZ writes them: long, in small letters.
#[cfg_attr(not(feature = "ble"), expect(dead_code, reason = "a twin is not searched for"))]
#[derive(Debug)]
pub(crate) struct Profile {
    /// What such a device is, for people.
    pub(crate) about: &'static str,
    /// The characteristic that notifies.
    pub(crate) notifies: &'static str,
    /// What a person may do who finds no such device in range.
    pub(crate) hint: &'static str,
    /// What the seeded hands of a twin play, and what the twin says.
    pub(crate) hands: &'static [&'static str],
    pub(crate) voice: fn() -> Box<dyn Voice>,
}

/// What a device said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A notification of the profile's characteristic, at most 512 bytes.
    Notified(Vec<u8>),
    /// Its battery, percent, as BlueZ reads it from the Battery service (0x180f).
    Battery(u8),
    /// The part was too slow: words before this one were dropped.
    #[cfg_attr(not(feature = "ble"), expect(dead_code, reason = "a twin waits"))]
    Dropped,
}

/// What the parts of one gateway share. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ble {
    #[cfg(feature = "ble")]
    bluez: bluez::Bluez,
}

impl Ble {
    /// Lets go of every device and waits for that, at most 1 s.
    pub(crate) async fn close(&self) {
        #[cfg(feature = "ble")]
        self.bluez.close().await;
    }
}

/// A part's search for its device, over all its lives.
#[derive(Debug)]
pub(crate) struct Seeker {
    profile: &'static Profile,
    way: Way,
}

#[derive(Debug)]
enum Way {
    Twin(Arc<Twin>),
    #[cfg(feature = "ble")]
    Radio(Rule, bluez::Told),
}

impl Seeker {
    /// For a device by its rule, or for its twin.
    ///
    /// # Errors
    /// Not exactly one is given, the rule is none, or this build has no Bluetooth.
    pub(crate) fn new(
        (rule, twin): (Option<&Rule>, Option<&TwinConfig>),
        profile: &'static Profile,
        folder: &Path,
    ) -> Result<Seeker, Wrong> {
        let way = match (rule, twin) {
            (Some(rule), None) => {
                rule.check()?;
                Self::radio(rule)?
            }
            (None, Some(twin)) => Way::Twin(Arc::new(Twin::new(twin, profile.hands, folder)?)),
            _ => return Err(("match", Problem::OneOf("match", "simulated"))),
        };
        Ok(Seeker { profile, way })
    }

    #[cfg(feature = "ble")]
    fn radio(rule: &Rule) -> Result<Way, Wrong> {
        Ok(Way::Radio(rule.clone(), bluez::Told::default()))
    }

    #[cfg(not(feature = "ble"))]
    fn radio(_: &Rule) -> Result<Way, Wrong> {
        Err(("kind", Problem::Feature("ble")))
    }

    /// A link to the first device in range that fits and that no other part has.
    ///
    /// # Errors
    /// Why there is none, and what helps.
    pub(crate) async fn open(&self, rig: &Rig) -> Result<Link, PartError> {
        match &self.way {
            Way::Twin(twin) => twin::open(twin, (self.profile.voice)(), rig.clock),
            #[cfg(feature = "ble")]
            Way::Radio(rule, told) => {
                told.open(&rig.ble.bluez, rule, self.profile, &rig.claims).await
            }
        }
    }

    /// Whether [`Seeker::open`] would say something else than the last time. As long as this is
    /// asked, the device is searched.
    pub(crate) fn is_there(&self, rig: &Rig) -> bool {
        match &self.way {
            Way::Twin(twin) => twin.is_there(rig.clock.now()),
            #[cfg(feature = "ble")]
            Way::Radio(rule, told) => told.is_there(&rig.ble.bluez, rule, &rig.claims),
        }
    }
}

/// A connected device. Dropping it lets go of the device.
pub(crate) struct Link {
    /// The device, for people.
    place: String,
    words: mpsc::Receiver<Heard>,
    end: End,
}

/// What keeps a link up, and knows why it ended.
enum End {
    Twin(#[expect(dead_code, reason = "held for its drop")] twin::Speaker),
    #[cfg(feature = "ble")]
    Radio(bluez::Tie),
}

impl Link {
    /// The device, for people: its address and name.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// Waits for the next word of the device.
    ///
    /// # Errors
    /// The link is gone, with the reason: out of range, switched off, or BlueZ itself left.
    pub(crate) async fn hear(&mut self) -> Result<Heard, PartError> {
        match self.words.recv().await {
            Some(word) => Ok(word),
            None => Err(match &self.end {
                End::Twin(_) => twin::out_of_range(),
                #[cfg(feature = "ble")]
                End::Radio(tie) => tie.why_lost(&self.place),
            }),
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Link").field(&self.place).finish()
    }
}
