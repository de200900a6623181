//! The workbench: Heart in one process, to see it and to try it.
//!
//! `heart demo` puts the whole path on one screen: an embedded broker on loopback, the gateway
//! and the renderer as their programs run them, both over real MQTT. `heart load` puts a thousand
//! gateways on a broker and measures what arrives. `heart latency` measures each hop of an
//! installation that runs. Nothing here is needed by an installation; the end-to-end tests of the
//! workspace live in this package.

pub mod broker;
pub mod demo;
pub mod latency;
pub mod load;
