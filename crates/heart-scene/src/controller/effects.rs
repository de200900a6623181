//! Effects: what the second, third and fourth knob of a device do to the whole wall.
//!
//! | knob | a detent to the right | by itself |
//! |---|---|---|
//! | 1 | saturation + 0.05, from 0 to 5 | 1 |
//! | 2 | the hue turns by 0.03 of a circle | 0 |
//! | 3 | fewer edges: their threshold is 0.2 × (1 + 0.1 × detents) | no edges |
//!
//! They are the original's, with its steps; but there edges changed with every frame. A knob's
//! long press puts it back, and so does leaving a scene all of them.

use heart_event::{Code, Encoders, Event, Keys, What};
use heart_frame::Effects;

/// How far each of the three knobs is turned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EffectKnobs {
    detents: [i32; 3],
}

/// The knobs that turn effects. The first of a device browses, and turns parameters.
const KNOBS: [Code; 3] = [Encoders::KNOB_1, Encoders::KNOB_2, Encoders::KNOB_3];
const BUTTONS: [Code; 3] = [Keys::BUTTON_1, Keys::BUTTON_2, Keys::BUTTON_3];
/// Where each knob stops, in detents, so that the way back is felt at once.
const ENDS: [(i32, i32); 3] = [(-20, 80), (i32::MIN, i32::MAX), (-9, 40)];
/// Detents in which a hue of 0.03 a detent has gone round three times.
const ROUND: i32 = 100;
const THRESHOLD: f32 = 0.2;

impl EffectKnobs {
    /// Whether an encoder turns effects and nothing else.
    pub(crate) fn has(code: Code) -> bool {
        KNOBS.contains(&code)
    }

    pub(super) fn hear(&mut self, events: &[Event]) {
        for event in events {
            let knob = |codes: [Code; 3]| codes.iter().position(|code| *code == event.code);
            match event.what {
                What::Turned { delta, .. } => {
                    if let Some(knob) = knob(KNOBS) {
                        let ((least, most), detents) = (ENDS[knob], &mut self.detents[knob]);
                        *detents = detents.saturating_add(delta).clamp(least, most);
                    }
                }
                What::Long { .. } => {
                    if let Some(knob) = knob(BUTTONS) {
                        self.detents[knob] = 0;
                    }
                }
                _ => {}
            }
        }
        self.detents[1] %= ROUND;
    }

    pub(super) fn reset(&mut self) {
        *self = EffectKnobs::default();
    }

    pub(super) fn effects(self) -> Effects {
        let [saturation, hue, edges] = self.detents;
        let threshold = THRESHOLD * (1.0 + 0.1 * edges as f32);
        Effects {
            saturation: (1.0 + 0.05 * saturation as f32).clamp(0.0, Effects::SATURATION_MAX),
            hue: 0.03 * hue as f32,
            edges: (edges != 0).then_some(threshold),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use heart_event::{Name, Time};

    use super::*;

    fn event(code: Code, what: What) -> Event {
        let name = Name::new("knobs").unwrap();
        Event {
            node: name,
            device: name,
            code,
            what,
            at: Time::ZERO,
            received_at: Time::ZERO,
            captured_published: Duration::ZERO,
            published_received: Duration::ZERO,
        }
    }

    fn turned(code: Code, delta: i32) -> Event {
        event(code, What::Turned { delta, position: 0 })
    }

    #[test]
    fn a_detent_is_the_originals_step_and_a_knob_stops_at_its_ends() {
        let mut knobs = EffectKnobs::default();
        assert!(knobs.effects().is_neutral());
        knobs.hear(&[turned(Encoders::KNOB_1, 2), turned(Encoders::KNOB_2, -3)]);
        knobs.hear(&[turned(Encoders::KNOB_3, -5), turned(Encoders::KNOB, 7)]);
        let effects = knobs.effects();
        assert!((effects.saturation - 1.1).abs() < 1e-6 && (effects.hue + 0.09).abs() < 1e-6);
        assert!((effects.edges.unwrap() - 0.1).abs() < 1e-6);
        knobs.hear(&[turned(Encoders::KNOB_1, 1000), turned(Encoders::KNOB_3, -1000)]);
        assert_eq!(knobs.effects().saturation, 5.0);
        assert!((knobs.effects().edges.unwrap() - 0.02).abs() < 1e-6);
        knobs.hear(&[turned(Encoders::KNOB_1, -1)]);
        assert!((knobs.effects().saturation - 4.95).abs() < 1e-6, "the way back is felt at once");
    }

    #[test]
    fn a_hue_goes_round_for_ever() {
        let mut knobs = EffectKnobs::default();
        for _ in 0..5_000 {
            knobs.hear(&[turned(Encoders::KNOB_2, i32::MAX)]);
            assert!(knobs.effects().hue.abs() <= 3.0);
        }
        let mut knobs = EffectKnobs::default();
        knobs.hear(&[turned(Encoders::KNOB_2, ROUND)]);
        assert!(knobs.effects().is_neutral());
    }

    #[test]
    fn a_long_press_puts_its_own_knob_back() {
        let mut knobs = EffectKnobs::default();
        knobs.hear(&[turned(Encoders::KNOB_1, 2), turned(Encoders::KNOB_2, 3)]);
        knobs.hear(&[event(Keys::BUTTON_1, What::Long { count: 1 })]);
        assert_eq!((knobs.effects().saturation, knobs.effects().is_neutral()), (1.0, false));
        knobs.hear(&[event(Keys::BUTTON_2, What::Long { count: 1 })]);
        assert!(knobs.effects().is_neutral());
    }
}
