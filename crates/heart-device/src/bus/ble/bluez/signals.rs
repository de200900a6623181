//! What BlueZ's messages mean for what is shared. Never waits.

use std::collections::HashMap;

use tokio::time::Instant;
use zbus::message::Type;
use zbus::{Message, ObjectPath, Variant};

use super::super::VALUE_MAX;
use super::calls::{Service, Tree};
use super::objects::{BATTERY, CHARACTERISTIC, DEVICE, Objects};
use super::outlook::Trouble;
use super::shared::{Shared, State};

/// The copy of a whole list.
pub(super) fn list(tree: &Tree, now: Instant) -> Objects {
    let mut objects = Objects::default();
    for (path, interfaces) in tree {
        for (interface, properties) in interfaces {
            let properties: HashMap<&str, Variant<'_>> = properties
                .iter()
                .filter_map(|(key, value)| Some((key.as_str(), value.try_clone().ok()?.into())))
                .collect();
            objects.update((path.as_str(), interface), &properties, &[], now);
        }
    }
    objects
}

/// Takes a signal. An error if it says that this BlueZ is gone; one that cannot be read is none.
pub(super) fn hear(shared: &Shared, message: &Message, service: &Service) -> Result<(), Trouble> {
    let header = message.header();
    let (Type::Signal, Some(sender), Some(member), Some(path)) =
        (message.message_type(), header.sender(), header.member(), header.path())
    else {
        return Ok(());
    };
    let (body, now) = (message.body(), Instant::now());
    if sender.as_str() == "org.freedesktop.DBus" && member.as_str() == "NameOwnerChanged" {
        let owners = body.deserialize::<(&str, &str, &str)>();
        let left = owners.is_ok_and(|(name, old, _)| name == "org.bluez" && *service.owner == *old);
        return if left { Err(Trouble::NoDaemon) } else { Ok(()) };
    }
    // Anybody may send us a signal; only BlueZ is believed.
    if *sender != service.owner {
        return Ok(());
    }
    match member.as_str() {
        "PropertiesChanged" => {
            if let Ok((interface, changed, gone)) = body.deserialize() {
                shared.change(|state| changes(state, (path, interface), &changed, gone, now));
            }
        }
        "InterfacesAdded" => {
            let added =
                body.deserialize::<(ObjectPath<'_>, HashMap<&str, HashMap<&str, Variant<'_>>>)>();
            let Ok((path, interfaces)) = added else { return Ok(()) };
            shared.change(|state| {
                for (interface, properties) in &interfaces {
                    changes(state, (&path, interface), properties, Vec::new(), now);
                }
            });
        }
        "InterfacesRemoved" => {
            if let Ok((path, interfaces)) = body.deserialize::<(ObjectPath<'_>, Vec<&str>)>() {
                shared.change(|state| removes(state, &path, &interfaces));
            }
        }
        _ => {}
    }
    Ok(())
}

fn changes(
    state: &mut State,
    (path, interface): (&str, &str),
    changed: &HashMap<&str, Variant<'_>>,
    gone: Vec<&str>,
    now: Instant,
) {
    state.objects.update((path, interface), changed, &gone, now);
    match interface {
        CHARACTERISTIC => {
            if let Some(Variant::Array(value)) = changed.get("Value") {
                let byte = |byte: &Variant<'_>| u8::try_from(byte).ok();
                let value: Option<Vec<u8>> = value.iter().take(VALUE_MAX).map(byte).collect();
                state.notified(path, value.unwrap_or_default());
            }
        }
        BATTERY => state.battery(path),
        DEVICE => {
            let is_connected = state.objects.device(path).is_some_and(|device| device.connected);
            if !is_connected {
                state.routes.retain(|route| route.device != path);
            }
        }
        _ => {}
    }
}

fn removes(state: &mut State, path: &str, interfaces: &[&str]) {
    state.objects.remove(path, interfaces);
    let is_gone = |interface| interfaces.contains(&interface);
    state.routes.retain(|route| {
        !(is_gone(DEVICE) && route.device == path
            || is_gone(CHARACTERISTIC) && route.characteristic == path)
    });
}
