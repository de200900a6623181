//! The link's conformance suite over the embedded broker, in both versions of MQTT. It stands
//! here because its broker does; what it runs is heart-link's.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

#[path = "../../heart-link/tests/conformance/bench.rs"]
mod bench;
#[path = "../../heart-link/tests/conformance/broker.rs"]
#[expect(dead_code, reason = "shared with heart-link, which uses all of it")]
mod broker;
#[path = "../../heart-link/tests/conformance/facts.rs"]
mod facts;
#[path = "../../heart-link/tests/conformance/raw.rs"]
mod raw;
#[path = "../../heart-link/tests/conformance/suite.rs"]
#[expect(dead_code, reason = "shared with heart-link, which uses all of it")]
mod suite;

use broker::{Broker, Host};
use heart::broker::Broker as Embedded;
use heart_link::{LinkOptions, Protocol, Version};
use tokio::runtime::Runtime;

/// The broker in a runtime of its own, which takes all its connections with it.
struct Cage {
    port: u16,
    running: Option<(Runtime, Embedded)>,
}

impl Cage {
    fn new() -> Cage {
        let mut cage = Cage { port: bench::free_port(), running: None };
        cage.start();
        cage
    }
}

impl Host for Cage {
    fn link(&self) -> Option<LinkOptions> {
        let brokers = vec![format!("mqtt://127.0.0.1:{}", self.port)];
        Some(LinkOptions { brokers, ..LinkOptions::default() })
    }

    fn kill(&mut self) {
        self.running.take().into_iter().for_each(|(runtime, _)| runtime.shutdown_background());
    }

    fn start(&mut self) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
        // Not `block_on`: the tests are in a runtime themselves.
        let (told, started) = std::sync::mpsc::channel();
        let port = self.port;
        runtime.spawn(async move { told.send(Embedded::start_at(port, 16).await).unwrap() });
        self.running = Some((runtime, started.recv().unwrap().unwrap()));
    }
}

impl Drop for Cage {
    fn drop(&mut self) {
        self.kill();
    }
}

macro_rules! suite {
    ($($property:ident),+ $(,)?) => {
        suite!(in_mqtt_5, Protocol::Auto, Version::V5, $($property),+);
        suite!(in_mqtt_3_1_1, Protocol::V311, Version::V311, $($property),+);
    };
    ($module:ident, $protocol:expr, $speaks:expr, $($property:ident),+) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $property() {
                    let broker = Broker::new(Cage::new(), $protocol, Some($speaks));
                    let mut broker = broker.taking_little();
                    suite::$property(&mut broker).await;
                }
            )+
        }
    };
}

suite::every_property!(suite);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_embedded_broker_does_what_the_page_says() {
    let broker = Broker::new(Cage::new(), Protocol::Auto, Some(Version::V5));
    broker.is_what_the_page_says("embedded (mqtt5 0.49)");
}
