//! The `[[output]]` tables.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::apng::ApngConfig;
use crate::led::config::{Apa102Config, ArtnetConfig, DdpConfig, E131Config};
use crate::socket::SocketConfig;

/// One `[[output]]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutputConfig {
    /// Takes frames and shows them to nobody: for measuring, and for machines without outputs.
    // Not a unit variant: serde would let unknown keys pass beside one.
    None {},
    /// Half blocks in 24-bit colour on stdout.
    Terminal {
        /// Draw on the alternate screen, so that what stood there before comes back at the end.
        #[serde(default)]
        alternate_screen: bool,
        /// Frames a second at most, from 1.
        #[serde(default = "thirty")]
        fps: NonZeroU32,
    },
    /// A PNG file: the last frame at the end, and on the way if `every_s` says so.
    Png {
        /// Where. The folder must exist; a reader never sees half a file.
        file: PathBuf,
        /// Also write the current frame every so many seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        every_s: Option<NonZeroU32>,
        /// Each pixel becomes a square of this side, 1 to 16.
        #[serde(default = "one")]
        scale: NonZeroU32,
    },
    /// An animated PNG of the next seconds.
    Apng(ApngConfig),
    /// LEDs behind a controller that speaks DDP.
    Ddp(DdpConfig),
    /// LEDs behind receivers of E1.31 (streaming ACN).
    E131(E131Config),
    /// LEDs behind a node that speaks Art-Net 4.
    Artnet(ArtnetConfig),
    /// A strip on a SPI bus of this host.
    Apa102(Apa102Config),
    /// A Unix socket for other programs on this host.
    Socket(SocketConfig),
}

impl OutputConfig {
    /// Its kind, as it is configured, counted and logged.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            OutputConfig::None {} => "none",
            OutputConfig::Terminal { .. } => "terminal",
            OutputConfig::Png { .. } => "png",
            OutputConfig::Apng(_) => "apng",
            OutputConfig::Ddp(_) => "ddp",
            OutputConfig::E131(_) => "e131",
            OutputConfig::Artnet(_) => "artnet",
            OutputConfig::Apa102(_) => "apa102",
            OutputConfig::Socket(_) => "socket",
        }
    }
}

fn thirty() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(29)
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Table {
        output: Vec<OutputConfig>,
    }

    fn parse(text: &str) -> Result<Vec<OutputConfig>, String> {
        let table: Result<Table, _> = toml::from_str(&format!("[[output]]\n{text}"));
        table.map(|table| table.output).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn each_kind_is_read() {
        assert_eq!(parse("kind = 'none'").unwrap(), [OutputConfig::None {}]);
        let terminal = OutputConfig::Terminal { alternate_screen: false, fps: thirty() };
        assert_eq!(parse("kind = 'terminal'").unwrap(), [terminal]);
        let every_s = NonZeroU32::new(5);
        let png = OutputConfig::Png { file: "a.png".into(), every_s, scale: one() };
        assert_eq!(parse("kind = 'png'\nfile = 'a.png'\nevery_s = 5").unwrap(), [png]);
    }

    #[test]
    fn unknown_kinds_and_keys_are_errors() {
        assert!(parse("kind = 'lamp'").unwrap_err().contains("unknown variant `lamp`"));
        assert!(parse("kind = 'none'\nfile = 'x'").unwrap_err().contains("unknown field `file`"));
        assert!(parse("kind = 'png'").unwrap_err().contains("missing field `file`"));
        assert!(parse("kind = 'terminal'\nfps = 0").is_err());
    }
}
