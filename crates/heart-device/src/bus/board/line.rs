//! One JSON line of a board, read in two steps. Pure; allocates nothing for a line as the boards
//! write it.
//!
//! ```text
//! {"event_type":"switch.rotation","data":12,"producer_id":0}
//! ```
//!
//! First the head is read (what kind of event, from whom), then `data` as whatever that event
//! has. Fields that other firmware adds are ignored.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};

use crate::telemetry::Garbage;

/// A line whose head was read.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    text: &'a str,
    /// What happened, in the firmware's words.
    pub(crate) event_type: Cow<'a, str>,
    /// Which of the board's controls; 0 if the firmware says nothing.
    pub(crate) producer_id: i64,
}

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    #[serde(default, rename = "data")]
    _data: Skipped,
    #[serde(default)]
    producer_id: i64,
}

/// Any value, passed over. serde's own `IgnoredAny` takes memory where values lie in values.
#[derive(Default)]
struct Skipped;

impl<'de> Deserialize<'de> for Skipped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Skip)
    }
}

struct Skip;

impl<'de> Visitor<'de> for Skip {
    type Value = Skipped;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_str<E>(self, _: &str) -> Result<Skipped, E> {
        Ok(Skipped)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Skipped, A::Error> {
        while seq.next_element::<Skipped>()?.is_some() {}
        Ok(Skipped)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Skipped, A::Error> {
        while map.next_entry::<Skipped, Skipped>()?.is_some() {}
        Ok(Skipped)
    }
}

#[derive(Deserialize)]
struct Body<D> {
    data: D,
}

impl<'a> Line<'a> {
    /// Reads one line, from its first `{` on. Where that is no JSON object, a torn line may be
    /// followed by a whole one without a line break between: the last one is tried once.
    pub(crate) fn parse(text: &'a str) -> Result<Line<'a>, Garbage> {
        let whole = |text: &'a str| {
            let Head { event_type, producer_id, .. } = serde_json::from_str(text).ok()?;
            Some(Line { text, event_type, producer_id })
        };
        let last = || text.rfind("{\"event_type\"").filter(|&at| at > 0);
        whole(text).or_else(|| whole(&text[last()?..])).ok_or(Garbage::BadJson)
    }

    /// The line's `data`; [`Garbage::BadData`] if it is of another form or missing.
    pub(crate) fn data<D: Deserialize<'a>>(&self) -> Result<D, Garbage> {
        let body: Body<D> = serde_json::from_str(self.text).map_err(|_| Garbage::BadData)?;
        Ok(body.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_order_of_its_fields() {
        let line = Line::parse(r#"{"data":[1,2],"x":{},"producer_id":3,"event_type":"a.b"}"#);
        let line = line.unwrap();
        assert_eq!((&*line.event_type, line.producer_id), ("a.b", 3));
        assert_eq!(line.data::<[u8; 2]>(), Ok([1, 2]));
        assert_eq!(line.data::<i64>(), Err(Garbage::BadData));
        assert!(matches!(line.event_type, Cow::Borrowed(_)), "nothing is copied");
    }

    #[test]
    fn a_whole_line_behind_a_torn_one_is_read() {
        let text = r#"{"event_type":"sensor.acc{"event_type":"sensor.magnetic","data":{"x":1}}"#;
        assert_eq!(Line::parse(text).unwrap().event_type, "sensor.magnetic");
        assert_eq!(Line::parse(&text[1..30]).unwrap_err(), Garbage::BadJson);
    }

    #[test]
    fn nesting_as_deep_as_a_line_can_hold_is_refused_not_a_crash() {
        let deep = format!("{{\"event_type\":\"button.press\",\"data\":{}", "[".repeat(900));
        assert_eq!(Line::parse(&deep).unwrap_err(), Garbage::BadJson);
    }
}
