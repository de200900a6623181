//! The gateway as a library: how `heart demo` runs it, beside a broker in memory.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;
use std::time::Duration;

use heart_contract::{Status, StatusState, decode_report};
use heart_device::Device;
use heart_event::{Keys, Name};
use heart_input::config::SPEC;
use heart_input::{Gateway, GatewayError, InputConfig, SetupError};
use heart_link::{TwinClient, TwinHub};
use heart_service::config::load_from;

/// Wide: it only ends a test that has failed anyway.
const BOUND: Duration = Duration::from_secs(60);

fn config() -> InputConfig {
    let variables = [("HEART_INPUT__SITE", "lab"), ("HEART_INPUT__NODE", "demo")];
    let variables: Vec<(OsString, OsString)> =
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    load_from(&SPEC, None, &variables, &[]).unwrap().value
}

/// The next message on `topic` (below the node) that `fits`.
async fn wait(client: &mut TwinClient, topic: &str, fits: impl Fn(&[u8]) -> bool) {
    let found = async {
        loop {
            let message = client.receive().await.unwrap();
            if message.topic.strip_prefix("heart/v1/lab/demo/") == Some(topic)
                && fits(&message.payload)
            {
                return;
            }
        }
    };
    tokio::time::timeout(BOUND, found).await.unwrap_or_else(|_| panic!("nothing on {topic}"));
}

fn held(payload: &[u8]) -> bool {
    let (node, keys) = (Name::new("demo").unwrap(), Name::new("keys").unwrap());
    decode_report(&node, &keys, payload).unwrap().buttons().any(|button| button.pressed)
}

fn is(state: StatusState) -> impl Fn(&[u8]) -> bool {
    move |payload| Status::from_json(payload).is_ok_and(|status| status.state == state)
}

#[tokio::test]
async fn a_program_plays_its_own_device_and_nothing_stays_pressed_when_it_stops() {
    let hub = TwinHub::new();
    let mut client = hub.connect("reader", None).unwrap();
    client.subscribe("heart/v1/lab/demo/status");
    client.subscribe("heart/v1/lab/demo/keys/report");
    let (keys, injector) = Device::injected(Name::new("keys").unwrap());
    let gateway = Gateway::start_on(&hub, &config(), None, vec![keys]).unwrap();
    wait(&mut client, "status", is(StatusState::Online)).await;
    let press = async {
        while !injector.now().is_some_and(|now| injector.tell(|keys| keys.press(Keys::SOUTH, now)))
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(BOUND, press).await.unwrap();
    wait(&mut client, "keys/report", held).await;
    let status = gateway.status();
    assert_eq!((status.link.ready, status.devices[0].kind.as_str()), (true, "injected"));
    assert_eq!(status.devices[0].held, ["south"]);

    let watcher = gateway.watcher();
    gateway.stop().await;
    wait(&mut client, "keys/report", |payload| !held(payload)).await;
    wait(&mut client, "status", is(StatusState::Offline)).await;
    let status = watcher.status();
    assert_eq!((status.link.connected, status.devices[0].state), (false, "gone"));
    assert!(status.devices[0].held.is_empty());
    assert_eq!(watcher.turned_at(), None);
}

#[tokio::test]
async fn a_gateway_without_any_device_is_refused() {
    let started = Gateway::start_on(&TwinHub::new(), &config(), None, Vec::new());
    assert!(matches!(started.err(), Some(GatewayError::Setup(SetupError::NoDevice))));
}

#[tokio::test]
async fn a_device_of_the_program_may_not_have_the_name_of_another() {
    let device = |name| Device::injected(Name::new(name).unwrap()).0;
    let twice = vec![device("keys"), device("keys")];
    assert!(Gateway::start_on(&TwinHub::new(), &config(), None, twice).is_err());
}
