//! The shipped udev rules, read as udev(7) says. Debian 12 has no `udevadm verify`; this parser
//! is stricter than udev: what it does not know is wrong.

use std::collections::BTreeSet;

use heart_device::discover::RULES;

/// Keys that only ask, with whether they take a `{name}`.
const ASKING: [(&str, bool); 6] = [
    ("ACTION", false),
    ("SUBSYSTEM", false),
    ("KERNEL", false),
    ("DEVPATH", false),
    ("ENV", true),
    ("ATTRS", true),
];
/// Keys that only set, with the operators that they take.
const SETTING: [(&str, &[&str]); 6] = [
    ("GROUP", &["="]),
    ("MODE", &["="]),
    ("SYMLINK", &["+="]),
    ("TAG", &["+="]),
    ("GOTO", &["="]),
    ("LABEL", &["="]),
];

#[derive(Debug, PartialEq)]
struct Token {
    key: String,
    operator: String,
    value: String,
}

fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let (mut rest, mut found) = (line.trim(), Vec::new());
    while !rest.is_empty() {
        let end = rest.find(['=', '!', '+']).ok_or(format!("no operator in {rest:?}"))?;
        let (key, after) = rest.split_at(end);
        let operator = ["==", "!=", "+=", "="].into_iter().find(|op| after.starts_with(op));
        let operator = operator.ok_or(format!("no operator after {key:?}"))?;
        let value = after[operator.len()..].strip_prefix('"').ok_or(format!("{key}: no quote"))?;
        let (value, after) = value.split_once('"').ok_or(format!("{key}: quote stays open"))?;
        found.push(Token {
            key: key.to_owned(),
            operator: operator.to_owned(),
            value: value.to_owned(),
        });
        rest = match after.strip_prefix(", ") {
            Some(more) if !more.trim().is_empty() => more,
            None if after.is_empty() => after,
            _ => return Err(format!("after {key}: {after:?}")),
        };
    }
    Ok(found)
}

fn wrong(token: &Token) -> Option<String> {
    let Token { key, operator, value } = token;
    let (name, inner) = key.split_once('{').map_or((key.as_str(), None), |(name, inner)| {
        (name, inner.strip_suffix('}').filter(|inner| !inner.is_empty()))
    });
    if let Some((_, takes)) = ASKING.iter().find(|(asking, _)| *asking == name) {
        let asks = operator == "==" || operator == "!=";
        let braces = key.contains('{');
        return (!asks || braces != *takes || (*takes && inner.is_none()) || value.is_empty())
            .then(|| format!("{token:?}"));
    }
    let Some((_, operators)) = SETTING.iter().find(|(setting, _)| setting == key) else {
        return Some(format!("{key} is not known"));
    };
    let octal = |text: &str| text.len() == 4 && text.bytes().all(|b| (b'0'..=b'7').contains(&b));
    let word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    let fits = if key == "MODE" { octal(value) } else { word(value) };
    (!operators.contains(&operator.as_str()) || !fits).then(|| format!("{token:?}"))
}

fn complaints(text: &str) -> Vec<String> {
    let lines =
        text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.starts_with('#'));
    let mut found = Vec::new();
    let (mut jumps, mut labels) = (Vec::new(), BTreeSet::new());
    for (number, line) in lines {
        let at = number + 1;
        match tokens(line) {
            Err(why) => found.push(format!("{at}: {why}")),
            Ok(tokens) => {
                found.extend(tokens.iter().filter_map(wrong).map(|why| format!("{at}: {why}")));
                let named =
                    |key: &str| tokens.iter().find(|t| t.key == key).map(|t| t.value.clone());
                jumps.extend(named("GOTO").map(|label| (at, label)));
                labels.extend(named("LABEL").map(|label| (label, at)));
                let labelled = named("LABEL").is_some();
                let acts = tokens.iter().any(|t| SETTING.iter().any(|(key, _)| *key == t.key));
                let asks =
                    tokens.iter().any(|t| ASKING.iter().any(|(key, _)| t.key.starts_with(key)));
                if !acts || !(asks || labelled) {
                    found.push(format!("{at}: a rule asks something and sets something"));
                }
            }
        }
    }
    for (from, label) in jumps {
        // udev only jumps forward.
        if !labels.iter().any(|(name, at)| *name == label && *at > from) {
            found.push(format!("{from}: no label {label} below"));
        }
    }
    found
}

#[test]
fn the_shipped_rules_are_rules() {
    assert_eq!(complaints(RULES), [""; 0]);
    let rules = RULES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(rules.count() >= 8);
}

#[test]
fn the_parser_finds_what_is_no_rule() {
    for broken in [
        "SUBSYSTEM=\"spidev\", GROUP=\"spi\"",
        "SUBSYSTEM==\"spidev\" GROUP=\"spi\"",
        "SUBSYSTEM==\"spidev\", GRUOP=\"spi\"",
        "SUBSYSTEM==\"spidev\", MODE=\"660\"",
        "SUBSYSTEM==\"spidev\", GROUP==\"spi\"",
        "SUBSYSTEM==\"spidev\", GROUP=\"spi",
        "ENV==\"usb\", TAG+=\"uaccess\"",
        "ENV{}==\"usb\", TAG+=\"uaccess\"",
        "ACTION==\"remove\", GOTO=\"end\"",
        "LABEL=\"end\"\nACTION==\"remove\", GOTO=\"end\"",
        "SUBSYSTEM==\"spidev\"",
        "GROUP=\"spi\"",
        "SUBSYSTEM==\"spidev\", ",
    ] {
        assert_ne!(complaints(broken), [""; 0], "{broken}");
    }
}

#[test]
fn every_bus_without_a_group_in_udevs_own_rules_gets_one_here() {
    for (subsystem, group) in [("i2c-dev", "i2c"), ("spidev", "spi"), ("gpio", "gpio")] {
        let rule = RULES.lines().find(|l| l.starts_with(&format!("SUBSYSTEM==\"{subsystem}\"")));
        let rule = rule.unwrap_or_else(|| panic!("no rule for {subsystem}"));
        assert!(rule.contains(&format!("GROUP=\"{group}\", MODE=\"0660\"")), "{rule}");
        assert!(RULES.contains(&format!("groupadd -f -r {group}")), "{group} may not exist");
    }
}

#[test]
fn a_board_of_the_original_has_a_name_of_its_own_that_stays() {
    for board in ["Rotary_Trinkey_M0*", "KB2040*", "Feather_nRF52840*"] {
        let rule = RULES.lines().find(|line| line.contains(board)).unwrap();
        assert!(
            rule.contains("SYMLINK+=\"heart/") && rule.contains("$env{ID_SERIAL_SHORT}"),
            "{rule}"
        );
    }
}
