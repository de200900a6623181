//! Where a chip is: `i2c` with `address`, `spi`, or `simulated`; and the settings of every kind
//! that is a chip.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Chip, Transfer, attach, i2c, spi};
use crate::bus::Rig;
use crate::config::{Problem, Settings, Wrong};
use crate::outlet::Outlet;
use crate::parts::{Life, Part, PartError};
use crate::twin::chip::{Model, ModelPort};
use crate::twin::{Twin, TwinConfig};

/// The keys that say where a chip is, on I2C.
pub(crate) const I2C_KEYS: &[&str] = &["i2c", "address", "simulated"];
/// The keys that say where a chip is, on SPI.
pub(crate) const SPI_KEYS: &[&str] = &["spi", "speed_hz", "simulated"];
/// Fastest SPI clock that is taken, Hz.
const SPEED_MAX: u32 = 50_000_000;

/// On which buses a kind of chip can hang.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buses {
    /// Its I2C addresses, the usual one first; empty if it has no I2C.
    pub(crate) i2c: &'static [u8],
    /// Its SPI mode (0 to 3) and usual clock, Hz; `None` if it has no SPI.
    pub(crate) spi: Option<(u8, u32)>,
}

/// A kind that is a chip on a bus. Its keys besides those of [`At`] are the implementor's fields.
pub(crate) trait ChipKind: DeserializeOwned + fmt::Debug + Send + Sync + 'static {
    /// Where it can hang.
    const BUSES: Buses;
    /// What seeded hands of its twin play if nothing is said: words of controls.
    const HANDS: &'static [&'static str];

    /// Told `address` as it is written, before anything else is asked: for kinds that are
    /// another chip at another address.
    fn at_address(&mut self, _: Option<u8>) {}

    /// What must hold of its own keys.
    fn check(&self) -> Result<(), Wrong> {
        Ok(())
    }

    /// The chip for one life.
    fn chip(&self) -> Box<dyn Chip>;

    /// Its twin: the registers of such a chip, fresh from power-on.
    fn model(&self) -> Box<dyn Model>;
}

/// `i2c`, `address`, `spi`, `speed_hz`, `simulated` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AtConfig {
    i2c: Option<PathBuf>,
    address: Option<u8>,
    spi: Option<PathBuf>,
    speed_hz: Option<u32>,
    simulated: Option<TwinConfig>,
}

/// All keys of a kind that is a chip.
#[derive(Debug)]
pub(crate) struct ChipSettings<K> {
    pub(crate) at: AtConfig,
    pub(crate) kind: Arc<K>,
}

impl<K: ChipKind> Settings for ChipSettings<K> {
    fn place(&self) -> Option<(&'static str, String)> {
        let At { wire, .. } = self.at.check::<K>().ok()?;
        let key = match wire {
            WireAt::I2c { .. } => "address",
            WireAt::Spi { .. } => "spi",
            WireAt::Simulated => return None,
        };
        Some((key, wire.to_string()))
    }

    fn part(&self, folder: &Path) -> Result<Arc<dyn Part>, Wrong> {
        let mut at = self.at.check::<K>()?;
        self.kind.check()?;
        if let Some(twin) = &self.at.simulated {
            let kind = Arc::clone(&self.kind);
            let twin = Arc::new(Twin::new(twin, K::HANDS, folder)?);
            at.twin = Some((twin, Arc::new(move || kind.model())));
        }
        Ok(Arc::new(ChipPart { at: Arc::new(at), kind: Arc::clone(&self.kind) }))
    }
}

impl AtConfig {
    /// `address` as written.
    pub(crate) fn address(&self) -> Option<u8> {
        self.address
    }

    fn check<K: ChipKind>(&self) -> Result<At, Wrong> {
        let Buses { i2c: addresses, spi: bus } = K::BUSES;
        let wire = match (&self.i2c, &self.spi, &self.simulated) {
            (Some(path), None, None) => {
                let address = self.address.or(addresses.first().copied()).unwrap_or(0);
                if !(0x08..=0x77).contains(&address) {
                    let what = format!("{address:#04x} is no 7-bit address (0x08 to 0x77)");
                    return Err(("address", Problem::Value(what)));
                }
                WireAt::I2c { path: path.clone(), address }
            }
            (None, Some(path), None) => {
                let (mode, usual) = bus.unwrap_or_default();
                let speed_hz = self.speed_hz.unwrap_or(usual);
                if !(1..=SPEED_MAX).contains(&speed_hz) {
                    let what = format!("{speed_hz} is not between 1 and {SPEED_MAX}");
                    return Err(("speed_hz", Problem::Value(what)));
                }
                WireAt::Spi { path: path.clone(), mode, speed_hz }
            }
            (None, None, Some(_)) => WireAt::Simulated,
            _ => {
                return Err((
                    if addresses.is_empty() { "spi" } else { "i2c" },
                    Self::one_of::<K>(),
                ));
            }
        };
        let unused = match wire {
            WireAt::I2c { .. } => self.speed_hz.map(|_| ("speed_hz", "it goes with `spi`")),
            WireAt::Spi { .. } => self.address.map(|_| ("address", "it goes with `i2c`")),
            // Kept beside `simulated`, so that hardware can be exchanged for its twin by one key.
            WireAt::Simulated => None,
        };
        match unused {
            Some((key, what)) => Err((key, Problem::Value(what.to_owned()))),
            None => Ok(At { wire, spi: bus.is_some() && addresses.is_empty(), twin: None }),
        }
    }

