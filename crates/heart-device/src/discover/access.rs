//! Whether this process may open a node, and what to do if not.
//!
//! The kernel is asked (`faccessat` with the effective user), so that access lists of udev's
//! `uaccess` count; the advice is made from the node's owner and mode.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access as Ask, AtFlags, CWD, accessat};

use super::{Places, Trouble, attribute};

/// The udev rules that are shipped: what `heart-input udev-rules` prints.
pub const RULES: &str = include_str!("../../../../contrib/udev/70-heart-input.rules");

/// Puts the rules where udev reads them.
const INSTALL: &str = "heart-input udev-rules | sudo tee /etc/udev/rules.d/70-heart-input.rules \
                       && sudo udevadm control --reload && sudo udevadm trigger";

/// What a part does with its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Only listens.
    Read,
    /// Asks and listens.
    ReadWrite,
}

/// Who would open it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The name in the advice.
    pub name: String,
    /// Whether it is root, whom no mode keeps out.
    pub is_root: bool,
}

impl User {
    /// The user of this process, by name if `/etc/passwd` has one.
    #[must_use]
    pub fn current(at: &Places) -> Self {
        let id = rustix::process::geteuid().as_raw();
        let name = name_of(&attribute(&at.etc.join("passwd")), id);
        User { name: name.unwrap_or_else(|| format!("user {id}")), is_root: id == 0 }
    }
}

/// What keeps `user` from using `node` (a path as this process reaches it); `None` if nothing
/// does. `group` is the group that owns such nodes on most systems.
pub(super) fn trouble(
    at: &Places,
    node: &Path,
    access: Access,
    user: &User,
    group: &str,
) -> Option<Trouble> {
    let place = at.named(node);
    let Ok(metadata) = fs::metadata(node) else {
        let what = format!("{place} is not there, though the kernel has the device");
        let fix = "udev makes it: in a container pass it in (--device), else start udev".to_owned();
        return Some(Trouble { what, fix });
    };
    let ask = match access {
        Access::Read => Ask::READ_OK,
        Access::ReadWrite => Ask::READ_OK | Ask::WRITE_OK,
    };
    if accessat(CWD, node, ask, AtFlags::EACCESS).is_ok() {
        return None;
    }
    let owner = name_of(&attribute(&at.etc.join("group")), metadata.gid());
    Some(denied(&place, metadata.mode(), owner.as_deref(), user, group))
}

/// The advice for a node that `user` may not open.
fn denied(place: &str, mode: u32, owner: Option<&str>, user: &User, group: &str) -> Trouble {
    let what = format!("{} may not open {place}", user.name);
    // A group that may, and that is not root's own: joining it is all there is to do.
    let fix = match owner.filter(|owner| *owner != "root" && mode & 0o060 == 0o060) {
        Some(owner) => join(owner, user),
        None => format!("sudo groupadd -f -r {group} && {INSTALL} && {}", join(group, user)),
    };
    Trouble { what, fix }
}

fn join(group: &str, user: &User) -> String {
    format!(
        "sudo usermod -aG {group} {}  # then log in anew; for the service: \
         SupplementaryGroups={group}",
        user.name
    )
}

/// The name with this number in a table like `/etc/group` or `/etc/passwd`.
fn name_of(table: &str, id: u32) -> Option<String> {
    table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pi() -> User {
        User { name: "pi".to_owned(), is_root: false }
    }

    #[test]
    fn a_group_that_may_open_it_is_to_be_joined_and_no_rule_is_needed() {
        let trouble = denied("/dev/i2c-1", 0o020_660, Some("i2c"), &pi(), "i2c");
        assert_eq!(trouble.what, "pi may not open /dev/i2c-1");
        assert!(trouble.fix.starts_with("sudo usermod -aG i2c pi "), "{}", trouble.fix);
        assert!(!trouble.fix.contains("udev"));
    }

    #[test]
    fn a_node_of_roots_alone_needs_the_rules_first() {
        for (mode, owner) in [(0o020_600, Some("root")), (0o020_660, Some("root")), (0o600, None)] {
            let trouble = denied("/dev/spidev0.0", mode, owner, &pi(), "spi");
            let fix = format!("sudo groupadd -f -r spi && {INSTALL} && sudo usermod -aG spi pi ");
            assert!(trouble.fix.starts_with(&fix), "{}", trouble.fix);
        }
    }

    #[test]
    fn names_are_read_as_the_system_writes_them() {
        let table = "root:x:0:\ndialout:x:20:pi,root\n\nbroken\ni2c:x:998:pi\n";
        assert_eq!(name_of(table, 20).as_deref(), Some("dialout"));
        assert_eq!(name_of(table, 998).as_deref(), Some("i2c"));
        assert_eq!(name_of(table, 2), None);
    }
}
