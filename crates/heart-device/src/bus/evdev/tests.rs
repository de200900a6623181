//! Four slots: which device takes which pad, whatever is plugged in when.

use super::find::tests::{Tree, pad_keys};
use super::*;
use crate::clock::Clock;

/// The pads of a totem by their Bluetooth addresses.
const PADS: [&str; 4] =
    ["e4:17:d8:00:00:01", "e4:17:d8:00:00:02", "e4:17:d8:00:00:03", "e4:17:d8:00:00:04"];

fn is_pad(caps: &Caps) -> bool {
    caps.has_key(0x130)
}

fn rig(tree: &Tree) -> Rig {
    Rig { input: tree.0.clone(), ..Rig::new(Clock::boottime()) }
}

/// Slot n of the configuration: the pad with this address.
fn slot(pad: &str) -> Source {
    let rule = Rule { uniq: Some(pad.to_owned()), ..Rule::default() };
    Source { rule, ..Source::default() }
}

/// What a slot that is being tried takes.
fn take(source: &Source, rig: &Rig) -> Option<Claim> {
    let there = is_there(source, is_pad, rig);
    let claim = claim(source, is_pad, rig).ok();
    assert_eq!(there, claim.is_some(), "the cheap look says what opening finds");
    claim
}

/// Every order of four things.
fn orders() -> Vec<[usize; 4]> {
    let digits = (0..256usize).map(|n| [n & 3, n >> 2 & 3, n >> 4 & 3, n >> 6]);
    digits.filter(|order| (0..4).all(|n| order.contains(&n))).collect()
}

#[test]
fn a_slot_keeps_its_pad_through_unplug_and_replug_in_any_order() {
    let (tree, keys) = (Tree::new("slots"), pad_keys());
    let rig = rig(&tree);
    assert_eq!(orders().len(), 24);
    let mut event = 0;
    for order in orders() {
        // All come in this order, each under the next free number, as the kernel counts.
        let mut nodes = [const { String::new() }; 4];
        let mut claims = [const { None }; 4];
        for pad in order {
            event += 1;
            nodes[pad] = format!("event{event}");
            let phys = format!("usb-{}/input0", 4 - pad);
            tree.plug(&nodes[pad], ["Pro Controller", &phys, PADS[pad]], &keys);
            for (slot, claim) in PADS.map(slot).iter().zip(&mut claims) {
                *claim = claim.take().or_else(|| take(slot, &rig));
            }
        }
        for (claim, node) in claims.iter().zip(&nodes) {
            assert!(claim.as_ref().unwrap().path().ends_with(node), "{order:?}: {claims:?}");
        }
        // All go in the same order; a slot whose pad left takes no other.
        for pad in order {
            tree.unplug(&nodes[pad]);
            claims[pad] = None;
            assert!(take(&slot(PADS[pad]), &rig).is_none());
        }
    }
}

#[test]
fn slots_of_one_rule_take_a_pad_each_and_the_one_that_is_free_takes_the_one_that_returns() {
    let (tree, keys) = (Tree::new("slots-alike"), pad_keys());
    let rig = rig(&tree);
    let rule = Rule { name: Some("Pro*".to_owned()), ..Rule::default() };
    let any = Source { rule, ..Source::default() };
    for n in 1..=4 {
        let says = ["Pro Controller", &format!("usb-{n}/input0"), ""];
        tree.plug(&format!("event{}", 9 - n), says, &keys);
    }
    let claims = [0; 4].map(|_| take(&any, &rig));
    let taken = claims.each_ref().map(|claim| claim.as_ref().unwrap().path().to_owned());
    for (node, path) in ["event8", "event7", "event6", "event5"].iter().zip(&taken) {
        assert!(path.ends_with(node), "in the order of their sockets: {taken:?}");
    }
    assert!(take(&any, &rig).is_none(), "there are no more than four");
    let [first, _second, third, _fourth] = claims;
    tree.unplug("event6");
    drop(third);
    assert!(take(&any, &rig).is_none());
    tree.plug("event12", ["Pro Controller", "usb-3/input0", ""], &keys);
    assert!(take(&any, &rig).unwrap().path().ends_with("event12"));
    drop(first);
}
