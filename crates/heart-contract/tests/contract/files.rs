//! The files of `schema/`, and the status that two of them hold.

use std::path::PathBuf;

use heart_contract::{Status, StatusState};

use crate::known::stamp;

pub fn status(state: StatusState) -> Status {
    Status {
        state,
        session: stamp().session,
        connection: 3,
        version: "0.1.0".into(),
        schema: "1.0".into(),
    }
}

/// The text of a fixture.
pub fn text(file: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../schema/fixtures/v1.0");
    let path = folder.join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"))
}

/// The bytes of a fixture: hexadecimal, `#` begins a comment.
pub fn fixture(file: &str) -> Vec<u8> {
    let text = text(file);
    let words = text.lines().flat_map(|l| l.split('#').next().unwrap().split_whitespace());
    words.map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}
