//! What a page says: one websocket message, one JSON object.
//!
//! ```text
//! {"at":1234.5,"do":"beat"}                      every 300 ms
//! {"at":1234.5,"do":"press","key":"activate"}    left, right, activate, leave
//! {"at":1234.5,"do":"release","key":"activate"}
//! {"at":1234.5,"do":"cancel","key":"activate"}   the system took the finger: no short press
//! {"at":1234.5,"do":"cancel"}                    the page was hidden: everything is let go
//! {"at":1234.5,"do":"browse","step":-1}          left or right is held: once more
//! {"at":1234.5,"do":"text","text":"hello"}
//! {"at":1234.5,"do":"emoji","name":"heart"}
//! ```
//!
//! `at` is the page's own clock in milliseconds. Pure: text in, [`Word`] or the reason why not.

use std::borrow::Cow;

use heart_event::PhoneKey;
use serde::Deserialize;

use crate::telemetry::Garbage;

/// Longest message, bytes. A text of 280 characters may take 3,360 when it is all escaped.
pub(super) const WORD_BYTES: usize = 4096;
/// Longest text, characters (Unicode scalar values).
pub(super) const TEXT_CHARS: usize = 280;
/// Most that one `browse` may turn, either way.
const BROWSE_MAX: i32 = 10;
/// Largest `at`: 300 years.
const AT_MAX: f64 = 1e13;

/// The emoji that the page offers: names (the original's, without its faces of people), and what
/// is said for them.
pub(super) const EMOJI: [(&str, &str); 8] = [
    ("heart", "\u{2764}\u{fe0f}"),
    ("star", "\u{2b50}"),
    ("rainbow", "\u{1f308}"),
    ("smile", "\u{1f600}"),
    ("fire", "\u{1f525}"),
    ("party", "\u{1f389}"),
    ("skull", "\u{1f480}"),
    ("poop", "\u{1f4a9}"),
];

/// One message, understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    /// The page's clock, milliseconds; finite.
    pub(super) at: f64,
    pub(super) said: Said,
}

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Beat,
    Press(PhoneKey),
    Release(PhoneKey),
    /// One key, or all of them, let go without a short press.
    Cancel(Option<PhoneKey>),
    /// Detents, not 0, at most 10 either way.
    Browse(i32),
    /// 1 to 280 characters, none of them a control character.
    Text(String),
}

/// A message as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'a> {
    at: f64,
    #[serde(borrow, rename = "do")]
    act: Cow<'a, str>,
    #[serde(borrow, default)]
    key: Option<Cow<'a, str>>,
    #[serde(default)]
    step: Option<i32>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

/// Reads one message.
pub(super) fn parse(message: &str) -> Result<Word, Garbage> {
    if message.len() > WORD_BYTES {
        return Err(Garbage::TooLong);
    }
    let written: Written<'_> = serde_json::from_str(message).map_err(|_| Garbage::BadJson)?;
    if !(0.0..=AT_MAX).contains(&written.at) {
        return Err(Garbage::OutOfRange);
    }
    let key = written.key.as_deref().map(key_of).transpose()?;
    let said = match &*written.act {
        "beat" => Said::Beat,
        "press" => Said::Press(key.ok_or(Garbage::BadData)?),
        "release" => Said::Release(key.ok_or(Garbage::BadData)?),
        "cancel" => Said::Cancel(key),
        "browse" => {
            let step = written.step.ok_or(Garbage::BadData)?;
            let in_range = step != 0 && (-BROWSE_MAX..=BROWSE_MAX).contains(&step);
            Said::Browse(in_range.then_some(step).ok_or(Garbage::OutOfRange)?)
        }
        "text" => Said::Text(clean(&written.text.ok_or(Garbage::BadData)?)?),
        "emoji" => {
            let name = written.name.ok_or(Garbage::BadData)?;
            let found = EMOJI.iter().find(|(known, _)| *known == name);
            Said::Text(found.ok_or(Garbage::BadData)?.1.to_owned())
        }
        _ => return Err(Garbage::UnknownEvent),
    };
    Ok(Word { at: written.at, said })
}

fn key_of(word: &str) -> Result<PhoneKey, Garbage> {
    PhoneKey::ALL.into_iter().find(|key| key.word() == word).ok_or(Garbage::BadData)
}

