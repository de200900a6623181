//! What a part can have of BlueZ now, and how the lack of it is said. Pure.

use super::super::{Profile, Rule};
use crate::parts::PartError;

/// Why BlueZ cannot be talked to at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No D-Bus: what the system said.
    NoBus(String),
    /// Nobody is `org.bluez`, and the bus could not start it.
    NoDaemon,
    /// The bus's policy keeps us out.
    Denied,
    /// BlueZ is there and answers nonsense, or not at all.
    Broken(String),
}

/// What there is for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// BlueZ has not answered yet.
    Starting,
    Down(Trouble),
    NoAdapter,
    /// The adapter's path.
    SwitchedOff(String),
    /// No device in range fits, or all that do are taken.
    Nothing,
    /// The path of a device that fits and is free.
    InRange(String),
}

impl Trouble {
    pub(super) fn error(&self) -> PartError {
        let what = match self {
            Trouble::Denied => {
                let place = "org.bluez on the system D-Bus".to_owned();
                let fix = "add heart-input's user to the group bluetooth";
                return PartError::Denied { place, fix };
            }
            Trouble::NoBus(why) => {
                format!("the system D-Bus cannot be reached ({why}); start dbus")
            }
            Trouble::NoDaemon => "bluetoothd does not run; install bluez, and then \
                                  `systemctl enable --now bluetooth`"
                .to_owned(),
            Trouble::Broken(why) => {
                format!(
                    "bluetoothd does not answer as it must ({why}); `systemctl restart bluetooth`"
                )
            }
        };
        PartError::Unready { what }
    }
}

impl Outlook {
    /// The error of a part that found this.
    pub(super) fn error(&self, rule: &Rule, profile: &Profile) -> PartError {
        let what = match self {
            Outlook::Down(trouble) => return trouble.error(),
            Outlook::Starting => {
                let why = "no answer for 15 s".to_owned();
                return Trouble::Broken(why).error();
            }
            Outlook::SwitchedOff(path) => {
                let adapter = path.rsplit('/').next().unwrap_or(path);
                let what = format!(
                    "the Bluetooth adapter {adapter} is switched off; `bluetoothctl power on`, \
                     before that `rfkill unblock bluetooth` if it is blocked"
                );
                return PartError::Unready { what };
            }
            Outlook::NoAdapter => "no Bluetooth adapter; plug one in, or see what `dmesg` says \
                                   about the one that is there"
                .to_owned(),
            Outlook::Nothing | Outlook::InRange(_) => {
                format!("no free {} in range with {rule}; {}", profile.about, profile.hint)
            }
        };
        PartError::Unreachable { what }
    }
}

#[cfg(test)]
mod tests {
    use heart_event::DeviceState::{self, Faulted, Gone};

    use super::*;

    const PROFILE: Profile = Profile {
        about: "strap",
        notifies: "",
        hint: "wear it",
        hands: &[],
        voice: || unreachable!("no twin here"),
    };

    #[test]
    fn each_lack_is_named_with_its_fix_and_its_state() {
        let check = |outlook: Outlook, state: DeviceState, words: &[&str]| {
            let error = outlook.error(&Rule::named("Polar*"), &PROFILE);
            assert_eq!(error.state(), state, "{error}");
            for word in words {
                assert!(error.to_string().contains(word), "{error}");
            }
        };
        let down = |trouble| Outlook::Down(trouble);
        check(down(Trouble::NoBus("x".into())), Faulted, &["D-Bus", "(x)", "start dbus"]);
        check(down(Trouble::NoDaemon), Faulted, &["bluetoothd", "systemctl enable"]);
        check(down(Trouble::Denied), Faulted, &["permission denied", "group bluetooth"]);
        check(down(Trouble::Broken("x".into())), Faulted, &["(x)", "systemctl restart"]);
        check(Outlook::Starting, Faulted, &["no answer for 15 s"]);
        check(Outlook::NoAdapter, Gone, &["no Bluetooth adapter; "]);
        let off = Outlook::SwitchedOff("/org/bluez/hci1".into());
        check(off, Faulted, &["hci1 is switched off", "bluetoothctl power on", "rfkill"]);
        check(Outlook::Nothing, Gone, &["no free strap in range with name \"Polar*\"; wear it"]);
    }
}
