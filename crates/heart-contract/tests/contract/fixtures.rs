//! The bytes of version 1.0, literally.
//!
//! IF A TEST IN THIS FILE FAILS, DO NOT CHANGE THE TEST, NOR THE BYTES. Somewhere a gateway
//! sends these bytes and a reader expects them. The code is wrong; or the change needs a new
//! minor version with fixtures of its own beside these; or, until 0.1.0 is cut and v1.0 frozen,
//! a page in `docs/decisions/` that says why.

use heart_contract::{
    Status, StatusState, decode_beat, decode_catalogue, decode_report, decode_samples,
};
use heart_event::{Report, Samples};

use crate::files::{self, fixture};
use crate::known::{self, device, node};

#[test]
fn the_report_means_what_it_meant() {
    let bytes = fixture("report.hex");
    let view = decode_report(&node(), &device(), &bytes).unwrap();
    let mut report = Report::default();
    view.copy_into(&mut report);
    assert_eq!((view.stamp(), report, view.unknown()), (known::stamp(), known::report(), 0));
}

#[test]
fn the_samples_mean_what_they_meant() {
    let bytes = fixture("samples.hex");
    let view = decode_samples(&node(), &device(), &bytes).unwrap();
    let samples = Samples {
        period: view.period(),
        motion: view.motion().collect(),
        bands: view.bands().collect(),
    };
    assert_eq!((view.stamp(), samples, view.unknown()), (known::stamp(), known::samples(), 0));
}

#[test]
fn the_beat_means_what_it_meant() {
    let bytes = fixture("beat.hex");
    let view = decode_beat(&node(), &bytes).unwrap();
    let beat = known::beat();
    assert_eq!((view.stamp(), view.unknown()), (known::stamp(), 0));
    assert_eq!((view.connection(), view.uptime()), (beat.connection, beat.uptime));
    assert_eq!(view.catalogue_revision(), beat.catalogue_revision);
    assert_eq!(view.seen().collect::<Vec<_>>(), beat.seen);
    assert_eq!(view.answers().collect::<Vec<_>>(), beat.answers);
    assert_eq!(view.seen_seq(device().key()), Some(0x1_0000_0011));
    assert_eq!(view.seen_seq(known::name("hands").key()), Some(3));
    assert_eq!(view.seen_seq(7), None);
}

#[test]
fn the_catalogue_means_what_it_meant() {
    let bytes = fixture("catalogue.hex");
    let view = decode_catalogue(&node(), &bytes).unwrap();
    assert_eq!((view.stamp, view.unknown), (known::stamp(), 0));
    assert_eq!(view.catalogue, known::catalogue());
}

#[test]
fn the_status_means_what_it_meant_and_is_written_so() {
    for (file, state) in
        [("status_online.json", StatusState::Online), ("status_offline.json", StatusState::Offline)]
    {
        let text = files::text(file);
        let status = files::status(state);
        assert_eq!(Status::from_json(text.as_bytes()), Ok(status.clone()));
        assert_eq!(status.to_json(), text);
    }
}

#[test]
fn the_encoder_writes_these_bytes() {
    for (file, bytes) in known::messages() {
        assert_eq!(bytes, fixture(&format!("{file}.hex")), "{file}");
    }
}

/// Written by Python's flatbuffers: the same meaning, laid out otherwise.
#[test]
fn a_report_of_another_writer_means_the_same() {
    let bytes = fixture("report_python.hex");
    assert_ne!(bytes, fixture("report.hex"));
    let view = decode_report(&node(), &device(), &bytes).unwrap();
    let mut report = Report::default();
    view.copy_into(&mut report);
    assert_eq!((view.stamp(), report, view.unknown()), (known::stamp(), known::report(), 0));
}