/// The text as people meant it: control characters are spaces, none at the ends.
fn clean(text: &str) -> Result<String, Garbage> {
    if text.chars().count() > TEXT_CHARS {
        return Err(Garbage::TooLong);
    }
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned()).ok_or(Garbage::BadData)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_message_is_understood_or_refused_by_name() {
        let said = |at, said| Ok(Word { at, said });
        let text = |text: &str| said(0.0, Said::Text(text.to_owned()));
        let table = [
            (r#"{"at":12.5,"do":"beat"}"#, said(12.5, Said::Beat)),
            (r#"{"do":"press","key":"left","at":1}"#, said(1.0, Said::Press(PhoneKey::Left))),
            (r#"{"at":1,"do":"release","key":"leave"}"#, said(1.0, Said::Release(PhoneKey::Leave))),
            (
                r#"{"at":1,"do":"cancel","key":"right"}"#,
                said(1.0, Said::Cancel(Some(PhoneKey::Right))),
            ),
            (r#"{"at":1,"do":"cancel"}"#, said(1.0, Said::Cancel(None))),
            (r#"{"at":0,"do":"browse","step":-10}"#, said(0.0, Said::Browse(-10))),
            (r#"{"at":0,"do":"text","text":" a\nb "}"#, text("a b")),
            (r#"{"at":0,"do":"emoji","name":"star"}"#, text("\u{2b50}")),
            (r#"{"at":0,"do":"text","text":"\u00e4\ud83d\ude00"}"#, text("ä😀")),
            (r#"{"at":0,"do":"text","text":"  "}"#, Err(Garbage::BadData)),
            (r#"{"at":0,"do":"text"}"#, Err(Garbage::BadData)),
            (r#"{"at":0,"do":"text","text":7}"#, Err(Garbage::BadJson)),
            (r#"{"at":0,"do":"emoji","name":"cyril"}"#, Err(Garbage::BadData)),
            (r#"{"at":0,"do":"browse","step":0}"#, Err(Garbage::OutOfRange)),
            (r#"{"at":0,"do":"browse","step":11}"#, Err(Garbage::OutOfRange)),
            (r#"{"at":0,"do":"browse","step":1.5}"#, Err(Garbage::BadJson)),
            (r#"{"at":0,"do":"press"}"#, Err(Garbage::BadData)),
            (r#"{"at":0,"do":"press","key":"south"}"#, Err(Garbage::BadData)),
            (r#"{"at":0,"do":"reboot"}"#, Err(Garbage::UnknownEvent)),
            (r#"{"at":0,"do":"beat","phone":3}"#, Err(Garbage::BadJson)),
            (r#"{"at":-1,"do":"beat"}"#, Err(Garbage::OutOfRange)),
            (r#"{"at":1e14,"do":"beat"}"#, Err(Garbage::OutOfRange)),
            (r#"{"at":1e999,"do":"beat"}"#, Err(Garbage::BadJson)),
            (r#"{"do":"beat"}"#, Err(Garbage::BadJson)),
            ("", Err(Garbage::BadJson)),
            ("[[[[", Err(Garbage::BadJson)),
        ];
        for (message, expected) in table {
            assert_eq!(parse(message), expected, "{message}");
        }
    }

    #[test]
    fn a_text_has_280_characters_whatever_they_weigh() {
        let say = |text: &str| parse(&format!(r#"{{"at":0,"do":"text","text":"{text}"}}"#));
        for letter in ["a", "ü", "語", "😀"] {
            assert!(say(&letter.repeat(TEXT_CHARS)).is_ok(), "{letter}");
            assert_eq!(say(&letter.repeat(TEXT_CHARS + 1)), Err(Garbage::TooLong), "{letter}");
        }
        assert!(say(&r"\ud83d\ude00".repeat(TEXT_CHARS)).is_ok(), "escaped, as JSON may be");
        assert_eq!(parse(&" ".repeat(WORD_BYTES + 1)), Err(Garbage::TooLong));
    }

    #[test]
    fn nesting_as_deep_as_a_message_can_hold_is_refused_not_a_crash() {
        let deep = format!(r#"{{"at":0,"do":"text","text":{}"#, "[".repeat(4000));
        assert_eq!(parse(&deep), Err(Garbage::BadJson));
    }

    proptest! {
        #[test]
        fn no_message_makes_it_panic(message in ".*") {
            let _ = parse(&message);
            let _ = parse(&format!(r#"{{"at":0,"do":"text","text":"{message}"}}"#));
        }
    }
}
