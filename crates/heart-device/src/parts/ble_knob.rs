//! The original's four knobs over Bluetooth Low Energy: `kind = "ble_knob"`.
//!
//! The board advertises as `totem-controller` and says the lines of
//! [`knob_lines`](super::knob_lines) over the notifying characteristic of Nordic's UART service
//! (6e400003-…), torn into notifications as it likes. It has no heartbeat: a board that nobody
//! touches is silent for hours, so a lost link is known when the controller's supervision timeout
//! ends (docs/peripherals.md). Its buttons are momentary: nothing is held meanwhile.

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use heart_event::{Code, Encoders, Keys};
use serde::Deserialize;

use super::knob_lines::{Said, parse};
use super::{Life, Part, PartError};
use crate::bus::Rig;
use crate::bus::ble::{Heard, Link, Profile, Rule, Seeker, Voice};
use crate::bus::lines::Lines;
use crate::config::{Kind, Settings, Wrong};
use crate::outlet::Outlet;
use crate::telemetry::Garbage;
use crate::twin::{Action, TwinConfig};

/// The name that the original's firmware advertises.
const NAME: &str = "totem-controller";

/// What Nordic's UART service sends to us.
const PROFILE: Profile = Profile {
    about: "knob controller",
    notifies: "6e400003-b5a3-f393-e0a9-e50e24dcca9e",
    hint: "switch it on; it advertises only while nobody else is connected to it",
    hands: &["knob", "button", "knob_1", "button_1"],
    voice: || Box::new(Lips),
};

/// `kind = "ble_knob"`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BleKnob {
    /// Which board, if not the one that is called `totem-controller`.
    #[serde(rename = "match")]
    rule: Option<Rule>,
    /// A board that is not there, in place of `match`.
    simulated: Option<TwinConfig>,
}

pub(crate) const KIND: Kind =
    Kind::new::<BleKnob>("ble_knob", "four rotary knobs over Bluetooth", &["match", "simulated"]);

impl BleKnob {
    fn rule(&self) -> Option<Rule> {
        let original = || self.simulated.is_none().then(|| Rule::named(NAME));
        self.rule.clone().or_else(original)
    }
}

impl Settings for BleKnob {
    fn place(&self) -> Option<(&'static str, String)> {
        self.rule()?.place()
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let rule = self.rule();
        let either = (rule.as_ref(), self.simulated.as_ref());
        Ok(Arc::new(Board { seeker: Seeker::new(either, &PROFILE, folder)? }))
    }
}

#[derive(Debug)]
struct Board {
    seeker: Seeker,
}

impl Part for Board {
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

/// Tells what a connected board says, up to its end.
async fn listen(mut link: Link, outlet: &Outlet) -> Result<Infallible, PartError> {
    outlet.running(|record, _| {
        record.add_button(Keys::BUTTON);
        record.add_encoder(Encoders::KNOB);
    });
    let mut lines = Lines::default();
    loop {
        match link.hear().await? {
            Heard::Notified(bytes) => {
                let t = outlet.read_time();
                lines.feed(&bytes, |line| match line.and_then(parse) {
                    Ok(said) => {
                        outlet.apply(|record| said.tell(record, t));
                    }
                    Err(reason) => outlet.garbage(reason),
                });
            }
            // The board has no battery service.
            Heard::Battery(_) => {}
            Heard::Dropped => outlet.garbage(Garbage::Dropped),
        }
    }
}

/// What the twin says: the board's lines. A button that hands hold is a press when they let go,
/// as on the board; it is no long press, which a script says as `value = "long"`.
struct Lips;

impl Voice for Lips {
    fn act(&mut self, actions: &[Action], say: &mut dyn FnMut(Heard)) {
        let producer = |code: Code, first: Code| code.0.checked_sub(first.0).filter(|&n| n < 4);
        let said = |action: &Action| match *action {
            Action::Stand(code, position) => {
                let producer = producer(code, Encoders::KNOB)?;
                Some(Said::Stands { producer, absolute: i64::from(position) })
            }
            Action::Tap(code) | Action::Release(code) => {
                Some(Said::Tap { producer: producer(code, Keys::BUTTON)? })
            }
            Action::LongTap(code) => {
                Some(Said::LongTap { producer: producer(code, Keys::BUTTON)? })
            }
            _ => None,
        };
        for said in actions.iter().filter_map(said) {
            say(Heard::Notified(said.line().into_bytes()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hands_do_becomes_lines_that_the_part_reads_back() {
        let actions = [
            Action::Press(Keys::BUTTON),
            Action::Release(Keys::BUTTON),
            Action::Stand(Encoders::KNOB_3, -7),
            Action::LongTap(Keys::BUTTON_2),
            Action::Tap(Keys::SOUTH),
        ];
        let (mut lines, mut read) = (Lines::default(), Vec::new());
        Lips.act(&actions, &mut |word| {
            let Heard::Notified(bytes) = word else { panic!("{word:?}") };
            lines.feed(&bytes, |line| read.push(line.and_then(parse)));
        });
        let expected = [
            Said::Tap { producer: 0 },
            Said::Stands { producer: 3, absolute: -7 },
            Said::LongTap { producer: 2 },
        ];
        assert_eq!(read, expected.map(Ok));
    }
}