    fn one_of<K: ChipKind>() -> Problem {
        match (K::BUSES.i2c.is_empty(), K::BUSES.spi.is_some()) {
            (false, true) => {
                Problem::Value("give exactly one of `i2c`, `spi` and `simulated`".into())
            }
            (true, _) => Problem::OneOf("spi", "simulated"),
            (false, false) => Problem::OneOf("i2c", "simulated"),
        }
    }
}

/// Where one chip is, checked.
#[derive(Clone)]
pub(crate) struct At {
    wire: WireAt,
    /// A simulated chip that speaks SPI.
    spi: bool,
    twin: Option<(Arc<Twin>, MakeModel)>,
}

type MakeModel = Arc<dyn Fn() -> Box<dyn Model> + Send + Sync>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum WireAt {
    I2c { path: PathBuf, address: u8 },
    Spi { path: PathBuf, mode: u8, speed_hz: u32 },
    Simulated,
}

impl At {
    /// The name of the bus, whose thread serves the chip. All chip selects of one SPI controller
    /// are one bus; so are all simulated chips.
    pub(super) fn bus(&self) -> String {
        match &self.wire {
            WireAt::I2c { path, .. } => path.display().to_string(),
            WireAt::Spi { path, .. } => {
                let path = path.display().to_string();
                path.rsplit_once('.').map_or(path.clone(), |(controller, _)| controller.to_owned())
            }
            WireAt::Simulated => "simulated".to_owned(),
        }
    }

    /// Opens the way to the chip, on the bus thread.
    pub(super) fn open(&self, say: &Outlet) -> Result<Box<dyn Transfer>, PartError> {
        let place = self.to_string();
        match (&self.wire, &self.twin) {
            (WireAt::I2c { path, address }, _) => i2c::open(path, *address, &place),
            (WireAt::Spi { path, mode, speed_hz }, _) => spi::open(path, *mode, *speed_hz, &place),
            (WireAt::Simulated, Some((twin, model))) => {
                let (twin, clock) = (Arc::clone(twin), say.clock());
                Ok(Box::new(ModelPort::new(twin, model(), clock, self.spi)))
            }
            (WireAt::Simulated, None) => Err(PartError::Absent { place }),
        }
    }

    /// Whether the bus is there. Whether the chip is, only a transaction can tell.
    fn is_there(&self, rig: &Rig) -> bool {
        match (&self.wire, &self.twin) {
            (WireAt::I2c { path, .. } | WireAt::Spi { path, .. }, _) => path.exists(),
            (WireAt::Simulated, Some((twin, _))) => twin.is_there(rig.clock.now()),
            (WireAt::Simulated, None) => false,
        }
    }
}

impl fmt::Debug for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.wire, f)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.wire, f)
    }
}

impl fmt::Display for WireAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireAt::I2c { path, address } => write!(f, "{} address {address:#04x}", path.display()),
            WireAt::Spi { path, .. } => write!(f, "{}", path.display()),
            WireAt::Simulated => f.write_str("the simulated chip"),
        }
    }
}

/// A chip as a part.
struct ChipPart<K> {
    at: Arc<At>,
    kind: Arc<K>,
}

impl<K: fmt::Debug> fmt::Debug for ChipPart<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChipPart").field("at", &self.at).field("kind", &self.kind).finish()
    }
}

impl<K: ChipKind> Part for ChipPart<K> {
    fn run(self: Arc<Self>, outlet: Outlet, rig: Rig) -> Life {
        Box::pin(async move {
            let (at, chip) = (Arc::clone(&self.at), self.kind.chip());
            attach(at, chip, outlet, &rig.threads).await
        })
    }

    fn is_there(&self, rig: &Rig) -> bool {
        self.at.is_there(rig)
    }
}
