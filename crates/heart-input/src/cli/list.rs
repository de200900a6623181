//! `heart-input list`: what is plugged into this host, with the configuration to paste.

use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use heart_device::discover::{Bus, Found, Kernel, User, discover};
use heart_service::cli::say;
use heart_service::exit::Exit;

use super::Host;

/// Arguments of `list`.
#[derive(Clone, Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    host: Host,
}

impl List {
    pub(super) fn show(&self) -> ExitCode {
        let at = self.host.places();
        let found = discover(&at, &User::current(&at), &Kernel);
        if self.host.json {
            say(&format!("{:#}\n", serde_json::json!({ "found": found })));
        } else {
            say(&text(&found));
        }
        Exit::Ok.into()
    }
}

/// For people: a heading for each bus, and under each thing what it says and what to paste.
fn text(found: &[Found]) -> String {
    let mut text = String::new();
    for bus in Bus::ALL {
        let here: Vec<&Found> = found.iter().filter(|found| found.bus == bus).collect();
        // Writing to a string does not fail, here and below.
        let _ = match here.is_empty() {
            true => writeln!(text, "{}: none", bus.title()),
            false => writeln!(text, "{}:", bus.title()),
        };
        here.iter().for_each(|found| one(found, &mut text));
    }
    if found.iter().all(|found| found.stanza.is_none()) {
        text.push_str(
            "\nNothing here that a device of this version reads. Hands without hardware:\n\n\
             [[device]]\nname = \"hands\"\nkind = \"simulated\"\nseed = 7\n",
        );
    }
    text
}

fn one(found: &Found, text: &mut String) {
    let Found { place, what, facts, stanza, trouble, .. } = found;
    let _ = writeln!(text, "  {place}: {what}");
    for (name, value) in facts {
        let _ = writeln!(text, "    {name}: {value}");
    }
    if let Some(trouble) = trouble {
        let _ = writeln!(text, "    {}\n      fix: {}", trouble.what, trouble.fix);
    }
    if let Some(stanza) = stanza {
        let _ = writeln!(text, "\n{stanza}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_without_anything_is_told_how_to_begin() {
        let told = text(&[]);
        assert!(told.starts_with("Linux input devices: none\nserial ports: none\n"), "{told}");
        assert!(told.contains("kind = \"simulated\""), "{told}");
    }
}
