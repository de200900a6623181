//! One suite for every broker that a link may run over: real mosquitto, and the twin in memory.

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

mod bench;
#[expect(dead_code, reason = "shared with the traps, which use all of it")]
mod mosquitto;
mod suite;

use bench::Foreign;
use heart_link::{GatewayLink, GatewayOptions, LinkOptions, ReaderLink, ReaderOptions, TwinHub};
use mosquitto::Mosquitto;

/// A broker under test.
enum Broker {
    Mosquitto(Mosquitto),
    Twin(TwinHub),
}

impl Broker {
    fn link(&self) -> LinkOptions {
        match self {
            Broker::Mosquitto(broker) => broker.link(),
            Broker::Twin(_) => LinkOptions::default(),
        }
    }

    fn gateway(&self, node: &str, devices: &[&str]) -> GatewayLink {
        let options: GatewayOptions = bench::gateway_options(node, devices, self.link());
        match self {
            Broker::Mosquitto(_) => GatewayLink::start(options).unwrap(),
            Broker::Twin(hub) => GatewayLink::start_on(hub, options).unwrap(),
        }
    }

    fn reader(&self) -> bench::Eye {
        let options: ReaderOptions = bench::reader_options(self.link());
        bench::Eye::new(match self {
            Broker::Mosquitto(_) => ReaderLink::start(options).unwrap(),
            Broker::Twin(hub) => ReaderLink::start_on(hub, options).unwrap(),
        })
    }

    async fn foreign(&self, id: &str, filters: &[&str]) -> Foreign {
        match self {
            Broker::Mosquitto(broker) => Foreign::mqtt(&broker.link(), id, filters).await,
            Broker::Twin(hub) => Foreign::twin(hub, id, filters),
        }
    }

    fn kill(&mut self) {
        match self {
            Broker::Mosquitto(broker) => broker.kill(),
            Broker::Twin(hub) => hub.close(),
        }
    }

    fn start(&mut self) {
        match self {
            Broker::Mosquitto(broker) => broker.start(),
            Broker::Twin(hub) => hub.open(),
        }
    }
}

macro_rules! suite {
    ($($property:ident),+ $(,)?) => {
        mod over_mosquitto {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $property() {
                    let broker = super::Mosquitto::running("");
                    super::suite::$property(super::Broker::Mosquitto(broker)).await;
                }
            )+
        }

        mod over_the_twin {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $property() {
                    super::suite::$property(super::Broker::Twin(super::TwinHub::new())).await;
                }
            )+
        }
    };
}

suite!(
    two_presses_at_a_gateway_are_two_events_at_a_reader,
    birth_will_and_death_are_json_for_everyone,
    a_killed_broker_releases_what_is_held_and_its_return_shows_the_truth,
    a_broker_that_comes_late_is_waited_for,
    a_resync_is_answered_with_everything,
    a_removed_device_leaves_no_retained_report,
    of_two_gateways_of_one_name_the_younger_is_silent_until_the_elder_is_gone,
    nonsense_is_rejected_by_name_and_ends_nothing,
);
