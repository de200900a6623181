//! Which Bluetooth device is meant: by its address, its name, or both. Pure.

use std::fmt;

use serde::Deserialize;

use crate::bus::evdev::glob;
use crate::config::{Problem, Wrong};

/// `match = { name = "Polar H10*" }`. Every key that is given must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// The name that it advertises, as a pattern with `*` and `?`.
    pub(crate) name: Option<String>,
    /// Its address, `AA:BB:CC:DD:EE:FF`. Straps that change it for privacy need a name.
    pub(crate) address: Option<String>,
}

impl Rule {
    /// A rule for a name that is no pattern.
    pub(crate) fn named(name: &str) -> Rule {
        Rule { name: Some(name.to_owned()), address: None }
    }

    pub(super) fn check(&self) -> Result<(), Wrong> {
        let wrong = |why: String| Err(("match", Problem::Value(why)));
        if *self == Rule::default() {
            return wrong("give `name`, `address` or both".to_owned());
        }
        match &self.address {
            Some(address) if !is_address(address) => {
                wrong(format!("{address:?} is no address as AA:BB:CC:DD:EE:FF"))
            }
            _ => Ok(()),
        }
    }

    /// Whether a device is meant. One that advertises no name has the name "".
    #[cfg_attr(not(feature = "ble"), expect(dead_code, reason = "nothing to match without radio"))]
    pub(super) fn fits(&self, address: &str, name: &str) -> bool {
        let by_name = |rule: &String| glob(rule.as_bytes(), name.as_bytes());
        self.name.as_ref().is_none_or(by_name)
            && self.address.as_ref().is_none_or(|rule| rule.eq_ignore_ascii_case(address))
    }

    /// The address, for two devices that must not be one. Rules by name may be equal: each
    /// device takes a strap of its own.
    pub(crate) fn place(&self) -> Option<(&'static str, String)> {
        Some(("match", self.address.as_ref()?.to_ascii_uppercase()))
    }
}

fn is_address(text: &str) -> bool {
    let is_byte =
        |byte: &str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.split(':').count() == 6 && text.split(':').all(is_byte)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.name, &self.address) {
            (Some(name), Some(address)) => write!(f, "name {name:?}, address {address}"),
            (Some(name), None) => write!(f, "name {name:?}"),
            (None, Some(address)) => write!(f, "address {address}"),
            (None, None) => f.write_str("nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: Option<&str>, address: Option<&str>) -> Rule {
        Rule { name: name.map(str::to_owned), address: address.map(str::to_owned) }
    }

    #[test]
    fn what_is_no_address_is_refused_and_so_is_a_rule_that_says_nothing() {
        let problem = |rule: Rule| rule.check().map_err(|(key, why)| format!("{key}: {why}"));
        assert_eq!(problem(rule(None, None)).unwrap_err(), "match: give `name`, `address` or both");
        for wrong in ["", "AA:BB:CC:DD:EE", "AA:BB:CC:DD:EE:FF:00", "AA:BB:CC:DD:EE:F", "a-b"] {
            let why = problem(rule(None, Some(wrong))).unwrap_err();
            assert!(why.ends_with("is no address as AA:BB:CC:DD:EE:FF"), "{why}");
        }
        assert_eq!(problem(rule(None, Some("c8:ff:00:11:22:33"))), Ok(()));
        assert_eq!(problem(rule(Some("*"), None)), Ok(()));
    }

    #[cfg(feature = "ble")]
    #[test]
    fn every_key_that_is_given_must_fit() {
        let (name, address) = ("Polar H10 1234", "C8:FF:00:11:22:33");
        assert!(rule(Some("Polar*"), None).fits(address, name));
        assert!(rule(None, Some("c8:ff:00:11:22:33")).fits(address, ""));
        assert!(!rule(Some("Polar*"), Some("C8:FF:00:11:22:34")).fits(address, name));
        assert!(!rule(Some("Polar"), None).fits(address, name));
        assert!(!rule(Some("Polar*"), None).fits(address, ""));
    }
}
