//! `heart-input phone`: how to join the phones' page of the gateway that runs on this host.

use std::io::Write as _;
use std::process::ExitCode;

use heart_service::Loaded;
use heart_service::exit::{self, Exit};
use thiserror::Error;

use crate::config::{InputConfig, SPEC};

/// Why there is nothing to show.
#[derive(Debug, Error)]
enum NoInvitation {
    #[error("no device of kind `phone` is configured; docs/peripherals.md has one to paste")]
    NoPhone,
    #[error(
        "device \"{device}\": no invitation is kept; the gateway must run on this host, and \
         this must be its user or root (key `invite_file` says where it is kept)"
    )]
    NotKept {
        device: String,
        #[source]
        source: std::io::Error,
    },
}

/// Draws the present QR code of every phone device, with its address.
pub(super) fn show(loaded: &Loaded<InputConfig>) -> ExitCode {
    let devices = match loaded.value.devices(loaded.file.as_deref()) {
        Ok(devices) => devices,
        Err(error) => return exit::report(SPEC.program, &error, Exit::Config),
    };
    let found = devices.iter().filter_map(|device| Some((device.name(), device.invitation()?)));
    let mut text = String::new();
    for (name, invitation) in found {
        let invitation = match invitation {
            Ok(invitation) => invitation,
            Err(source) => {
                let error = NoInvitation::NotKept { device: name.to_string(), source };
                return exit::report(SPEC.program, &error, Exit::Unavailable);
            }
        };
        let drawing = invitation.qr().unwrap_or_default();
        text = format!("{text}{name}: {}\n{drawing}\n", invitation.url);
    }
    if text.is_empty() {
        return exit::report(SPEC.program, &NoInvitation::NoPhone, Exit::Config);
    }
    // Whoever closes it early has seen enough: no error, no panic.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Exit::Ok.into()
}
