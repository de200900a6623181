//! How people find the page: its address with the token, as text and as a QR code.
//!
//! The address is logged, drawn where stderr is a terminal, and kept in a file that only the
//! gateway's user can read, from which `heart-input phone` draws it again.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Addresses shown; hosts have a handful.
const ADDRESSES_MAX: usize = 8;
/// Longest address that is read back from its file.
const URL_BYTES: usize = 512;
/// Interfaces that no phone is on, by the beginning of their names.
const INNER: [&str; 8] = ["docker", "br-", "veth", "virbr", "tun", "wg", "cni", "podman"];

/// How to join: an address with its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// What a phone opens.
    pub url: String,
}

impl Invitation {
    /// The address as a QR code in half blocks, for a dark terminal: two modules a row, with
    /// the quiet zone around. `None` if it is too long for any.
    #[must_use]
    pub fn qr(&self) -> Option<String> {
        let code = QrCode::with_error_correction_level(&self.url, EcLevel::L).ok()?;
        let mut drawing = code.render::<Dense1x2>();
        // Half blocks are drawn in the terminal's light colour: what is light must be drawn.
        let drawing = drawing.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark);
        Some(drawing.quiet_zone(true).build())
    }

    /// Reads it from the file where a running gateway keeps it.
    pub(crate) fn read(places: &[PathBuf]) -> io::Result<Invitation> {
        let found = places.iter().find_map(|place| match fs::File::open(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            opened => Some(opened),
        });
        let file = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))??;
        let url = io::read_to_string(io::Read::take(file, URL_BYTES as u64))?;
        Ok(Invitation { url: url.trim().to_owned() })
    }
}

/// Says it: in the log, and as a drawing to whoever looks at a terminal.
pub(super) fn announce(invitations: &[Invitation]) {
    let Some((first, others)) = invitations.split_first() else {
        tracing::warn!("no address on any network: phones cannot join; looked for every 10 s");
        return;
    };
    let drawn = io::stderr().is_terminal().then(|| first.qr()).flatten();
    let drawing = drawn.map(|drawing| format!("\n{drawing}")).unwrap_or_default();
    tracing::info!(url = %first.url, "a phone may join here{drawing}");
    for other in others {
        tracing::info!(url = %other.url, "or here");
    }
}

/// Keeps it in a file that only this user can read; whole or not at all.
pub(super) fn keep(file: &Path, invitation: &Invitation) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
        fs::DirBuilder::new().mode(0o700).recursive(true).create(folder)?;
    }
    let beside = file.with_extension("new");
    // A left-over may be anybody's: only a file made here has the mode asked for.
    let _ = fs::remove_file(&beside);
    let mut options = fs::OpenOptions::new();
    let mut new = options.write(true).create_new(true).mode(0o600).open(&beside)?;
    new.write_all(invitation.url.as_bytes())?;
    new.write_all(b"\n")?;
    fs::rename(&beside, file)
}

/// Where it may be kept, best first; the folders are given by the service manager, by the
/// user's session, and by the packages.
pub(super) fn places(port: u16) -> Vec<PathBuf> {
    let name = format!("phone-{port}.url");
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    // systemd parts several folders by colons.
    let service = variable("RUNTIME_DIRECTORY").and_then(|folders| {
        let first = folders.to_str()?.split(':').next()?.to_owned();
        Some(PathBuf::from(first))
    });
    let session = variable("XDG_RUNTIME_DIR").map(|folder| Path::new(&folder).join("heart-input"));
    let system = PathBuf::from("/run/heart-input");
    let folders = service.into_iter().chain(session).chain([system]);
    folders.map(|folder| folder.join(&name)).collect()
}

/// Addresses of the page: `url` if one is configured, else every address that a phone may
/// reach, likeliest first.
pub(super) fn invitations(
    url: Option<&str>,
    listen: SocketAddr,
    found: &[(String, IpAddr)],
    token: &str,
) -> Vec<Invitation> {
    let bases = match url {
        Some(url) => vec![url.trim_end_matches('/').to_owned()],
        None => {
            let port = listen.port();
            let hosts = hosts(listen.ip(), found);
            hosts
                .into_iter()
                .map(|host| format!("http://{}", SocketAddr::new(host, port)))
                .collect()
        }
    };
    bases.into_iter().map(|base| Invitation { url: format!("{base}/#{token}") }).collect()
}

