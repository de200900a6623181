//! What `/readyz` of a gateway means. Pure.
//!
//! Two keys. `link`: what this gateway says reaches its broker. `devices`: at least one device is
//! running. A device that is missing does *not* make the gateway unready while another one runs:
//! an unplugged pad must not have the knob beside it restarted or taken out of service. Which
//! device is away, and why, stands in `/status`, in the catalogue that every reader has, and in
//! the metric `heart_device_state`.

use crate::status::{DeviceStatus, LinkState};

/// Whether what this gateway says reaches its broker; if not, what is waited for.
///
/// # Errors
/// The reason, for people.
pub fn link_ready(link: &LinkState, node: &str) -> Result<(), String> {
    if link.ready && !link.paused {
        return Ok(());
    }
    let broker = link.broker.as_deref().unwrap_or("the broker");
    let why = link.last_error.as_ref().map_or_else(String::new, |error| format!(": {error}"));
    Err(if link.paused {
        format!("duplicate: another gateway is node {node:?} and runs for longer; rename one")
    } else if link.connected {
        format!("connected to {broker}, not subscribed yet{why}")
    } else if why.is_empty() {
        format!("connecting to {broker}")
    } else {
        format!("no connection to {broker}{why}")
    })
}

/// Whether at least one device runs; if not, why each does not.
///
/// # Errors
/// The reasons, for people.
pub fn devices_ready(devices: &[DeviceStatus]) -> Result<(), String> {
    if devices.iter().any(DeviceStatus::is_running) {
        return Ok(());
    }
    let why = |device: &DeviceStatus| match device.detail.as_str() {
        "" => format!("{} is {}", device.device, device.state),
        detail => format!("{} is {}: {detail}", device.device, device.state),
    };
    Err(format!("none is running; {}", devices.iter().map(why).collect::<Vec<_>>().join("; ")))
}

#[cfg(test)]
mod tests {
    use heart_event::{DeviceInfo, DeviceState, Name, Report, Time};

    use super::*;

    fn link() -> LinkState {
        LinkState {
            connected: true,
            ready: true,
            paused: false,
            broker: Some("mqtt://127.0.0.1:1883".to_owned()),
            protocol: Some("5"),
            connection: 1,
            reconnects: 0,
            last_error: None,
        }
    }

    fn device(name: &str, state: DeviceState, detail: &str) -> DeviceStatus {
        let (name, kind) = (Name::new(name).unwrap(), Name::new("dial").unwrap());
        let (since, detail) = (Time::ZERO, detail.to_owned());
        let info = DeviceInfo { name, kind, state, since, detail };
        DeviceStatus::new(&info, Time::ZERO, &Report::default())
    }

    #[test]
    fn a_link_that_is_not_ready_says_what_it_waits_for() {
        assert_eq!(link_ready(&link(), "gw-1"), Ok(()));
        let waits = |state: &LinkState| link_ready(state, "gw-1").unwrap_err();
        let subscribing = LinkState { ready: false, ..link() };
        assert_eq!(waits(&subscribing), "connected to mqtt://127.0.0.1:1883, not subscribed yet");
        let first = LinkState { connected: false, ..subscribing };
        assert_eq!(waits(&first), "connecting to mqtt://127.0.0.1:1883");
        let refused = LinkState { last_error: Some("refused".to_owned()), ..first };
        assert_eq!(waits(&refused), "no connection to mqtt://127.0.0.1:1883: refused");
    }

    #[test]
    fn a_duplicate_is_not_ready_although_its_link_is() {
        let duplicate = LinkState { paused: true, ..link() };
        let why = link_ready(&duplicate, "gw-1").unwrap_err();
        assert!(why.starts_with("duplicate: another gateway is node \"gw-1\""), "{why}");
    }

    #[test]
    fn one_running_device_is_enough_and_without_any_each_says_why() {
        let gone = device("pad", DeviceState::Gone, "unplugged");
        let probing = device("knob", DeviceState::Probing, "");
        let running = device("hands", DeviceState::Running, "");
        assert_eq!(devices_ready(&[gone.clone(), running]), Ok(()));
        assert_eq!(
            devices_ready(&[gone, probing]),
            Err("none is running; pad is gone: unplugged; knob is probing".to_owned())
        );
    }
}
