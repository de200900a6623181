//! LED outputs: a frame as LED bytes, sent by one of the protocols, kept alive, and faded when no
//! frame follows.
//!
//! Each runs on its output's thread. It never ends for a network or a bus that is away: that is
//! an error of one frame.

mod artnet;
pub(crate) mod config;
mod ddp;
mod e131;
pub(crate) mod hold;
mod multicast;
mod peer;
mod strip;

use std::num::NonZeroU16;
use std::time::Instant;

use heart_frame::{Frame, LedMap};
use metrics::Counter;
use thiserror::Error;

use crate::config::OutputConfig;
use crate::telemetry;
use crate::{OpenError, Origin};
use artnet::Artnet;
use config::{
    ARTNET_UNIVERSE_MAX, Apa102Config, ArtnetConfig, DdpConfig, E131_UNIVERSE_MAX, E131Config,
};
use ddp::Ddp;
use e131::E131;
use hold::{Hold, dim};
use multicast::Multicast;
use peer::{Peer, SendError};
use strip::{Strip, StripError};

/// Why LEDs were not lit.
#[derive(Debug, Error)]
pub(crate) enum LedError {
    #[error(transparent)]
    Send(#[from] SendError),
    #[error(transparent)]
    Strip(#[from] StripError),
}

/// LEDs behind one of the protocols.
#[derive(Debug)]
pub(crate) struct Leds {
    map: LedMap,
    /// Of the last frame.
    lit: Vec<u8>,
    /// The same, fading.
    faded: Vec<u8>,
    hold: Hold,
    wire: Wire,
    dimmed: Counter,
}

/// How LED bytes leave.
#[derive(Debug)]
enum Wire {
    Ddp(Ddp, Peer),
    E131(E131, Receivers),
    Artnet(Artnet, Peer),
    Strip(Strip),
}

/// Who gets universes.
#[derive(Debug)]
enum Receivers {
    /// Whoever listens to a universe's group.
    Multicast(Multicast),
    Listed(Vec<Peer>),
}

impl Leds {
    /// `None` where the kind has no LEDs.
    pub(crate) fn open(
        config: &OutputConfig,
        origin: &Origin<'_>,
    ) -> Result<Option<Self>, OpenError> {
        let Some(map) = led_map(config, origin)? else { return Ok(None) };
        let (bytes, kind) = (map.bytes(), config.kind());
        let peer =
            |host: &str, port: NonZeroU16| Peer::new(host, port.get(), telemetry::datagrams(kind));
        let (wire, hold_s) = match config {
            OutputConfig::Ddp(config) => {
                let peer = peer(&config.host, config.port);
                (Wire::Ddp(Ddp::new(config), peer), config.hold_s)
            }
            OutputConfig::E131(config) => {
                let receivers = if config.hosts.is_empty() {
                    let (interface, port) = (config.interface, config.port.get());
                    let sent = telemetry::datagrams(kind);
                    Receivers::Multicast(Multicast::new(interface, port, sent))
                } else {
                    let peers = config.hosts.iter().map(|host| peer(host, config.port));
                    Receivers::Listed(peers.collect())
                };
                (Wire::E131(E131::new(config, origin.node, bytes), receivers), config.hold_s)
            }
            OutputConfig::Artnet(config) => {
                let peer = peer(&config.host, config.port);
                (Wire::Artnet(Artnet::new(config, bytes), peer), config.hold_s)
            }
            OutputConfig::Apa102(config) => (Wire::Strip(Strip::new(config, bytes)), config.hold_s),
            _ => return Ok(None),
        };
        Ok(Some(Leds {
            lit: vec![0; bytes],
            faded: vec![0; bytes],
            map,
            hold: Hold::new(hold_s),
            wire,
            dimmed: telemetry::dimmed(kind),
        }))
    }

    /// Lights the LEDs.
    pub(crate) fn show(&mut self, frame: &Frame, now: Instant) -> Result<(), LedError> {
        if self.map.leds_from_frame(frame, &mut self.lit) {
            self.dimmed.increment(1);
        }
        self.hold.shown(now);
        self.wire.send(&self.lit, now)
    }

    /// When [`Leds::turn`] is wanted, if no frame comes first.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.hold.due()
    }

    /// Says the last frame again, darker where none followed for long.
    pub(crate) fn turn(&mut self, now: Instant) -> Result<(), LedError> {
        let level = self.hold.level(now);
        self.hold.said_again(now);
        let faded = self.faded.iter_mut().zip(&self.lit);
        faded.for_each(|(faded, lit)| *faded = dim(*lit, level));
        self.wire.send(&self.faded, now)
    }

    /// Says good-bye: E1.31 that the stream ends; a strip goes dark, since nothing behind it would
    /// notice that no frame comes any more.
    pub(crate) fn finish(&mut self, now: Instant) -> Result<(), LedError> {
        if self.hold.due().is_none() {
            // Nothing was ever lit.
            return Ok(());
        }
        match &mut self.wire {
            Wire::Ddp(..) | Wire::Artnet(..) => Ok(()),
            Wire::E131(e131, receivers) => {
                let lit = &self.lit;
                Ok(receivers.send_all(now, |send| e131.last_packets(lit, send))?)
            }
            Wire::Strip(strip) => {
                self.lit.fill(0);
                Ok(strip.send(&self.lit, now)?)
            }
        }
    }
}

impl Wire {
    fn send(&mut self, leds: &[u8], now: Instant) -> Result<(), LedError> {
        match self {
            Wire::Ddp(ddp, peer) => {
                peer.begin(now)?;
                ddp.packets(leds, |packet| peer.send(packet));
                peer.end(now)?;
            }
            Wire::E131(e131, receivers) => {
                receivers.send_all(now, |send| e131.packets(leds, send))?;
            }
            Wire::Artnet(artnet, peer) => {
                peer.begin(now)?;
                artnet.packets(leds, |packet| peer.send(packet));
                peer.end(now)?;
            }
            Wire::Strip(strip) => strip.send(leds, now)?,
        }
        Ok(())
    }
}

impl Receivers {
    /// Each packet once, to every receiver: those that are away keep nobody from the others. Of
    /// several errors, the first.
    fn send_all(
        &mut self,
        now: Instant,
        packets: impl FnOnce(&mut dyn FnMut(u16, &[u8])),
    ) -> Result<(), SendError> {
        match self {
            Receivers::Multicast(groups) => {
                groups.begin(now)?;
                packets(&mut |universe, packet| groups.send(universe, packet));
                groups.end()
            }
            Receivers::Listed(peers) => {
                let mut failed = None;
                for peer in &mut *peers {
                    failed = failed.or(peer.begin(now).err());
                }
                packets(&mut |_, packet| peers.iter_mut().for_each(|peer| peer.send(packet)));
                for peer in peers {
                    failed = failed.or(peer.end(now).err());
                }
                failed.map_or(Ok(()), Err)
            }
        }
    }
}

/// Which LEDs an output has; `None` where its kind has none.
pub(crate) fn led_map(
    config: &OutputConfig,
    origin: &Origin<'_>,
) -> Result<Option<LedMap>, OpenError> {
    let kind = config.kind();
    let panels = match config {
        OutputConfig::Ddp(DdpConfig { panels, .. })
        | OutputConfig::E131(E131Config { panels, .. })
        | OutputConfig::Artnet(ArtnetConfig { panels, .. })
        | OutputConfig::Apa102(Apa102Config { panels, .. }) => panels,
        _ => return Ok(None),
    };
    let map = match panels {
        None => LedMap::new(origin.wall),
        Some(places) => {
            let count = origin.wall.panels().len();
            LedMap::of_panels(origin.wall, places).ok_or(OpenError::Panels { kind, count })?
        }
    };
    if map.leds() == 0 {
        return Err(OpenError::NoLeds { kind });
    }
    let universes = |first: u16, last: u16, data_max: usize| {
        let needed = map.bytes().div_ceil(data_max);
        let fit = usize::from(last - first) + 1;
        if needed > fit { Err(OpenError::Universes { kind, first, last, needed }) } else { Ok(()) }
    };
    match config {
        OutputConfig::E131(config) => {
            universes(config.universe, E131_UNIVERSE_MAX, e131::DATA_MAX)?;
        }
        OutputConfig::Artnet(config) => {
            universes(config.universe, ARTNET_UNIVERSE_MAX, artnet::DATA_MAX)?;
        }
        _ => {}
    }
    Ok(Some(map))
}
