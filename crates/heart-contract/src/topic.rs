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
        let rest = text.strip_prefix(Self::ROOT).and_then(|rest| rest.strip_prefix('/'));
        let mut words = rest.ok_or(RejectReason::Topic)?.split('/');
        let mut word = || words.next();
        let (site, node) = (name(word())?, name(word())?);
        let kind = match (word(), word(), word()) {
            (Some("status"), None, None) => TopicKind::Status,
            (Some("catalogue"), None, None) => TopicKind::Catalogue,
            (Some("beat"), None, None) => TopicKind::Beat,
            (Some("command"), Some("resync"), None) => TopicKind::Resync,
            (Some("command"), Some("echo"), None) => TopicKind::Echo,
            (device, Some("report"), None) => TopicKind::Report(device_name(device)?),
            (device, Some("samples"), None) => TopicKind::Samples(device_name(device)?),
            _ => return Err(RejectReason::Topic),
        };
        Ok(Topic { site, node, kind })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/", Self::ROOT, self.site, self.node)?;
        match &self.kind {
            TopicKind::Status => f.write_str("status"),
            TopicKind::Catalogue => f.write_str("catalogue"),
            TopicKind::Beat => f.write_str("beat"),
            TopicKind::Resync => f.write_str("command/resync"),
            TopicKind::Echo => f.write_str("command/echo"),
            TopicKind::Report(device) => write!(f, "{device}/report"),
            TopicKind::Samples(device) => write!(f, "{device}/samples"),
        }
    }
}

fn name(word: Option<&str>) -> Result<Name, RejectReason> {
    Name::new(word.unwrap_or_default()).map_err(|_| RejectReason::Topic)
}

fn device_name(word: Option<&str>) -> Result<Name, RejectReason> {
    name(word).and_then(|device| {
        Topic::allows_device(&device).then_some(device).ok_or(RejectReason::Topic)
    })
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
