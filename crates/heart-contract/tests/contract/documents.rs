//! That `docs/contract.md` names what the code does.

use std::path::PathBuf;

use heart_contract::{RejectReason, Status, limits};

use crate::known::device;

fn page() -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/contract.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_page_names_every_reason_in_the_order_of_the_checks() {
    let page = page();
    let row = |reason: &RejectReason| page.find(&format!("\n| `{}` |", reason.word()));
    let rows: Vec<_> = RejectReason::ALL.iter().map(row).collect();
    assert!(
        rows.is_sorted() && rows[0].is_some(),
        "in the order of ALL, None is missing: {rows:?}"
    );
}

#[test]
fn the_page_has_the_limits_and_the_key_of_the_code() {
    let page = page();
    for (topic, bytes) in [
        ("`status`", limits::STATUS_BYTES),
        ("`catalogue`", limits::CATALOGUE_BYTES),
        ("`beat`", limits::BEAT_BYTES),
        ("`<device>/report`", limits::REPORT_BYTES),
        ("`<device>/samples`", limits::SAMPLES_BYTES),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("| {topic} |"))).unwrap();
        assert!(row.ends_with(&format!("| {} KiB |", bytes / 1024)), "{row}");
    }
    assert!(page.contains(&format!("`knob` gives `0x{:08x}`", device().key())));
}

#[test]
fn the_status_on_the_page_is_one() {
    let page = page();
    let json = page.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(Status::from_json(json.trim().as_bytes()).is_ok());
}
