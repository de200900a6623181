//! `heart-input doctor`: what is missing on this host, for this configuration, with the fix for
//! each. Opens no device and says nothing to a broker but who would come.

use std::collections::BTreeSet;
use std::process::ExitCode;

use heart_device::discover::{
    Bus, Found, Kernel, Places, State, User, bus_of, discover, look as look_for, states,
};
use heart_device::{DeviceConfig, DeviceTable};
use heart_link::{Broker, Unreached, probe};
use heart_service::cli::{Common, block_on, say};
use heart_service::config::KeyPath;
use heart_service::doctor::{self, Finding, clock};
use heart_service::exit::{self, Exit};
use heart_service::{ConfigError, Loaded};

use super::Host;
use crate::config::{self, InputConfig};

/// Looks, tells, and ends: 0 if nothing failed, 78 if the configuration is wrong, else 69.
pub(super) fn look(host: &Host, common: &Common) -> ExitCode {
    let at = host.places();
    let user = User::current(&at);
    let loaded = config::load(common.config.as_deref(), &common.flags());
    let (mut findings, loaded) = match loaded {
        Ok(loaded) => (vec![taken(&loaded)], Ok(loaded)),
        Err(error) => (vec![refused(&error)], Err(error)),
    };
    findings.push(who(&user));
    let devices = loaded.as_ref().map(configured).unwrap_or_default();
    let found = discover(&at, &user, &Kernel);
    let used: BTreeSet<Bus> = devices.iter().filter_map(|(_, device)| bus_of(device)).collect();
    let is_configured = loaded.is_ok();
    findings.extend(states(&at, &found).into_iter().map(|s| bus(s, &used, is_configured)));
    findings.extend(found.iter().filter_map(|found| barred(found, &used)));
    if let Ok(loaded) = &loaded {
        findings.extend(hardware(&at, &user, loaded, &devices, &found));
        findings.extend(brokers(&loaded.value));
    }
    findings.push(clock());
    say(&if host.json { doctor::json(&findings) } else { doctor::print(&findings) });
    match loaded {
        Err(ConfigError::Nothing { .. }) | Ok(_) => doctor::exit(&findings).into(),
        Err(_) => Exit::Config.into(),
    }
}

fn taken(loaded: &Loaded<InputConfig>) -> Finding {
    let place = match &loaded.file {
        Some(file) => file.display().to_string(),
        None => "the environment".to_owned(),
    };
    match loaded.value.device.len() {
        0 => {
            let fix = "`heart-input list` shows what is here, with the table to paste";
            Finding::fail("configuration", "no device is configured", fix)
        }
        count => Finding::ok("configuration", format!("would run, with {count} devices")),
    }
    .at(place)
}

fn refused(error: &ConfigError) -> Finding {
    match error {
        ConfigError::Nothing { looked, .. } => {
            let looked: Vec<_> = looked.iter().map(|path| path.display().to_string()).collect();
            Finding::warn(
                "configuration",
                "none: only this host was looked at, no device and no broker",
                format!(
                    "heart-input doctor --config FILE, or put one where it is looked for: {}; \
                     `heart-input list` shows what to write",
                    looked.join(", ")
                ),
            )
        }
        error => {
            let fix = "change what is named; `heart-input check` says when it is right";
            Finding::fail("configuration", exit::chain(error), fix)
        }
    }
}

/// Root may open everything, so that nothing is said about the user whom the service runs as.
fn who(user: &User) -> Finding {
    if user.is_root {
        let fix = "run it as the service's user: sudo -u heart-input heart-input doctor";
        let seen = "root may open everything; whether the service's user may is not known";
        return Finding::warn("user", seen, fix);
    }
    Finding::ok("user", user.name.clone())
}

/// The configured devices with their place in the list. All of them can be read, or there would
/// be no configuration.
fn configured(loaded: &Loaded<InputConfig>) -> Vec<(usize, DeviceConfig)> {
    let tables = loaded.value.device.iter().map(DeviceTable::config).enumerate();
    tables.filter_map(|(index, config)| Some((index, config.ok()?))).collect()
}

