//! GPIO chips by their label, which stays the same when numbers change.

use std::ffi::CStr;
use std::io;
use std::os::fd::AsFd;
use std::path::Path;

use rustix::ioctl;

use crate::discover::access::{Access, User, trouble};
use crate::discover::stanza::{Names, Stanza, kind};
use crate::discover::{Bus, Found, Places, names_in};

/// What a chip says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chip {
    /// What the driver calls it, such as `pinctrl-bcm2711`.
    pub label: String,
    /// How many lines it has.
    pub lines: u32,
}

/// Asks chips. Sysfs does not tell a chip's label, only the chip does.
pub trait Labels {
    /// What the chip behind `node` says.
    ///
    /// # Errors
    /// It cannot be opened, or is no GPIO chip.
    fn chip(&self, node: &Path) -> io::Result<Chip>;
}

/// Asks the kernel (`GPIO_GET_CHIPINFO_IOCTL`, linux/gpio.h).
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

/// `struct gpiochip_info` of linux/gpio.h.
#[repr(C)]
struct ChipInfo {
    name: [u8; 32],
    label: [u8; 32],
    lines: u32,
}

impl Labels for Kernel {
    fn chip(&self, node: &Path) -> io::Result<Chip> {
        const CHIPINFO: ioctl::Opcode = ioctl::opcode::read::<ChipInfo>(0xb4, 0x01);
        let file = std::fs::OpenOptions::new().read(true).open(node)?;
        #[expect(unsafe_code, reason = "no crate of ours asks a chip for its label")]
        // SAFETY: the request writes one `gpiochip_info`, which `ChipInfo` repeats field by
        // field; `Getter` owns that much memory for the length of the call, and all of its bit
        // patterns are values. A node that is no GPIO chip answers ENOTTY and writes nothing.
        let info: ChipInfo =
            unsafe { ioctl::ioctl(file.as_fd(), ioctl::Getter::<CHIPINFO, ChipInfo>::new())? };
        let ChipInfo { name: _, label, lines } = info;
        let label = CStr::from_bytes_until_nul(&label).map(CStr::to_string_lossy);
        Ok(Chip { label: label.unwrap_or_default().into_owned(), lines })
    }
}

pub(in crate::discover) fn find(
    at: &Places,
    user: &User,
    labels: &dyn Labels,
    names: &mut Names,
) -> Vec<Found> {
    let chips = names_in(&at.dev, "gpiochip");
    chips.iter().map(|chip| one(at, &at.dev.join(chip), user, labels, names)).collect()
}

fn one(at: &Places, node: &Path, user: &User, labels: &dyn Labels, names: &mut Names) -> Found {
    let mut found = Found::new(Bus::Gpio, at.named(node), "a GPIO chip");
    found.trouble = trouble(at, node, Access::ReadWrite, user, "gpio");
    let chip = match labels.chip(node) {
        Ok(chip) => chip,
        Err(error) if found.trouble.is_none() => {
            return found.fact("label", format!("? ({error})"));
        }
        Err(_) => return found,
    };
    let mut found = found.fact("label", &chip.label).fact("lines", chip.lines.to_string());
    if let Some(kind) = kind("gpio_buttons") {
        // Which lines are buttons, nobody can know: an example.
        let stanza = Stanza::new(kind, names).text("chip", &chip.label);
        let stanza = stanza.raw("lines", "{ south = 17, east = 27 }");
        (found.kind, found.stanza) = stanza.end();
    }
    found
}
