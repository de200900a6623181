//! An adapter that is on, and BlueZ. Whether the strap is in range, only a search tells.

use std::fs;

use crate::discover::host::missing;
use crate::discover::{Bus, Found, Places, Trouble, attribute};

/// Its name as the kernel cuts it (15 bytes).
const DAEMON: &str = "bluetoothd";
/// Where programs reach D-Bus, below `/run`.
const SOCKET: &str = "dbus/system_bus_socket";

pub(super) fn look(at: &Places, found: &[Found]) -> Result<String, Trouble> {
    let adapters = || found.iter().filter(|found| found.bus == Bus::Bluetooth);
    let on = adapters().find(|adapter| adapter.trouble.is_none());
    let Some(adapter) = on.or(adapters().next()) else {
        let what = "no Bluetooth adapter is here".to_owned();
        return Err(Trouble { what, fix: missing(at, Bus::Bluetooth) });
    };
    if let Some(Trouble { what, fix }) = adapter.trouble.clone() {
        return Err(Trouble { what: format!("{} is {what}", adapter.place), fix });
    }
    if !at.run.join(SOCKET).exists() {
        return Err(Trouble {
            what: "the system bus (D-Bus), over which BlueZ is reached, is not there".to_owned(),
            fix: "sudo apt-get install dbus bluez && sudo systemctl start dbus bluetooth"
                .to_owned(),
        });
    }
    if !is_running(at, DAEMON) {
        return Err(Trouble {
            what: "BlueZ (bluetoothd) does not run".to_owned(),
            fix: "sudo apt-get install bluez && sudo systemctl enable --now bluetooth".to_owned(),
        });
    }
    Ok(format!("is looked for with {}; `bluetoothctl scan on` shows who is there", adapter.place))
}

/// Whether a process of this name is among the host's.
fn is_running(at: &Places, name: &str) -> bool {
    let is_process = |process: &String| process.bytes().all(|byte| byte.is_ascii_digit());
    let entries = fs::read_dir(&at.proc).into_iter().flatten().flatten();
    let mut processes = entries.filter_map(|entry| entry.file_name().into_string().ok());
    processes.any(|process| {
        is_process(&process) && attribute(&at.proc.join(&process).join("comm")) == name
    })
}
