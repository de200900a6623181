//! Packets as Wireshark's dissectors see them. Nothing is captured from a device, so no rights
//! are needed: the payloads are put into a capture file by hand.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The values of `fields` of each packet, as text, that were sent to `port`.
pub fn dissect(payloads: &[Vec<u8>], port: u16, fields: &[&str]) -> Vec<Vec<String>> {
    let file = Capture::write(payloads, port);
    let mut tshark = Command::new("tshark");
    tshark.arg("-r").arg(&file.0).args(["--enable-heuristic", "acn"]);
    tshark.args(["-o", "acn.dmx_enable:TRUE", "-o", "acn.dmx_display_zeros:TRUE"]);
    tshark.args(["-T", "fields", "-E", "separator=/t"]);
    fields.iter().for_each(|field| {
        tshark.args(["-e", field]);
    });
    let output = tshark.output().unwrap_or_else(|error| {
        panic!("tshark: {error}. It is in Debian's package tshark; ./check installs it")
    });
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Vec<String>> =
        said.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    assert_eq!(rows.len(), payloads.len(), "a line for each packet");
    rows
}

/// Bytes of the field `acn.dmx.data`: lines such as `001-020:  0 FF 10 |  0`.
pub fn slots(text: &str) -> Vec<u8> {
    let lines = text.split(',').filter_map(|line| line.split_once(':'));
    let words = lines.flat_map(|(_, bytes)| bytes.split_whitespace());
    words.filter(|word| *word != "|").map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}

/// Bytes of a field that is shown as `00ff10`.
pub fn bytes(text: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

/// A capture file, gone with the test.
struct Capture(PathBuf);

impl Capture {
    /// The format of libpcap: a header of 24 bytes, and 16 before each packet, which gets the
    /// headers of Ethernet, IPv4 and UDP that it would have had.
    fn write(payloads: &[Vec<u8>], port: u16) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("heart-output-{}-{count}.pcap", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut file = Vec::new();
        for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
            file.extend(word.to_le_bytes());
        }
        for payload in payloads {
            let udp = u16::try_from(8 + payload.len()).unwrap();
            let length = u32::from(14 + 20 + udp).to_le_bytes();
            file.extend([[0; 4], [0; 4], length, length].concat());
            file.extend([0; 12]);
            file.extend([8, 0, 0x45, 0]);
            file.extend((20 + udp).to_be_bytes());
            file.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
            for word in [40_000, port, udp, 0] {
                file.extend(word.to_be_bytes());
            }
            file.extend(payload);
        }
        std::fs::write(&path, file).unwrap();
        Capture(path)
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
