//! Nothing whatever makes a decoder panic, and what it accepts keeps every bound.

use heart_contract::{RejectReason, decode_beat, decode_catalogue, decode_report, decode_samples};

use crate::files::fixture;
use crate::known::{self, device, node};

/// Runs every decoder, also at topics that are not the message's own.
fn decode_all(payload: &[u8]) -> [Option<RejectReason>; 4] {
    let (node, device) = (node(), device());
    let report = decode_report(&node, &device, payload);
    if let Ok(view) = report {
        let mut copy = heart_event::Report::default();
        view.copy_into(&mut copy);
        assert_eq!(copy.validate(), Ok(()), "what is accepted keeps every bound");
    }
    let beat = decode_beat(&node, payload);
    if let Ok(view) = beat {
        assert!(view.seen().all(|seen| view.seen_seq(seen.device) == Some(seen.seq)));
        assert!(view.answers().len() <= 8);
    }
    let samples = decode_samples(&node, &device, payload);
    if let Ok(view) = samples {
        assert!(view.motion().count() <= 256 && view.bands().count() <= 256);
    }
    let catalogue = decode_catalogue(&node, payload);
    [report.err(), beat.err(), samples.err(), catalogue.err()]
}

const FILES: [&str; 5] =
    ["report.hex", "report_python.hex", "samples.hex", "beat.hex", "catalogue.hex"];

#[test]
fn every_truncation_is_refused_or_harmless() {
    for file in FILES {
        let bytes = fixture(file);
        let accepted = (0..bytes.len())
            .filter(|end| decode_all(&bytes[..*end]).contains(&None))
            .collect::<Vec<_>>();
        // Only the padding behind the last field may be missing.
        let first = accepted.first().copied().unwrap_or(bytes.len());
        assert!(bytes[first..].iter().all(|byte| *byte == 0), "{file}: {accepted:?}");
        assert!(bytes.len() - first < 8, "{file}: {accepted:?}");
    }
}

#[test]
fn every_flipped_bit_is_refused_or_harmless() {
    let mut refused = 0;
    for file in FILES {
        let mut bytes = fixture(file);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            refused += usize::from(!decode_all(&bytes).contains(&None));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        assert!(decode_all(&bytes).contains(&None), "{file} is whole again");
    }
    assert!(refused > 1000, "only {refused} flips were refused: were they decoded at all?");
}

#[test]
fn a_payload_may_lie_at_any_address() {
    for (_, bytes) in known::messages() {
        let expected = decode_all(&bytes);
        let mut room = vec![0; bytes.len() + 8];
        for shift in 0..8 {
            room[shift..shift + bytes.len()].copy_from_slice(&bytes);
            assert_eq!(decode_all(&room[shift..shift + bytes.len()]), expected, "at +{shift}");
        }
    }
}
