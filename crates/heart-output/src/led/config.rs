//! The `[[output]]` tables of LED outputs: what each says, and what its values may be.

use std::fmt::Display;
use std::net::Ipv4Addr;
use std::num::NonZeroU16;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// `kind = "ddp"`: a controller that speaks the Distributed Display Protocol (WLED, FPP, Falcon).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DdpConfig {
    /// The controller's name or address.
    #[serde(deserialize_with = "host")]
    pub host: String,
    /// Its UDP port.
    #[serde(default = "ddp_port")]
    pub port: NonZeroU16,
    /// Its output device: 1 (the default one) to 249, or 255 (all); others are no displays.
    #[serde(default = "one", deserialize_with = "destination")]
    pub destination: u8,
    /// Where the first LED goes in the controller's buffer, in bytes: three an LED.
    #[serde(default)]
    pub offset: u32,
    /// The wall's panels that hang on this controller, by their places from 0, in the order of
    /// its chain; all if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<Vec<usize>>,
    /// Seconds that the last frame is kept when none follows, 1 to 86,400; then it fades to black.
    #[serde(default = "hold", deserialize_with = "hold_seconds")]
    pub hold_s: u32,
}

/// `kind = "e131"`: streaming ACN (ANSI E1.31-2018), by multicast or to a list of receivers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct E131Config {
    /// Names or addresses of receivers; multicast if there are none. At most 16.
    #[serde(default, deserialize_with = "hosts", skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Their UDP port.
    #[serde(default = "e131_port")]
    pub port: NonZeroU16,
    /// The universe of the first LED, 1 to 63,999; each further 170 LEDs take the next one.
    #[serde(default = "first_universe", deserialize_with = "e131_universe")]
    pub universe: u16,
    /// Which of several sources wins: 0 to 200, the highest.
    #[serde(default = "priority_default", deserialize_with = "priority")]
    pub priority: u8,
    /// Receivers show all universes together when a packet comes on this one, 1 to 63,999; each
    /// as it comes if not given.
    #[serde(default, deserialize_with = "sync_universe", skip_serializing_if = "Option::is_none")]
    pub sync_universe: Option<u16>,
    /// What consoles show as the source, at most 63 bytes; `heart` and the node if not given.
    #[serde(default, deserialize_with = "source", skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Address of the interface through which multicast leaves; the system's choice if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<Ipv4Addr>,
    /// As for DDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<Vec<usize>>,
    /// As for DDP.
    #[serde(default = "hold", deserialize_with = "hold_seconds")]
    pub hold_s: u32,
}

/// `kind = "artnet"`: a node that speaks Art-Net 4.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ArtnetConfig {
    /// The node's name or address.
    #[serde(deserialize_with = "host")]
    pub host: String,
    /// Its UDP port.
    #[serde(default = "artnet_port")]
    pub port: NonZeroU16,
    /// The Port-Address of the first LED, 0 to 32,767 (net, sub-net and universe as one number);
    /// each further 170 LEDs take the next one.
    #[serde(default, deserialize_with = "port_address")]
    pub universe: u16,
    /// Say after each frame that all of it is there (ArtSync).
    #[serde(default = "yes")]
    pub sync: bool,
    /// As for DDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<Vec<usize>>,
    /// As for DDP.
    #[serde(default = "hold", deserialize_with = "hold_seconds")]
    pub hold_s: u32,
}

/// `kind = "apa102"`: a strip of APA102, SK9822 or alike on a SPI bus of this host.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Apa102Config {
    /// The SPI device node.
    pub device: PathBuf,
    /// Clock, 100,000 to 32,000,000 Hz. Long strips and thin wires want less.
    #[serde(default = "four_megahertz", deserialize_with = "speed")]
    pub speed_hz: u32,
    /// The strip's own brightness for all LEDs, 0 to 31; it dims the current, not the bytes.
    #[serde(default = "thirty_one", deserialize_with = "brightness")]
    pub brightness: u8,
    /// In which order the strip wants its colours.
    #[serde(default)]
    pub order: ColourOrder,
    /// As for DDP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panels: Option<Vec<usize>>,
    /// As for DDP.
    #[serde(default = "hold", deserialize_with = "hold_seconds")]
    pub hold_s: u32,
}

