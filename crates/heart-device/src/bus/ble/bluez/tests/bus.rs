//! A D-Bus of a test's own: the real dbus-daemon on a socket in a folder of its own.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running bus. Ends when dropped.
pub(super) struct Bus {
    child: Child,
    folder: PathBuf,
    pub(super) address: String,
}

impl Bus {
    pub(super) fn start(test: &str) -> Bus {
        Bus::with_policy(test, "")
    }

    /// With rules besides "everybody may do everything".
    pub(super) fn with_policy(test: &str, rules: &str) -> Bus {
        let folder = std::env::temp_dir().join(format!("heart-ble-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let address = format!("unix:path={}", folder.join("bus").display());
        let mut config = String::from(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n<busconfig>\n",
        );
        write!(
            config,
            "<type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>\n\
             <policy context=\"default\">\n\
             <allow send_destination=\"*\"/><allow receive_sender=\"*\"/><allow own=\"*\"/>\n\
             {rules}</policy>\n</busconfig>\n"
        )
        .unwrap();
        let file = folder.join("bus.conf");
        fs::write(&file, config).unwrap();
        let mut child = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", file.display()))
            .args(["--nofork", "--nopidfile", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is not there; on Debian: apt-get install dbus-daemon");
        // It prints its address when it listens.
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("unix:"), "{line}");
        Bus { child, folder, address }
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
