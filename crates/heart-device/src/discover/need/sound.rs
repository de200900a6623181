//! A sound card by ALSA's name of it.

use toml::{Table, Value};

use crate::discover::host::missing;
use crate::discover::{Bus, Found, Places, Trouble};

pub(super) fn look(at: &Places, written: &Table, found: &[Found]) -> Result<String, Trouble> {
    let device = written.get("device").and_then(Value::as_str).unwrap_or("default");
    let cards: Vec<&Found> = found.iter().filter(|found| found.bus == Bus::Sound).collect();
    let Some(wanted) = address(device) else {
        return by_alsa(at, device, &cards);
    };
    let fits = |card: &&&Found| {
        let node = card.facts.get("node").map(String::as_str).unwrap_or_default();
        let (id, number) = (place(&card.place), node_numbers(node));
        let card = id.0 == wanted.0 || number.0 == wanted.0;
        card && wanted.1.is_none_or(|device| id.1 == Some(device))
    };
    match cards.iter().find(fits) {
        Some(card) => match &card.trouble {
            Some(trouble) => Err(trouble.clone()),
            None => Ok(format!("{} may be opened", card.place)),
        },
        None if cards.is_empty() => Err(Trouble {
            what: format!("no sound card that records is here, so none is {device}"),
            fix: missing(at, Bus::Sound),
        }),
        None => {
            let there: Vec<String> =
                cards.iter().map(|card| format!("plug{}", card.place)).collect();
            let what = format!("no card that records fits {device}");
            Err(Trouble { what, fix: format!("write device = one of: {}", there.join(", ")) })
        }
    }
}

/// `default`, or a name of an asoundrc: only alsa-lib knows where it leads.
fn by_alsa(at: &Places, device: &str, cards: &[&Found]) -> Result<String, Trouble> {
    let open = cards.iter().find(|card| card.trouble.is_none());
    let barred = cards.iter().find_map(|card| card.trouble.clone());
    match (open, barred) {
        (Some(card), _) if device == "default" => Ok(format!("{} may be opened", card.place)),
        (None, Some(trouble)) if device == "default" => Err(trouble),
        (None, None) if device == "default" => Err(Trouble {
            what: "no sound card that records is here".to_owned(),
            fix: missing(at, Bus::Sound),
        }),
        _ => Ok(format!("is left to alsa-lib, whose asoundrc says what {device} is")),
    }
}

/// Card and device of `plughw:CARD=Snowball,DEV=0`, `hw:1,0` and the like; `None` for names that
/// alsa-lib looks up.
fn address(device: &str) -> Option<(&str, Option<&str>)> {
    let (pcm, rest) = device.split_once(':')?;
    if !["hw", "plughw", "sysdefault", "dsnoop", "front"].contains(&pcm) {
        return None;
    }
    let mut fields = rest.split(',');
    let card = fields.next()?;
    let device = fields.next().map(|device| device.trim_start_matches("DEV="));
    Some((card.trim_start_matches("CARD="), device))
}

fn place(place: &str) -> (&str, Option<&str>) {
    address(place).unwrap_or((place, None))
}

/// Card and device number of `/dev/snd/pcmC1D0c`.
fn node_numbers(node: &str) -> (&str, Option<&str>) {
    let name = node.rsplit("/pcmC").next().unwrap_or_default().trim_end_matches('c');
    name.split_once('D').map_or((name, None), |(card, device)| (card, Some(device)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_read_as_alsa_lib_reads_them() {
        assert_eq!(address("plughw:CARD=Snowball,DEV=0"), Some(("Snowball", Some("0"))));
        assert_eq!(address("hw:1,0"), Some(("1", Some("0"))));
        assert_eq!(address("hw:1"), Some(("1", None)));
        assert_eq!(address("default"), None);
        assert_eq!(address("file:FILE=/tmp/x"), None);
        assert_eq!(node_numbers("/dev/snd/pcmC1D0c"), ("1", Some("0")));
    }
}
