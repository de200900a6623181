//! What `/status` says: one snapshot of the gateway, as JSON for people and scripts.
//!
//! Plain data. Key names are part of the program's interface: tests and dashboards read them.

use heart_event::{Code, DeviceInfo, DeviceState, Keys, Report, Time};
use heart_link::{LinkStatus, Version};
use serde::Serialize;

/// The gateway at one instant.
#[derive(Clone, Debug, Serialize)]
pub struct GatewayStatus {
    /// The program's version.
    pub version: &'static str,
    /// The installation.
    pub site: String,
    /// This gateway.
    pub node: String,
    /// This run: 16 hexadecimal digits.
    pub session: String,
    /// The way to the broker.
    pub link: LinkState,
    /// Every device, in the order of the configuration.
    pub devices: Vec<DeviceStatus>,
    /// Totals since the start.
    pub counts: Counts,
}

/// The way to the broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkState {
    /// A broker accepted the connection.
    pub connected: bool,
    /// Connected, subscribed and not paused.
    pub ready: bool,
    /// Silent because another gateway has this node's name (design §4 rule 15).
    pub paused: bool,
    /// The broker that it talks to, or tried last; `None` before the first try.
    pub broker: Option<String>,
    /// The MQTT that it speaks there, `5` or `3.1.1`, or spoke last; `None` before the first
    /// connect.
    pub protocol: Option<&'static str>,
    /// Connects within this session, from 1; 0 before the first.
    pub connection: u32,
    /// Connections lost or refused and tried again.
    pub reconnects: u64,
    /// What is wrong with the connection, or why there is none.
    pub last_error: Option<String>,
}

/// One device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceStatus {
    /// Its name.
    pub device: String,
    /// Its kind.
    pub kind: String,
    /// `probing`, `running`, `faulted` or `gone`.
    pub state: &'static str,
    /// How long it has been in that state, whole seconds.
    pub since_s: u64,
    /// Why it is not running; empty while it is.
    pub detail: String,
    /// What is pressed now, by word (`south`), or by number (`0x2c1`) where there is no word.
    pub held: Vec<String>,
    /// Positions of its encoders, in the report's order.
    pub encoders: Vec<i32>,
}

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Reports that devices gave to the link.
    pub reports: u64,
    /// Batches of samples that devices gave to the link.
    pub samples: u64,
}

impl DeviceStatus {
    pub(crate) fn new(info: &DeviceInfo, now: Time, report: &Report) -> Self {
        let held = report.buttons.iter().filter(|button| button.pressed);
        DeviceStatus {
            device: info.name.to_string(),
            kind: info.kind.to_string(),
            state: info.state.word(),
            since_s: now.since(info.since).as_secs(),
            detail: info.detail.clone(),
            held: held.map(|button| word(button.code)).collect(),
            encoders: report.encoders.iter().map(|encoder| encoder.position).collect(),
        }
    }

    /// Whether it can press anything.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == DeviceState::Running.word()
    }
}

impl From<LinkStatus> for LinkState {
    fn from(link: LinkStatus) -> Self {
        LinkState {
            connected: link.connected,
            ready: link.ready,
            paused: link.paused,
            broker: link.broker,
            protocol: link.version.map(Version::word),
            connection: link.connection,
            reconnects: link.reconnects,
            last_error: link.last_error,
        }
    }
}

fn word(code: Code) -> String {
    Keys::word(code).map_or_else(|| format!("{:#x}", code.0), str::to_owned)
}

#[cfg(test)]
mod tests {
    use heart_event::{Button, Encoder, Name};

    use super::*;

    #[test]
    fn what_is_held_is_told_by_word_or_else_by_number() {
        let button = |code, pressed| Button { code: Code(code), pressed, ..Button::default() };
        let report = Report {
            buttons: vec![button(0x130, true), button(0x131, false), button(0x2ff, true)],
            encoders: vec![Encoder { position: -3, ..Encoder::default() }],
            ..Report::default()
        };
        let info = DeviceInfo {
            name: Name::new("pad").unwrap(),
            kind: Name::new("gamepad").unwrap(),
            state: DeviceState::Running,
            since: Time::from_millis(1000),
            detail: String::new(),
        };
        let told = DeviceStatus::new(&info, Time::from_millis(3999), &report);
        assert_eq!(
            serde_json::to_value(&told).unwrap(),
            serde_json::json!({
                "device": "pad", "kind": "gamepad", "state": "running", "since_s": 2,
                "detail": "", "held": ["south", "0x2ff"], "encoders": [-3],
            })
        );
    }
}
