//! Why a payload or a topic was refused.

/// Why outside bytes were refused (design §4 rule 17). Counted per reason, never fatal: the next
/// message of the same sender may be good, and waiting does not mend this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RejectReason {
    /// No bytes at all. On retained topics this clears the topic and is no message.
    #[error("the payload is empty")]
    Empty,
    /// More bytes than this kind of topic may carry.
    #[error("the payload is larger than this topic allows")]
    TooLarge,
    /// Something the bytes speak of lies behind their end.
    #[error("the payload ends too early")]
    Truncated,
    /// The file identifier is not one of Heart's.
    #[error("the file identifier is not HRT1")]
    WrongIdentifier,
    /// A major version that this reader was not built for.
    #[error("the message is of a newer major version")]
    NewerMajor,
    /// Not a FlatBuffer of this schema, or a status that is no such JSON.
    #[error("the payload is malformed")]
    Malformed,
    /// More tables, deeper nesting or more bytes when unfolded than a message may have.
    #[error("the payload exceeds the limits of the verifier")]
    LimitsExceeded,
    /// A vector with more elements than the vocabulary allows.
    #[error("a list is longer than allowed")]
    TooMany,
    /// NaN or infinity.
    #[error("a number is not finite")]
    NotFinite,
    /// A value outside its range: an axis beyond ±1, a reading beyond ±1e9, a code or a device
    /// given twice, a text too long, a word that is no name.
    #[error("a value is out of range")]
    OutOfRange,
    /// The payload says another node, device or kind than the topic it came on.
    #[error("topic and payload disagree")]
    TopicMismatch,
    /// The topic is none of the contract's.
    #[error("the topic is not one of Heart's")]
    Topic,
}

impl RejectReason {
    /// Every reason, in the order in which they are checked.
    pub const ALL: [RejectReason; 12] = [
        RejectReason::Topic,
        RejectReason::Empty,
        RejectReason::TooLarge,
        RejectReason::Truncated,
        RejectReason::WrongIdentifier,
        RejectReason::NewerMajor,
        RejectReason::Malformed,
        RejectReason::LimitsExceeded,
        RejectReason::TopicMismatch,
        RejectReason::TooMany,
        RejectReason::NotFinite,
        RejectReason::OutOfRange,
    ];

    /// The word used as a metric label, in `/status` and in logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            RejectReason::Empty => "empty",
            RejectReason::TooLarge => "too_large",
            RejectReason::Truncated => "truncated",
            RejectReason::WrongIdentifier => "wrong_identifier",
            RejectReason::NewerMajor => "newer_major",
            RejectReason::Malformed => "malformed",
            RejectReason::LimitsExceeded => "limits_exceeded",
            RejectReason::TooMany => "too_many",
            RejectReason::NotFinite => "not_finite",
            RejectReason::OutOfRange => "out_of_range",
            RejectReason::TopicMismatch => "topic_mismatch",
            RejectReason::Topic => "topic",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_reason_is_listed_once_and_has_its_own_word() {
        let reasons: HashSet<_> = RejectReason::ALL.into_iter().collect();
        let words: HashSet<_> = RejectReason::ALL.iter().map(|r| r.word()).collect();
        assert_eq!((reasons.len(), words.len()), (12, 12));
    }
}
