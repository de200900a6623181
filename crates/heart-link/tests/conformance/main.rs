//! One suite for every broker that a link may run over: real ones, each in the MQTT that it
//! speaks, and the twin in memory. The embedded broker is put through it in `heart`, which has
//! its door (crates/heart/tests/embedded.rs).

#![expect(clippy::unwrap_used, reason = "in a test, also in what its tests share")]

mod bench;
#[expect(dead_code, reason = "shared with the embedded broker's, which uses the rest")]
mod broker;
mod facts;
mod raw;
#[expect(dead_code, reason = "shared with the traps, which use all of it")]
mod server;
mod suite;

use broker::{Broker, Host};
use heart_link::{LinkOptions, Protocol, TwinHub, Version};
use server::Server;

impl Host for Server {
    fn link(&self) -> Option<LinkOptions> {
        Some(Server::link(self))
    }

    fn kill(&mut self) {
        Server::kill(self);
    }

    fn start(&mut self) {
        Server::start(self);
    }
}

/// A broker that is not started yet.
fn absent(name: &'static str, protocol: Protocol, speaks: Version) -> Broker {
    Broker::new(Server::absent(name, ""), protocol, Some(speaks))
}

fn running(name: &'static str, protocol: Protocol, speaks: Version) -> Broker {
    Broker::new(Server::running(name, ""), protocol, Some(speaks))
}

macro_rules! suite {
    ($($property:ident),+ $(,)?) => {
        suite!(over_mosquitto, running("mosquitto", Protocol::Auto, Version::V5), $($property),+);
        suite!(
            over_mosquitto_in_mqtt_3_1_1,
            running("mosquitto", Protocol::V311, Version::V311),
            $($property),+
        );
        suite!(
            over_nats,
            running("nats", Protocol::Auto, Version::V311),
            $($property),+
        );
        suite!(
            over_the_twin,
            Broker::new(TwinHub::new(), Protocol::Auto, None),
            $($property),+
        );
    };
    ($module:ident, $broker:expr, $($property:ident),+) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $property() {
                    suite::$property(&mut $broker).await;
                }
            )+
        }
    };
}

suite::every_property!(suite);

/// The suite over one broker, for one that takes ten seconds to start: each property on its own
/// site, the first before it is started, the last with its death.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_rabbitmq_all_holds_but_that_retained_reports_of_removed_devices_stay() {
    let broker = absent("rabbitmq", Protocol::Auto, Version::V311);
    let mut broker = broker.forgetting_wildcards();
    suite::a_broker_that_comes_late_is_waited_for(&mut broker).await;
    broker.is_what_the_page_says("RabbitMQ 3.10.8");
    macro_rules! all {
        ($($property:ident),+ $(,)?) => {
            $(
                println!(stringify!($property));
                broker.move_on();
                suite::$property(&mut broker).await;
            )+
        };
    }
    all!(
        two_presses_at_a_gateway_are_two_events_at_a_reader,
        birth_will_and_death_are_json_for_everyone,
        a_reader_that_comes_late_knows_what_is_held_without_an_event,
        a_resync_is_answered_with_everything,
        a_removed_devices_report_that_is_kept_deceives_nobody,
        of_two_gateways_of_one_name_the_younger_is_silent_until_the_elder_is_gone,
        nonsense_is_rejected_by_name_and_ends_nothing,
        a_killed_broker_releases_what_is_held_and_its_return_shows_the_truth,
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mosquitto_does_what_the_page_says() {
    let broker = running("mosquitto", Protocol::Auto, Version::V5);
    broker.is_what_the_page_says("Mosquitto 2.0.11");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_does_what_the_page_says() {
    let broker = running("nats", Protocol::Auto, Version::V311);
    broker.is_what_the_page_says("NATS 2.9.10");
}