/// In which order a strip wants its colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each name is its meaning")]
pub enum ColourOrder {
    Rgb,
    Rbg,
    Grb,
    Gbr,
    Brg,
    /// As in the data sheet of the APA102.
    #[default]
    Bgr,
}

impl ColourOrder {
    /// Which of red (0), green (1), blue (2) goes first, second, third.
    pub(crate) fn places(self) -> [usize; 3] {
        match self {
            ColourOrder::Rgb => [0, 1, 2],
            ColourOrder::Rbg => [0, 2, 1],
            ColourOrder::Grb => [1, 0, 2],
            ColourOrder::Gbr => [1, 2, 0],
            ColourOrder::Brg => [2, 0, 1],
            ColourOrder::Bgr => [2, 1, 0],
        }
    }
}

/// Receivers that one E1.31 output may have.
const HOSTS_MAX: usize = 16;
/// Bytes of a source name, without its terminating zero (ANSI E1.31-2018 §6.2.2).
const SOURCE_BYTES_MAX: usize = 63;
/// The last universe that carries data (§6.2.7).
pub(crate) const E131_UNIVERSE_MAX: u16 = 63_999;
/// The last 15-bit Port-Address.
pub(crate) const ARTNET_UNIVERSE_MAX: u16 = 0x7fff;

fn ddp_port() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(4048 - 1)
}

fn e131_port() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(5568 - 1)
}

fn artnet_port() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(6454 - 1)
}

fn one() -> u8 {
    1
}

fn first_universe() -> u16 {
    1
}

fn priority_default() -> u8 {
    100
}

fn yes() -> bool {
    true
}

fn four_megahertz() -> u32 {
    4_000_000
}

fn thirty_one() -> u8 {
    31
}

pub(crate) fn hold() -> u32 {
    10
}

fn host<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    checked_host("host", String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let hosts = Vec::<String>::deserialize(deserializer)?;
    if hosts.len() > HOSTS_MAX {
        let advice = "multicast reaches any number: leave `hosts` out";
        return Err(D::Error::custom(format_args!(
            "`hosts`: {} receivers; an output sends to at most {HOSTS_MAX}. {advice}",
            hosts.len()
        )));
    }
    let checked = hosts.into_iter().map(|host| checked_host("hosts", host));
    checked.collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// Only what can never be found is refused: a name that is not known now may be later.
fn checked_host(key: &str, host: String) -> Result<String, String> {
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let of_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if is_address || (!host.is_empty() && host.len() <= 253 && host.chars().all(of_name)) {
        return Ok(host);
    }
    let advice = if host.contains(':') { "; the port has a key of its own, `port`" } else { "" };
    Err(format!("`{key}`: {host:?} is no name or address of a host{advice}"))
}

fn source<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let source = String::deserialize(deserializer)?;
    if source.len() > SOURCE_BYTES_MAX || source.contains('\0') {
        let what =
            format!("`source`: {source:?} is longer than {SOURCE_BYTES_MAX} bytes, or has a zero");
        return Err(D::Error::custom(what));
    }
    Ok(Some(source))
}

fn destination<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    match u8::deserialize(deserializer)? {
        display @ (1..=245 | 247..=249 | 255) => Ok(display),
        other => Err(D::Error::custom(format_args!(
            "`destination`: {other} is no display of a DDP controller"
        ))),
    }
}

fn e131_universe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    within("universe", u16::deserialize(deserializer)?, 1, E131_UNIVERSE_MAX)
}

fn sync_universe<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    within("sync_universe", u16::deserialize(deserializer)?, 1, E131_UNIVERSE_MAX).map(Some)
}

fn port_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    within("universe", u16::deserialize(deserializer)?, 0, ARTNET_UNIVERSE_MAX)
}

fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    within("priority", u8::deserialize(deserializer)?, 0, 200)
}

fn speed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    within("speed_hz", u32::deserialize(deserializer)?, 100_000, 32_000_000)
}

fn brightness<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    within("brightness", u8::deserialize(deserializer)?, 0, 31)
}

pub(crate) fn hold_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    within("hold_s", u32::deserialize(deserializer)?, 1, 86_400)
}

/// Names the key: whoever reads a table by its `kind` no longer knows which one it was.
pub(crate) fn within<T: PartialOrd + Display, E: serde::de::Error>(
    key: &str,
    value: T,
    least: T,
    most: T,
) -> Result<T, E> {
    if (&least..=&most).contains(&&value) {
        return Ok(value);
    }
    Err(E::custom(format_args!("`{key}`: {value} is not within {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use crate::OutputConfig;

    fn parse(text: &str) -> Result<OutputConfig, String> {
        toml::from_str(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn a_host_is_enough_and_the_rest_is_what_the_standards_say() {
        let OutputConfig::Ddp(ddp) = parse("kind = 'ddp'\nhost = 'wled.local'").unwrap() else {
            panic!("another kind")
        };
        assert_eq!((ddp.port.get(), ddp.destination, ddp.offset, ddp.hold_s), (4048, 1, 0, 10));
        let OutputConfig::E131(e131) = parse("kind = 'e131'").unwrap() else { panic!() };
        assert_eq!((e131.port.get(), e131.universe, e131.priority), (5568, 1, 100));
        assert!(e131.hosts.is_empty() && e131.sync_universe.is_none());
        let OutputConfig::Artnet(artnet) = parse("kind = 'artnet'\nhost = '10.0.0.9'").unwrap()
        else {
            panic!("another kind")
        };
        assert_eq!((artnet.port.get(), artnet.universe, artnet.sync), (6454, 0, true));
        let strip = parse("kind = 'apa102'\ndevice = '/dev/spidev0.0'").unwrap();
        let OutputConfig::Apa102(strip) = strip else { panic!() };
        assert_eq!(
            (strip.speed_hz, strip.brightness, strip.order.places()),
            (4_000_000, 31, [2, 1, 0])
        );
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (text, said) in [
            ("kind = 'ddp'\nhost = '10.0.0.9:4048'", "a key of its own, `port`"),
            ("kind = 'ddp'\nhost = ''", "no name or address"),
            ("kind = 'ddp'\nhost = 'a b'", "no name or address"),
            ("kind = 'ddp'\nhost = 'a'\ndestination = 251", "251 is no display"),
            ("kind = 'ddp'\nhost = 'a'\nhold_s = 0", "0 is not within 1 to 86400"),
            ("kind = 'e131'\nuniverse = 0", "0 is not within 1 to 63999"),
            ("kind = 'e131'\nsync_universe = 64000", "64000 is not within 1 to 63999"),
            ("kind = 'e131'\npriority = 201", "201 is not within 0 to 200"),
            ("kind = 'artnet'\nhost = 'a'\nuniverse = 32768", "32768 is not within 0 to 32767"),
            ("kind = 'apa102'\ndevice = 'a'\nbrightness = 32", "32 is not within 0 to 31"),
            ("kind = 'apa102'\ndevice = 'a'\nspeed_hz = 5", "5 is not within 100000"),
            ("kind = 'e131'\nhost = 'a'", "unknown field `host`, expected one of `hosts`"),
        ] {
            let refused = parse(text).unwrap_err();
            assert!(refused.contains(said), "{text}: {refused}");
        }
        let source = format!("kind = 'e131'\nsource = '{}'", "x".repeat(64));
        assert!(parse(&source).unwrap_err().contains("longer than 63 bytes"));
        let many = format!("kind = 'e131'\nhosts = [{}]", "'a',".repeat(17));
        assert!(parse(&many).unwrap_err().contains("multicast reaches any number"));
        assert!(parse("kind = 'ddp'\nhost = 'fe80::1'").is_ok());
    }
}
