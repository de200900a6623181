//! The `[[output]]` tables.

use std::num::NonZeroU32;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

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
    /// A window on this host's screen. It is opened by the renderer, which has what draws it.
    Window(WindowConfig),
}

/// An `[[output]]` of kind `window`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WindowConfig {
    /// Pixels of the screen per pixel of the wall, 1 to 64; what fits on the screen if not given.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "scale_of_window"
    )]
    pub scale: Option<NonZeroU32>,
    /// How a pixel looks.
    #[serde(default)]
    pub look: Look,
    /// Fill the screen; F11 changes it.
    #[serde(default)]
    pub fullscreen: bool,
    /// Show a line about the renderer below the picture; F1 changes it.
    #[serde(default = "yes")]
    pub hud: bool,
    /// What stands in the title bar; `Heart` and the node's name if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Let the keys that are typed into the window be input.
    #[serde(default = "yes")]
    pub keyboard: bool,
}

/// How a pixel of the wall looks in a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// A round dot with a soft halo on black.
    #[default]
    Led,
    /// A square.
    Plain,
}

/// Pixels of the screen per pixel of the wall at most: a face of 64 then fills any screen.
pub const WINDOW_SCALE_MAX: u32 = 64;

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
            OutputConfig::Window(_) => "window",
        }
    }
}

fn thirty() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(29)
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

fn yes() -> bool {
    true
}

fn scale_of_window<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NonZeroU32>, D::Error> {
    let scale = NonZeroU32::deserialize(deserializer)?;
    if scale.get() > WINDOW_SCALE_MAX {
        return Err(D::Error::custom(format_args!(
            "{scale} is not within 1 to {WINDOW_SCALE_MAX}"
        )));
    }
    Ok(Some(scale))
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
    fn a_window_needs_no_further_word_and_refuses_what_it_does_not_know() {
        let [OutputConfig::Window(window)] = &parse("kind = 'window'").unwrap()[..] else {
            panic!("it is a window")
        };
        assert!(window.hud && window.keyboard && !window.fullscreen);
        assert_eq!((window.look, window.scale, &window.title), (Look::Led, None, &None));
        let [OutputConfig::Window(window)] =
            &parse("kind = 'window'\nscale = 5\nlook = 'plain'\ntitle = 'x'").unwrap()[..]
        else {
            panic!("it is a window")
        };
        assert_eq!((window.look, window.scale), (Look::Plain, NonZeroU32::new(5)));
        for (wrong, why) in [
            ("scale = 0", "nonzero"),
            ("scale = 65", "65 is not within 1 to 64"),
            ("look = 'round'", "unknown variant `round`"),
            ("fps = 30", "unknown field `fps`"),
        ] {
            let error = parse(&format!("kind = 'window'\n{wrong}")).unwrap_err();
            assert!(error.contains(why), "{wrong}: {error}");
        }
    }

    #[test]
    fn unknown_kinds_and_keys_are_errors() {
        assert!(parse("kind = 'lamp'").unwrap_err().contains("unknown variant `lamp`"));
        assert!(parse("kind = 'none'\nfile = 'x'").unwrap_err().contains("unknown field `file`"));
        assert!(parse("kind = 'png'").unwrap_err().contains("missing field `file`"));
        assert!(parse("kind = 'terminal'\nfps = 0").is_err());
    }
}
