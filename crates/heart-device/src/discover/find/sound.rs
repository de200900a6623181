//! ALSA capture devices, by the card id that stays when numbers change.

use crate::discover::access::{Access, User, trouble};
use crate::discover::stanza::{Names, Stanza, kind};
use crate::discover::{Bus, FOUND_MAX, Found, Places, attribute};

/// From `/proc/asound/pcm`: `00-00: USB Audio : USB Audio : capture 1`.
pub(in crate::discover) fn find(at: &Places, user: &User, names: &mut Names) -> Vec<Found> {
    let cards = attribute(&at.proc.join("asound/cards"));
    let table = attribute(&at.proc.join("asound/pcm"));
    let lines = table.lines().filter(|line| line.contains(": capture "));
    lines.take(FOUND_MAX).filter_map(|line| capture(at, line, &cards, user, names)).collect()
}

fn capture(at: &Places, line: &str, cards: &str, user: &User, names: &mut Names) -> Option<Found> {
    let (address, rest) = line.split_once(": ")?;
    let (card, device) = address.split_once('-')?;
    let (card, device): (u32, u32) = (card.parse().ok()?, device.parse().ok()?);
    let id = card_id(cards, card).unwrap_or_else(|| card.to_string());
    let place = format!("hw:CARD={id},DEV={device}");
    let node = at.dev.join(format!("snd/pcmC{card}D{device}c"));
    let called = rest.split(" : ").next().unwrap_or_default().trim();
    let mut found = Found::new(Bus::Sound, place, "a microphone or line input")
        .fact("name", called)
        .fact("node", at.named(&node));
    found.trouble = trouble(at, &node, Access::ReadWrite, user, "audio");
    if let Some(kind) = kind("microphone") {
        // With `plug`, alsa-lib converts what the card cannot do by itself.
        let device = format!("plug{}", found.place);
        let stanza = Stanza::new(kind, names).text("device", &device);
        (found.kind, found.stanza) = stanza.end();
    }
    Some(found)
}

/// The id of a card in `/proc/asound/cards`: ` 1 [Device         ]: USB-Audio - …`.
fn card_id(cards: &str, card: u32) -> Option<String> {
    cards.lines().find_map(|line| {
        let (number, rest) = line.trim_start().split_once(" [")?;
        let (id, _) = rest.split_once(']')?;
        (number.trim().parse() == Ok(card)).then(|| id.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_called_by_the_id_that_stays() {
        let cards = " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n                      vc4-hdmi-0\n \
                     1 [Device         ]: USB-Audio - USB PnP Sound Device\n";
        assert_eq!(card_id(cards, 0).as_deref(), Some("vc4hdmi0"));
        assert_eq!(card_id(cards, 1).as_deref(), Some("Device"));
        assert_eq!(card_id(cards, 2), None);
    }
}
