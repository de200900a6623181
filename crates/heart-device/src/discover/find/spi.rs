//! SPI nodes. What hangs on one cannot be asked.

use crate::discover::access::{Access, User, trouble};
use crate::discover::stanza::{Names, Stanza, kind};
use crate::discover::{Bus, Found, Places, names_in};

/// Every node of the kernel; the most usual converter is suggested for each.
pub(in crate::discover) fn find(at: &Places, user: &User, names: &mut Names) -> Vec<Found> {
    let nodes = names_in(&at.sys.join("class/spidev"), "spidev");
    let one = |name: &String| {
        let node = at.dev.join(name);
        let mut found = Found::new(Bus::Spi, at.named(&node), "an SPI device; it cannot say which");
        found.trouble = trouble(at, &node, Access::ReadWrite, user, "spi");
        if let Some(kind) = kind("mcp3008") {
            let stanza = Stanza::new(kind, names).text("spi", &found.place);
            (found.kind, found.stanza) = stanza.end();
        }
        found
    };
    nodes.iter().map(one).collect()
}
