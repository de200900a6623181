//! One phone's hand: from its words to its controls in the record.
//!
//! It knows what is held, so that a word said twice changes nothing, and lets go of everything
//! when the phone falls silent. Pure: words, time and the record are arguments.

use std::time::Duration;

use heart_event::{PhoneKey, Time};

use super::pace::Pace;
use super::timeline::Timeline;
use super::word::{self, Said};
use crate::record::Record;
use crate::telemetry::Garbage;

/// A phone that says nothing for this long is let go of (design §6). It beats every 300 ms.
pub(super) const SILENCE: Duration = Duration::from_secs(1);

/// Words: ten fingers drumming say about 100 a second, for a while.
const WORDS: Pace = Pace::new(60.0, 120.0);
/// Texts and emoji: each is on the wall for seconds.
const TEXTS: Pace = Pace::new(0.5, 3.0);

/// The hand of phone `phone`.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    phone: u8,
    timeline: Timeline,
    held: [bool; PhoneKey::ALL.len()],
    words: Pace,
    texts: Pace,
}

/// What became of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Taken,
    /// A beat; whether presses are believed now.
    Beat {
        live: bool,
    },
    /// A text too soon after the last ones; it was not said.
    TooSoon,
    Refused(Garbage),
    /// Over the allowance of words: whoever says so much is no person.
    Flood,
}

impl Hand {
    pub(super) fn new(phone: u8) -> Self {
        Hand {
            phone,
            timeline: Timeline::default(),
            held: Default::default(),
            words: WORDS,
            texts: TEXTS,
        }
    }

    /// Makes its controls known.
    pub(super) fn list(&self, record: &mut Record) {
        record.add_encoder(PhoneKey::encoder(self.phone));
        PhoneKey::ALL.into_iter().for_each(|key| record.add_button(key.code(self.phone)));
    }

    /// Hears one message that arrived at `now`.
    pub(super) fn hear(&mut self, message: &str, now: Time, record: &mut Record) -> Heard {
        if !self.words.allows(now) {
            return Heard::Flood;
        }
        let word = match word::parse(message) {
            Ok(word) => word,
            Err(reason) => return Heard::Refused(reason),
        };
        let captured = self.timeline.captured(now, word.at);
        match (word.said, captured) {
            (Said::Beat, _) => {
                self.timeline.beat(now, word.at);
                return Heard::Beat { live: self.timeline.is_steady() };
            }
            (Said::Press(key), Some(t)) => self.press(key, t, record),
            (Said::Browse(step), Some(t)) => {
                record.turn(PhoneKey::encoder(self.phone), step, t);
            }
            (Said::Press(_) | Said::Browse(_), None) => return Heard::Refused(Garbage::Late),
            (Said::Release(key), t) => {
                self.held[key as usize] = false;
                record.release(key.code(self.phone), t.unwrap_or(now));
            }
            (Said::Cancel(Some(key)), _) => self.cut(key, now, record),
            (Said::Cancel(None), _) => self.cut_all(now, record),
            // A text is meant also when it comes late.
            (Said::Text(text), _) if self.texts.allows(now) => record.say(&text, now),
            (Said::Text(_), _) => return Heard::TooSoon,
        }
        Heard::Taken
    }

    /// The phone fell silent or hung up: nothing is held any more, and what comes next is
    /// believed only once it comes in rhythm again.
    pub(super) fn let_go(&mut self, now: Time, record: &mut Record) {
        self.cut_all(now, record);
        self.timeline.restart();
    }

    fn press(&mut self, key: PhoneKey, t: Time, record: &mut Record) {
        if std::mem::replace(&mut self.held[key as usize], true) {
            return;
        }
        record.press(key.code(self.phone), t);
        match key {
            PhoneKey::Left => record.turn(PhoneKey::encoder(self.phone), -1, t),
            PhoneKey::Right => record.turn(PhoneKey::encoder(self.phone), 1, t),
            PhoneKey::Activate | PhoneKey::Leave => {}
        }
    }

    fn cut(&mut self, key: PhoneKey, now: Time, record: &mut Record) {
        self.held[key as usize] = false;
        record.cut(key.code(self.phone), now);
    }

    fn cut_all(&mut self, now: Time, record: &mut Record) {
        PhoneKey::ALL.into_iter().for_each(|key| self.cut(key, now, record));
    }
}

