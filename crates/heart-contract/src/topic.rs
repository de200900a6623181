//! Topics: which word stands where. The only place that knows them.

use std::fmt;

use heart_event::Name;

use crate::reject::RejectReason;

/// A topic of the contract. `Display` writes it, [`Topic::parse`] reads it; neither allocates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The installation.
    pub site: Name,
    /// The node that the topic belongs to.
    pub node: Name,
    /// What is carried on it.
    pub kind: TopicKind,
}

/// What a topic carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// Birth and death of a gateway: JSON, retained, QoS 1.
    Status,
    /// Its devices: FlatBuffer, retained, QoS 1.
    Catalogue,
    /// Heartbeat of a node: FlatBuffer, QoS 0.
    Beat,
    /// Command: say everything again. Empty payload, QoS 1.
    Resync,
    /// Command: answer this nonce in the next beat. 16 bytes, QoS 0.
    Echo,
    /// A device's report: FlatBuffer, retained by design §4 rule 14.
    Report(Name),
    /// A device's samples: FlatBuffer, QoS 0, never retained.
    Samples(Name),
}

impl Topic {
    /// First words of every topic: the product and the major version.
    pub const ROOT: &'static str = "heart/v1";
    /// Words that no device may be called, since they stand where a device's name stands.
    pub const RESERVED: [&'static str; 4] = ["status", "catalogue", "beat", "command"];

    /// Whether a device may have this name ([`Topic::RESERVED`]).
    #[must_use]
    pub fn allows_device(name: &Name) -> bool {
        !Self::RESERVED.contains(&name.as_str())
    }

    /// Reads a topic as a broker delivered it.
    ///
    /// # Errors
    /// [`RejectReason::Topic`] for any text that is not exactly one of the contract's topics.
    pub fn parse(text: &str) -> Result<Topic, RejectReason> {
        Self::read(text.as_bytes()).ok_or(RejectReason::Topic)
    }

    /// By bytes, since every message comes through here: whatever is not ASCII is in no name.
    fn read(text: &[u8]) -> Option<Topic> {
        let rest = text.strip_prefix(Self::ROOT.as_bytes())?.strip_prefix(b"/")?;
        let mut words = rest.split(|byte| *byte == b'/');
        let (site, node) = (Name::from_word(words.next()?)?, Name::from_word(words.next()?)?);
        let kind = match (words.next()?, words.next(), words.next()) {
            (b"status", None, None) => TopicKind::Status,
            (b"catalogue", None, None) => TopicKind::Catalogue,
            (b"beat", None, None) => TopicKind::Beat,
            (b"command", Some(b"resync"), None) => TopicKind::Resync,
            (b"command", Some(b"echo"), None) => TopicKind::Echo,
            (device, Some(b"report"), None) => TopicKind::Report(device_name(device)?),
            (device, Some(b"samples"), None) => TopicKind::Samples(device_name(device)?),
            _ => return None,
        };
        Some(Topic { site, node, kind })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One by one: a template with places in it costs more, at every message said.
        for word in [Self::ROOT, "/", self.site.as_str(), "/", self.node.as_str(), "/"] {
            f.write_str(word)?;
        }
        let (device, end) = match &self.kind {
            TopicKind::Status => ("", "status"),
            TopicKind::Catalogue => ("", "catalogue"),
            TopicKind::Beat => ("", "beat"),
            TopicKind::Resync => ("", "command/resync"),
            TopicKind::Echo => ("", "command/echo"),
            TopicKind::Report(device) => (device.as_str(), "/report"),
            TopicKind::Samples(device) => (device.as_str(), "/samples"),
        };
        f.write_str(device)?;
        f.write_str(end)
    }
}

fn device_name(word: &[u8]) -> Option<Name> {
    let is_reserved = Topic::RESERVED.iter().any(|reserved| reserved.as_bytes() == word);
    if is_reserved { None } else { Name::from_word(word) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_written_and_read_back() {
        let device = Name::new("knob").unwrap();
        for (kind, end) in [
            (TopicKind::Status, "status"),
            (TopicKind::Catalogue, "catalogue"),
            (TopicKind::Beat, "beat"),
            (TopicKind::Resync, "command/resync"),
            (TopicKind::Echo, "command/echo"),
            (TopicKind::Report(device), "knob/report"),
            (TopicKind::Samples(device), "knob/samples"),
        ] {
            let topic =
                Topic { site: Name::new("lab").unwrap(), node: Name::new("gw-1").unwrap(), kind };
            assert_eq!(topic.to_string(), format!("heart/v1/lab/gw-1/{end}"));
            assert_eq!(Topic::parse(&topic.to_string()), Ok(topic));
        }
    }

    #[test]
    fn any_other_text_is_no_topic() {
        let long = format!("heart/v1/lab/gw-1/{}/report", "a".repeat(33));
        for text in [
            "",
            "heart",
            "heart/v1",
            "heart/v1/",
            "heart/v1/lab",
            "heart/v1/lab/gw-1",
            "heart/v1/lab/gw-1/",
            "heart/v1/lab/gw-1/knob",
            "heart/v1/lab/gw-1/knob/",
            "heart/v1/lab/gw-1/knob/report/",
            "heart/v1/lab/gw-1/knob/report/x",
            "heart/v1/lab/gw-1/knob/state",
            "heart/v1/lab/gw-1//report",
            "heart/v1//gw-1/status",
            "heart/v1/lab//status",
            "heart/v1/lab/gw-1/status/report",
            "heart/v1/lab/gw-1/command/report",
            "heart/v1/lab/gw-1/command",
            "heart/v1/lab/gw-1/command/reboot",
            "heart/v1/lab/gw-1/Knob/report",
            "heart/v1/lab/gw-1/+/report",
            "heart/v1/lab/gw-1/knöb/report",
            "heart/v2/lab/gw-1/status",
            "heart/v11/lab/gw-1/status",
            "/heart/v1/lab/gw-1/status",
            " heart/v1/lab/gw-1/status",
            "heart/peripherals/raw",
            &long,
        ] {
            assert_eq!(Topic::parse(text), Err(RejectReason::Topic), "{text:?}");
        }
    }
}
