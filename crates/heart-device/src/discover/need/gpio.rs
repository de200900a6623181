//! A GPIO chip by its label or node, and whether it has the lines.

use toml::{Table, Value};

use crate::discover::host::missing;
use crate::discover::{Bus, Found, Places, Trouble};

/// The keys whose numbers are lines.
const LINES: [&str; 4] = ["lines", "a", "b", "button"];

pub(super) fn look(at: &Places, written: &Table, found: &[Found]) -> Result<String, Trouble> {
    let wanted = written.get("chip").and_then(Value::as_str).unwrap_or_default();
    let chips = || found.iter().filter(|found| found.bus == Bus::Gpio);
    let fact = |chip: &Found, name| chip.facts.get(name).cloned().unwrap_or_default();
    let is_wanted = |chip: &&Found| chip.place == wanted || fact(chip, "label") == wanted;
    let Some(chip) = chips().find(is_wanted) else {
        // A chip that may not be opened does not tell its label, and may be the one.
        if let Some(trouble) = chips().find_map(|chip| chip.trouble.clone()) {
            return Err(trouble);
        }
        let labels: Vec<String> = chips().map(|chip| fact(chip, "label")).collect();
        let (what, fix) = match labels.as_slice() {
            [] => (format!("no GPIO chip is here, so none is {wanted}"), missing(at, Bus::Gpio)),
            _ => (
                format!("no GPIO chip is called {wanted}"),
                format!("write chip = one of: {}", labels.join(", ")),
            ),
        };
        return Err(Trouble { what, fix });
    };
    if let Some(trouble) = &chip.trouble {
        return Err(trouble.clone());
    }
    let has: Option<i64> = fact(chip, "lines").parse().ok();
    if let Some((has, line)) = has.and_then(|has| Some((has, beyond(written, has)?))) {
        return Err(Trouble {
            what: format!("{} has {has} lines, numbered from 0; there is no line {line}", wanted),
            fix: "write numbers of lines, not of pins: `gpioinfo` (Debian: gpiod) shows them"
                .into(),
        });
    }
    Ok(format!("{} may be opened", chip.place))
}

/// A configured line that a chip of `has` lines does not have.
fn beyond(written: &Table, has: i64) -> Option<i64> {
    let numbers = LINES.iter().filter_map(|key| written.get(*key)).flat_map(|value| match value {
        Value::Table(lines) => lines.values().filter_map(Value::as_integer).collect(),
        value => value.as_integer().into_iter().collect::<Vec<_>>(),
    });
    numbers.into_iter().find(|line| *line >= has)
}