/// The addresses under which `listen` is reached from outside. IPv4 comes first: it is shorter
/// to type, and every phone has it.
fn hosts(listen: IpAddr, found: &[(String, IpAddr)]) -> Vec<IpAddr> {
    if !listen.is_unspecified() {
        return vec![listen];
    }
    let usable = found.iter().filter(|(name, address)| match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local() && !is_inner(name),
        // Link-local addresses need a zone, which no browser takes.
        IpAddr::V6(v6) => {
            let local = v6.is_loopback() || v6.is_unicast_link_local();
            !local && listen.is_ipv6() && !is_inner(name)
        }
    });
    let mut hosts: Vec<_> = usable.map(|(_, address)| *address).collect();
    hosts.sort_by_key(|address| match address {
        IpAddr::V4(v4) => (!v4.is_private() as u8, *address),
        IpAddr::V6(_) => (2, *address),
    });
    hosts.truncate(ADDRESSES_MAX);
    hosts
}

fn is_inner(interface: &str) -> bool {
    INNER.iter().any(|begin| interface.starts_with(begin))
}

/// The addresses of this host, with their interfaces. Asks the kernel: it may block shortly.
pub(super) fn addresses() -> Vec<(String, IpAddr)> {
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    found.into_iter().map(|interface| (interface.name.clone(), interface.ip())).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn urls(url: Option<&str>, listen: &str, found: &[(&str, &str)]) -> Vec<String> {
        let found: Vec<_> = found
            .iter()
            .map(|(name, address)| ((*name).to_owned(), address.parse().unwrap()))
            .collect();
        let all = invitations(url, listen.parse().unwrap(), &found, "ab");
        all.into_iter().map(|invitation| invitation.url).collect()
    }

    #[test]
    fn the_address_is_one_that_a_phone_can_reach() {
        let host = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("eth0", "203.0.113.5"),
            ("wlan0", "192.168.1.7"),
            ("wlan0", "169.254.3.4"),
            ("wlan0", "fe80::1"),
            ("wlan0", "fd00::7"),
        ];
        let v4 = ["http://192.168.1.7:8470/#ab", "http://203.0.113.5:8470/#ab"];
        assert_eq!(urls(None, "0.0.0.0:8470", &host), v4);
        let both = [v4[0], v4[1], "http://[fd00::7]:8470/#ab"];
        assert_eq!(urls(None, "[::]:8470", &host), both);
        assert_eq!(urls(None, "10.1.2.3:80", &host), ["http://10.1.2.3:80/#ab"]);
        assert_eq!(
            urls(Some("https://heart.test/"), "0.0.0.0:1", &host),
            ["https://heart.test/#ab"]
        );
        assert!(urls(None, "0.0.0.0:8470", &host[..2]).is_empty());
    }

    #[test]
    fn the_drawing_is_a_square_with_its_quiet_zone() {
        let url = format!("http://192.168.100.200:8470/#{}", "0123456789abcdef".repeat(2));
        let drawing = Invitation { url }.qr().unwrap();
        let lines: Vec<_> = drawing.lines().collect();
        let width = lines[0].chars().count();
        assert!(lines.iter().all(|line| line.chars().count() == width), "{drawing}");
        assert_eq!(lines.len(), width.div_ceil(2));
        assert!(width <= 60, "it fits into a terminal: {width} columns");
        assert!(lines[0].chars().all(|c| c == '█'), "the quiet zone is light: {drawing}");
        assert_eq!(Invitation { url: "x".repeat(4000) }.qr(), None);
    }

    #[test]
    fn it_is_kept_for_its_owner_alone_and_read_back() {
        let folder = std::env::temp_dir().join(format!("heart-invite-{}", std::process::id()));
        let file = folder.join("phone-8470.url");
        let invitation = Invitation { url: "http://10.0.0.1:8470/#ab".to_owned() };
        for _ in 0..2 {
            keep(&file, &invitation).unwrap();
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        let missing = folder.join("none");
        assert_eq!(Invitation::read(&[missing.clone(), file]).unwrap(), invitation);
        let error = Invitation::read(&[missing]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        fs::remove_dir_all(&folder).unwrap();
    }
}
