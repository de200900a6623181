//! What flatc made of `schema/`, and the one place where it is let in.
//!
//! `message.rs` is committed, so that building Heart needs no flatc. Never edit it:
//! `tests/generated.rs` makes it anew and compares, and says the command that repairs it.

#[rustfmt::skip]
#[expect(
    unsafe_code,
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "written by flatc in its own style; its unsafe reads are guarded by the verifier, \
              which `envelope::open` always runs first"
)]
mod message;

pub(crate) use message::heart::wire;

/// flatc's own check against released schemas does not see a struct that grew at its end.
#[cfg(test)]
mod tests {
    use flatbuffers::Push;

    use super::wire;
    use crate::FILE_IDENTIFIER;

    fn layout<T: Push>() -> (usize, usize) {
        (T::size(), T::alignment().value())
    }

    #[test]
    fn structs_have_the_sizes_and_alignments_of_the_contract() {
        assert_eq!(layout::<wire::Stamp>(), (40, 8));
        assert_eq!(layout::<wire::Button>(), (24, 8));
        assert_eq!(layout::<wire::Encoder>(), (16, 8));
        assert_eq!(layout::<wire::Axis>(), (8, 4));
        assert_eq!(layout::<wire::Reading>(), (8, 4));
        assert_eq!(layout::<wire::Vector3>(), (12, 4));
        assert_eq!(layout::<wire::MotionSample>(), (24, 4));
        assert_eq!(layout::<wire::BandSample>(), (72, 4));
        assert_eq!(layout::<wire::Seen>(), (12, 4));
        assert_eq!(layout::<wire::EchoAnswer>(), (32, 8));
    }

    #[test]
    fn fields_lie_where_the_contract_says() {
        let long = |at: u8| u64::from_le_bytes(std::array::from_fn(|byte| at + byte as u8));
        let word = |at: u8| u32::from_le_bytes(std::array::from_fn(|byte| at + byte as u8));
        let half = |at: u8| u16::from_le_bytes([at, at + 1]);
        // Each byte's value is its offset, but for the bools.
        let button = wire::Button::new(
            long(0),
            word(8),
            word(12),
            word(16),
            half(20),
            true,
            wire::Change(23),
        );
        let mut expected: [u8; 24] = std::array::from_fn(|at| at as u8);
        expected[22] = 1;
        assert_eq!(button.0, expected);
        let encoder = wire::Encoder::new(long(0), word(8) as i32, half(12), half(14) as i16);
        assert_eq!(encoder.0, std::array::from_fn(|at| at as u8));
        let axis = wire::Axis::new(f32::from_bits(word(0)), half(4), true);
        assert_eq!(axis.0, [0, 1, 2, 3, 4, 5, 1, 0]);
        let reading = wire::Reading::new(f32::from_bits(word(0)), half(4), wire::Unit(6), true);
        assert_eq!(reading.0, [0, 1, 2, 3, 4, 5, 6, 1]);
        let seen = wire::Seen::new(word(0), word(4), word(8));
        assert_eq!(seen.0, std::array::from_fn(|at| at as u8));
        let stamp = wire::Stamp::new(long(0), long(8), long(16), long(24), long(32));
        assert_eq!(stamp.0, std::array::from_fn(|at| at as u8));
        let nonce = std::array::from_fn(|at| at as u8);
        let answer = wire::EchoAnswer::new(&nonce, long(16), long(24));
        assert_eq!(answer.0, std::array::from_fn(|at| at as u8));
    }

    /// The samples' offsets are in the fixtures.
    #[test]
    fn the_identifier_is_the_schemas() {
        assert_eq!(wire::MESSAGE_IDENTIFIER, FILE_IDENTIFIER);
        assert_eq!(FILE_IDENTIFIER, format!("HRT{}", crate::MAJOR));
        assert_eq!(crate::SCHEMA, format!("{}.{}", crate::MAJOR, crate::MINOR));
        assert!(crate::Topic::ROOT.ends_with(&format!("/v{}", crate::MAJOR)));
    }
}