#[cfg(test)]
mod tests {
    use heart_event::{Button, Keys};

    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_millis(millis)
    }

    /// Says `word` (what stands behind `at`) at `now`, on a way without delay.
    fn say(hand: &mut Hand, record: &mut Record, now: u64, word: &str) -> Heard {
        let message = format!(r#"{{"at":{now},{word}}}"#);
        hand.hear(&message, ms(now), record)
    }

    /// Phone 2, in rhythm since 1,300 ms.
    fn live() -> (Hand, Record) {
        let (mut hand, mut record) = (Hand::new(2), Record::default());
        hand.list(&mut record);
        assert_eq!(say(&mut hand, &mut record, 1000, BEAT), Heard::Beat { live: false });
        assert_eq!(say(&mut hand, &mut record, 1300, BEAT), Heard::Beat { live: true });
        (hand, record)
    }

    fn button(record: &Record, code: heart_event::Code) -> Button {
        *record.report().buttons.iter().find(|button| button.code == code).unwrap()
    }

    const BEAT: &str = r#""do":"beat""#;
    const PRESS: &str = r#""do":"press","key":"activate""#;
    const RELEASE: &str = r#""do":"release","key":"activate""#;

    #[test]
    fn a_press_is_one_press_with_its_release_and_its_length() {
        let (mut hand, mut record) = live();
        say(&mut hand, &mut record, 1400, PRESS);
        say(&mut hand, &mut record, 1410, PRESS);
        assert!(button(&record, Keys::PHONE_2_ACTIVATE).pressed);
        say(&mut hand, &mut record, 1500, RELEASE);
        say(&mut hand, &mut record, 1510, RELEASE);
        let activate = button(&record, Keys::PHONE_2_ACTIVATE);
        assert_eq!((activate.presses, activate.shorts, activate.pressed), (1, 1, false));
        assert_eq!(activate.changed_at, ms(1500));
    }

    #[test]
    fn left_and_right_are_held_and_turn_the_phones_own_encoder() {
        let (mut hand, mut record) = live();
        for word in [
            r#""do":"press","key":"right""#,
            r#""do":"press","key":"right""#,
            r#""do":"browse","step":1"#,
            r#""do":"press","key":"left""#,
        ] {
            assert_eq!(say(&mut hand, &mut record, 1400, word), Heard::Taken);
        }
        let encoder = record.report().encoders[0];
        assert_eq!((encoder.code, encoder.position), (PhoneKey::encoder(2), 1));
        assert!(button(&record, Keys::PHONE_2_LEFT).pressed, "two fingers, two keys");
        assert!(button(&record, Keys::PHONE_2_RIGHT).pressed);
    }

    #[test]
    fn a_finger_that_the_system_took_makes_no_short_press() {
        for cancel in [r#""do":"cancel","key":"activate""#, r#""do":"cancel""#] {
            let (mut hand, mut record) = live();
            say(&mut hand, &mut record, 1400, PRESS);
            say(&mut hand, &mut record, 1450, cancel);
            let activate = button(&record, Keys::PHONE_2_ACTIVATE);
            assert_eq!((activate.presses, activate.shorts, activate.pressed), (1, 0, false));
        }
    }

    #[test]
    fn after_silence_nothing_is_held_and_what_waited_in_the_air_presses_nothing() {
        let (mut hand, mut record) = live();
        say(&mut hand, &mut record, 1400, PRESS);
        hand.let_go(ms(2400), &mut record);
        assert!(!button(&record, Keys::PHONE_2_ACTIVATE).pressed);
        let at = |at: u64, word: &str| format!(r#"{{"at":{at},{word}}}"#);
        hand.hear(&at(1600, BEAT), ms(3000), &mut record);
        hand.hear(&at(1700, RELEASE), ms(3000), &mut record);
        let late = hand.hear(&at(1750, PRESS), ms(3000), &mut record);
        assert_eq!(late, Heard::Refused(Garbage::Late));
        assert_eq!(button(&record, Keys::PHONE_2_ACTIVATE).presses, 1);
        hand.hear(&at(3050, BEAT), ms(3050), &mut record);
        hand.hear(&at(3350, BEAT), ms(3350), &mut record);
        assert_eq!(say(&mut hand, &mut record, 3400, PRESS), Heard::Taken);
        assert_eq!(button(&record, Keys::PHONE_2_ACTIVATE).presses, 2);
    }

    #[test]
    fn a_press_that_came_late_is_as_old_as_it_is() {
        let (mut hand, mut record) = live();
        hand.hear(&format!(r#"{{"at":1400,{PRESS}}}"#), ms(2200), &mut record);
        assert_eq!(button(&record, Keys::PHONE_2_ACTIVATE).changed_at, ms(1400));
    }

    #[test]
    fn texts_have_their_own_allowance_and_floods_are_told() {
        let (mut hand, mut record) = live();
        let text = r#""do":"text","text":"hello""#;
        let said = [(); 4].map(|()| say(&mut hand, &mut record, 1400, text));
        assert_eq!(said, [Heard::Taken, Heard::Taken, Heard::Taken, Heard::TooSoon]);
        assert_eq!(
            say(&mut hand, &mut record, 3400, r#""do":"emoji","name":"heart""#),
            Heard::Taken
        );
        let texts = &record.report().texts;
        assert_eq!((texts.len(), texts[3].text.as_str()), (4, "\u{2764}\u{fe0f}"));
        let flood = (0..121).map(|_| say(&mut hand, &mut record, 9000, PRESS)).last();
        assert_eq!(flood, Some(Heard::Flood));
    }
}
