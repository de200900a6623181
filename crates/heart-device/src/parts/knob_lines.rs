//! The lines of the original's knobs, over whatever they come: a serial port or Bluetooth. Pure.
//!
//! ```text
//! {"event_type":"switch.rotation","data":12,"producer_id":0}    where the knob stands, absolute
//! {"event_type":"button.press","data":1,"producer_id":0}        a finished short press
//! {"event_type":"button.long_press","data":1,"producer_id":0}   held for 500 ms
//! ```
//!
//! `producer_id` is 0 to 3 (four knobs on one board; absent means 0). Rotation is absolute: some
//! firmware repeats it for ever, and the same line twice changes nothing. The button reports only
//! finished presses: it is momentary. Used by the kinds `rotary_switch` and `ble_knob`, each with
//! [`Lines`](crate::bus::lines::Lines) of its own in front.

use heart_event::{Code, Encoders, Keys, Time};

use crate::bus::board::Line;
use crate::record::Record;
use crate::telemetry::Garbage;

/// Knobs on one board.
pub(super) const PRODUCERS: u16 = 4;

/// What one line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Stands { producer: u16, absolute: i64 },
    Tap { producer: u16 },
    LongTap { producer: u16 },
}

impl Said {
    pub(super) fn tell(self, record: &mut Record, t: Time) {
        match self {
            Said::Stands { producer, absolute } => {
                record.position(Code(Encoders::KNOB.0 + producer), absolute, t);
            }
            Said::Tap { producer } => record.tap(Code(Keys::BUTTON.0 + producer), t),
            Said::LongTap { producer } => record.long_tap(Code(Keys::BUTTON.0 + producer), t),
        }
    }
}

impl Said {
    /// The line that says this, as the boards write it.
    pub(super) fn line(self) -> String {
        let (event, data, producer) = match self {
            Said::Stands { producer, absolute } => ("switch.rotation", absolute, producer),
            Said::Tap { producer } => ("button.press", 1, producer),
            Said::LongTap { producer } => ("button.long_press", 1, producer),
        };
        format!("{{\"event_type\":\"{event}\",\"data\":{data},\"producer_id\":{producer}}}\n")
    }
}

/// What a line of a board of knobs says.
pub(super) fn said(line: &Line<'_>) -> Result<Said, Garbage> {
    let producer = u16::try_from(line.producer_id).ok().filter(|&id| id < PRODUCERS);
    let producer = producer.ok_or(Garbage::UnknownProducer)?;
    match &*line.event_type {
        "switch.rotation" => Ok(Said::Stands { producer, absolute: line.data()? }),
        "button.press" => Ok(Said::Tap { producer }),
        "button.long_press" => Ok(Said::LongTap { producer }),
        _ => Err(Garbage::UnknownEvent),
    }
}

/// Reads one line, from its first `{` on.
pub(super) fn parse(text: &str) -> Result<Said, Garbage> {
    said(&Line::parse(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_lines_are_read_as_they_are() {
        let stands = |producer, absolute| Ok(Said::Stands { producer, absolute });
        let table = [
            (r#"{"event_type":"switch.rotation","data":-3,"producer_id":0}"#, stands(0, -3)),
            (r#"{"event_type": "switch.rotation", "data": 7}"#, stands(0, 7)),
            (r#"{"producer_id":3,"data":7,"event_type":"switch.rotation","x":[]}"#, stands(3, 7)),
            (
                r#"{"event_type":"button.press","data":1,"producer_id":2}"#,
                Ok(Said::Tap { producer: 2 }),
            ),
            (r#"{"event_type":"button.long_press","data":1}"#, Ok(Said::LongTap { producer: 0 })),
            (
                r#"{"event_type":"switch.rot{"event_type":"button.press","data":1}"#,
                Ok(Said::Tap { producer: 0 }),
            ),
            (r#"{"event_type":"switch.rotation","data":"7"}"#, Err(Garbage::BadData)),
            (r#"{"event_type":"switch.rotation","data":1e400}"#, Err(Garbage::BadJson)),
            (r#"{"event_type":"switch.rotation"}"#, Err(Garbage::BadData)),
            (
                r#"{"event_type":"button.press","data":1,"producer_id":4}"#,
                Err(Garbage::UnknownProducer),
            ),
            (
                r#"{"event_type":"button.press","data":1,"producer_id":-1}"#,
                Err(Garbage::UnknownProducer),
            ),
            (r#"{"event_type":"sensor.gyroscope","data":{"x":1}}"#, Err(Garbage::UnknownEvent)),
            (r#"{"event_type":"button.pre"#, Err(Garbage::BadJson)),
            (r#"{}"#, Err(Garbage::BadJson)),
            (r#"{"event_type":7}"#, Err(Garbage::BadJson)),
        ];
        for (line, expected) in table {
            assert_eq!(parse(line), expected, "{line}");
        }
    }

    #[test]
    fn firmware_that_repeats_its_position_for_ever_turns_nothing() {
        let mut record = Record::default();
        for (ms, line) in [5, 5, 5, 6, 6, 6].into_iter().enumerate() {
            let said = Said::Stands { producer: 0, absolute: line };
            said.tell(&mut record, Time::from_millis(ms as u64));
        }
        let encoder = record.report().encoders[0];
        assert_eq!((encoder.position, encoder.changed_at), (1, Time::from_millis(3)));
    }
}
