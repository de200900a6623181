//! What a doctor finds: one line each, with what fixes it.
//!
//! Each program collects [`Finding`]s about what it knows; this module shows them, decides how
//! the program ends, and knows about the clock, which concerns every program.

mod clock;

use std::fmt::Write as _;

use serde::Serialize;

pub use clock::clock;

use crate::exit::Exit;

/// How well it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, or would only matter if it were used.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How well it is.
    pub level: Level,
    /// What was looked at: `device knob`, `broker mqtt://…`, `clock`.
    pub what: String,
    /// Where: a file and line, a node, an address; empty where `what` says it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What was seen.
    pub seen: String,
    /// What to do about it; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    /// All is well.
    #[must_use]
    pub fn ok(what: impl Into<String>, seen: impl Into<String>) -> Self {
        Finding::new(Level::Ok, what.into(), seen.into(), None)
    }

    /// It works, or would only matter if it were used.
    #[must_use]
    pub fn warn(what: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Finding::new(Level::Warn, what.into(), seen.into(), Some(fix.into()))
    }

    /// It does not work.
    #[must_use]
    pub fn fail(what: impl Into<String>, seen: impl Into<String>, fix: impl Into<String>) -> Self {
        Finding::new(Level::Fail, what.into(), seen.into(), Some(fix.into()))
    }

    /// The same with the place.
    #[must_use]
    pub fn at(self, place: impl Into<String>) -> Self {
        Finding { place: place.into(), ..self }
    }

    fn new(level: Level, what: String, seen: String, fix: Option<String>) -> Self {
        Finding { level, what, place: String::new(), seen, fix }
    }
}

/// How a program ends that found these.
#[must_use]
pub fn exit(findings: &[Finding]) -> Exit {
    let failed = findings.iter().any(|finding| finding.level == Level::Fail);
    if failed { Exit::Unavailable } else { Exit::Ok }
}

/// All findings for people, with a last line that counts them.
#[must_use]
pub fn print(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { level, what, place, seen, fix } in findings {
        let level = word(*level);
        let place = if place.is_empty() { String::new() } else { format!(" ({place})") };
        // Writing to a string does not fail, here and below.
        let _ = writeln!(text, "{level:4}  {what}{place}: {seen}");
        if let Some(fix) = fix {
            let _ = writeln!(text, "      fix: {fix}");
        }
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let (ok, warn, fail) = (count(Level::Ok), count(Level::Warn), count(Level::Fail));
    let _ = writeln!(text, "{ok} ok, {warn} warn, {fail} fail");
    text
}

/// All findings for programs: `{"findings": […], "ok": 3, "warn": 1, "fail": 0}`.
#[must_use]
pub fn json(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    let value = serde_json::json!({
        "findings": findings,
        "ok": count(Level::Ok),
        "warn": count(Level::Warn),
        "fail": count(Level::Fail),
    });
    format!("{value:#}\n")
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Warn => "warn",
        Level::Fail => "fail",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("clock", "synchronised"),
            Finding::warn("I2C", "no bus", "sudo modprobe i2c-dev"),
            Finding::fail("device knob", "not there", "plug it in").at("x.toml:7"),
        ]
    }

    #[test]
    fn people_see_a_line_for_each_with_its_fix_below() {
        assert_eq!(
            print(&findings()),
            "ok    clock: synchronised\n\
             warn  I2C: no bus\n      fix: sudo modprobe i2c-dev\n\
             fail  device knob (x.toml:7): not there\n      fix: plug it in\n\
             1 ok, 1 warn, 1 fail\n"
        );
    }

    #[test]
    fn only_a_failure_changes_the_end() {
        assert_eq!(exit(&findings()), Exit::Unavailable);
        assert_eq!(exit(&findings()[..2]), Exit::Ok);
        assert_eq!(exit(&[]), Exit::Ok);
    }

    #[test]
    fn programs_see_words_and_counts() {
        let value: serde_json::Value = serde_json::from_str(&json(&findings())).unwrap();
        assert_eq!(value["fail"], 1);
        assert_eq!(value["findings"][2]["level"], "fail");
        assert_eq!(value["findings"][2]["place"], "x.toml:7");
        assert!(value["findings"][0].get("fix").is_none());
    }
}