fn bus(state: State, used: &BTreeSet<Bus>, is_configured: bool) -> Finding {
    let State { bus, seen, fix } = state;
    match fix {
        None => Finding::ok(bus.title(), seen),
        // Not a failure by itself: a port may be a pty, a bus one that sysfs does not know. The
        // device's own finding says.
        Some(fix) if used.contains(&bus) => {
            Finding::warn(bus.title(), format!("{seen}, and configured devices need one"), fix)
        }
        Some(_) if is_configured => {
            Finding::ok(bus.title(), format!("{seen}, and no configured device needs one"))
        }
        Some(fix) => Finding::warn(bus.title(), format!("{seen}; fine if none is wanted"), fix),
    }
}

/// Something is there that this user may not open. Where a configured device needs it, the
/// device's own finding fails.
fn barred(found: &Found, used: &BTreeSet<Bus>) -> Option<Finding> {
    let trouble = found.trouble.as_ref()?;
    let what = if used.contains(&found.bus) { "beside the devices" } else { "not in use" };
    Some(Finding::warn(what, &trouble.what, &trouble.fix).at(&found.place))
}

fn hardware(
    at: &Places,
    user: &User,
    loaded: &Loaded<InputConfig>,
    devices: &[(usize, DeviceConfig)],
    found: &[Found],
) -> Vec<Finding> {
    let table = KeyPath::default().key("device");
    let rule = |index: usize| loaded.value.device.get(index).and_then(DeviceTable::rule);
    let one = |(index, device): &(usize, DeviceConfig)| {
        let what = format!("device {} ({})", device.name(), device.kind().word);
        let place = loaded.origin(&table.index(*index)).to_string();
        let before =
            (0..*index).filter(|other| rule(*index).is_some() && rule(*other) == rule(*index));
        match look_for(at, user, device, found, before.count()) {
            Ok(seen) => Finding::ok(what, seen).at(place),
            Err(trouble) => Finding::fail(what, trouble.what, trouble.fix).at(place),
        }
    };
    devices.iter().map(one).collect()
}

fn brokers(config: &InputConfig) -> Vec<Finding> {
    let brokers = match config.link.validate() {
        Ok(brokers) => brokers,
        Err(error) => return vec![Finding::fail("brokers", error.to_string(), "edit [link]")],
    };
    let one = |broker: &Broker| {
        let what = format!("broker {broker}");
        match block_on("doctor", probe(&config.link, broker, config.node)) {
            Ok(Ok(reached)) => {
                let (address, took) = (reached.address, reached.took);
                let seen = format!(
                    "{address} let {} in after {took:.1?}, by {}",
                    config.node, reached.version
                );
                Finding::ok(what, seen)
            }
            Ok(Err(why)) => Finding::fail(what, why.to_string(), fix(&why, broker)),
            Err(error) => Finding::fail(what, error.to_string(), "the host is out of threads"),
        }
    };
    brokers.iter().map(one).collect()
}

fn fix(why: &Unreached, broker: &Broker) -> String {
    let port = broker.port();
    match why {
        Unreached::Here(_) => "see `username` and `password_file` in [link]".to_owned(),
        Unreached::Name(_) => {
            format!("check the name in [link] brokers: getent hosts {}", broker.host())
        }
        Unreached::Tcp { .. } => format!(
            "start the broker there (systemctl status mosquitto), let it listen on that address \
             (listener {port} 0.0.0.0), and let port {port} through the firewall"
        ),
        Unreached::Mqtt { .. } => {
            format!(
                "another service may listen on port {port}, or a broker that speaks another MQTT \
                 (protocol = \"auto\" in [link] tries 5 and 3.1.1); its log says more"
            )
        }
        Unreached::Refused { .. } => {
            "the broker's log says more; its users and ACL decide".to_owned()
        }
    }
}
